import type { components } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'

export type Login = components['schemas']['LoginView']

export const changePassword = (current: string, next: string) => answer(api.PUT('/api/v1/me/password', { body: { current, new: next } }))

/** The picture travels as it is. */
export const putPicture = (picture: Blob) =>
  answer(
    api.PUT('/api/v1/me/picture', {
      body: picture as never,
      bodySerializer: body => body as unknown as Blob,
      headers: { 'Content-Type': picture.type },
    }),
  )

export const deletePicture = () => answer(api.DELETE('/api/v1/me/picture'))

export const listLogins = () => answer(api.GET('/api/v1/me/logins'))

export const endLogin = (login: string) => answer(api.DELETE('/api/v1/me/logins/{login}', { params: { path: { login } } }))

export const logoutEverywhere = () => answer(api.POST('/api/v1/logout-everywhere'))
