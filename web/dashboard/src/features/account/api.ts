import { call } from '../../lib/http'
import type { Me } from '../../lib/session.svelte'

export const changeMe = (change: { name?: string; theme?: string; language?: string }): Promise<Me> => call('PATCH', '/me', change)

export const changePassword = (current: string, next: string): Promise<void> => call('PUT', '/me/password', { current, new: next })

export const putPicture = (picture: Blob): Promise<{ picture: string }> => call('PUT', '/me/picture', picture)

export const deletePicture = (): Promise<void> => call('DELETE', '/me/picture')

export interface Login {
  id: string
  browser: string
  address: string
  created_at: number
  seen_at: number
  current: boolean
}

export const listLogins = (): Promise<{ items: Login[] }> => call('GET', '/me/logins')

export const endLogin = (id: string): Promise<void> => call('DELETE', `/me/logins/${id}`)

export const logoutEverywhere = (): Promise<void> => call('POST', '/logout-everywhere')
