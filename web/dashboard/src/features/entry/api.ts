import type { components } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'
import type { Me } from '../../lib/session.svelte'

export const login = (email: string, password: string): Promise<Me> => answer(api.POST('/api/v1/login', { body: { email, password } }))

export const checkSetup = (token: string) => answer(api.GET('/api/v1/setup', { params: { query: { token } } }))

export const setUp = (form: components['schemas']['SetupInputBody']): Promise<Me> => answer(api.POST('/api/v1/setup', { body: form }))

export const readInvite = (token: string) => answer(api.GET('/api/v1/invites/{token}', { params: { path: { token } } }))

export const acceptInvite = (token: string, form: { name?: string; password: string }): Promise<Me> =>
  answer(api.POST('/api/v1/invites/{token}/accept', { params: { path: { token } }, body: form }))
