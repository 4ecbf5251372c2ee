import type { Identity } from './link.ts'

/** How long a tab waits to see whose token holds, where there are no locks. */
const settling = 100

/**
 * Several tabs may say their first words in the same moment: they become one visitor before anything is sent. The first one
 * keeps its token, and the others take that. Pages on plain http have no locks: there the token that was kept last holds.
 */
export async function agree(me: Identity): Promise<void> {
  const meet = () => {
    me.shared()
    me.keep()
  }
  try {
    await navigator.locks.request('parley', meet)
  } catch {
    meet()
    await new Promise(settled => setTimeout(settled, settling))
    me.shared()
  }
}
