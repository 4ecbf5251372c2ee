import type { Role } from '@parley/core'
import { call } from '../../lib/http'
import type { Me } from '../../lib/session.svelte'

export const login = (email: string, password: string): Promise<Me> => call('POST', '/login', { email, password })

export const checkSetup = (token: string): Promise<{ valid: boolean }> => call('GET', `/setup?token=${encodeURIComponent(token)}`)

export const setUp = (form: { token: string; name: string; email: string; password: string; property_name: string }): Promise<Me> =>
  call('POST', '/setup', form)

export interface Invitation {
  property_name: string
  email: string
  role: Role
  has_account: boolean
}

export const readInvite = (token: string): Promise<Invitation> => call('GET', `/invites/${encodeURIComponent(token)}`)

export const acceptInvite = (token: string, form: { name?: string; password: string }): Promise<Me> =>
  call('POST', `/invites/${encodeURIComponent(token)}/accept`, form)
