import { createContext } from 'svelte'
import type { Announcer } from './announce.svelte'
import type { LiveStore } from './live.svelte'

/** What every part of the frame shares: the store of the open property, and the one who announces. */
export interface Inside {
  store: LiveStore
  announcer: Announcer
}

export const [inside, setInside] = createContext<Inside>()
