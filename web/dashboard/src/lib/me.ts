import { answer, api } from './http'
import { leave, type Me, patchMe } from './session.svelte'

/** Changes ourselves on the server. */
export const changeMe = (change: { name?: string; theme?: Me['theme']; language?: Me['language'] }): Promise<Me> =>
  answer(api.PATCH('/api/v1/me', { body: change }))

/** Shown at once, and taken back where it failed. */
export async function chooseStatus(status: Me['status'], before: Me['status']): Promise<void> {
  patchMe({ status })
  await answer(api.PUT('/api/v1/me/status', { body: { status } })).catch(() => patchMe({ status: before }))
}

/** Ends this login. Without an answer the log-in page is shown all the same. */
export async function logOut(): Promise<void> {
  await answer(api.POST('/api/v1/logout')).catch(() => {})
  leave(false)
}
