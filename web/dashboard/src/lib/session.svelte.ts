import type { components } from './api.gen'
import { ApiError, answer, api, onLoggedOut } from './http'
import { speak } from './i18n.svelte'
import { applyTheme } from './theme'

export type Membership = components['schemas']['PlaceView']

/** The agent who is logged in. */
export type Me = components['schemas']['MeView']

type State = 'loading' | 'in' | 'out' | 'unreachable'

let me = $state.raw<Me>()
let state = $state<State>('loading')
/** Why the log-in page is shown to somebody who was inside. */
let ended = $state(false)

export const session = {
  get me() {
    return me
  },
  get state() {
    return state
  },
  get ended() {
    return ended
  },
}

/** Takes who is logged in from an answer of the API. */
export async function enter(who: Me): Promise<void> {
  applyTheme(who.theme)
  await speak(who.language)
  me = who
  ended = false
  state = 'in'
}

/** Changes what is known of ourselves. */
export function patchMe(change: Partial<Me>): void {
  if (me) me = { ...me, ...change }
}

/** Asks who is logged in. Without an answer it is asked again: an outage logs nobody out. */
export async function loadMe(): Promise<void> {
  try {
    await enter(await answer(api.GET('/api/v1/me')))
  } catch (error) {
    if (error instanceof ApiError && error.code === 'login.required') {
      if (state === 'loading') await speak('auto')
      // Who was inside has been told already, with the sentence.
      if (state !== 'out') leave(false)
    } else if (state !== 'in') {
      await speak('auto')
      state = 'unreachable'
    }
  }
}

/** The login is over: by ourselves, or because the server says so. */
export function leave(byServer: boolean): void {
  me = undefined
  ended = byServer
  state = 'out'
}

onLoggedOut(() => {
  if (state === 'in') leave(true)
})
