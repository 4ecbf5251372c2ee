import type { Identity } from '@parley/core'
import { stored } from './stored.ts'

/** The identity of a page, which can be left. */
export interface PageIdentity extends Identity {
  /** Finds out who this is, the first time: it is slow, and is done while the socket opens. Before it there is no token. */
  ready(): Promise<void>
  /** The page goes away: the next one in this tab is to find the token. Not earlier: the first use of storage is slow. */
  leave(): void
}

const lifetime = 180 * 24 * 60 * 60

/**
 * The visitor's token: in memory, and for as long as the tab is open in its sessionStorage where the server says that it may
 * be kept; from the first chat on (or earlier, if the owner allows it) in a first-party cookie. It is kept before the first
 * message goes out, not after: were the acknowledgement lost with the page, the next page would send the same message as
 * somebody else. The tabs of a site tell each other.
 */
export function identity(property: string, another: () => void): PageIdentity {
  const name = `parley_${property}`
  let tabs: BroadcastChannel | undefined
  let token: string | undefined
  let stays = false // in this tab, over page loads
  let baked = false // it was in the cookie: whoever clears their cookies is somebody new, in this tab too
  let lasts: string | undefined // the token that outlives this tab
  let found: string | undefined // what the cookie held when this page began, until the first welcome or farewell
  let begun: Promise<void> | undefined

  async function begin() {
    stored(() => {
      tabs = new BroadcastChannel(`parley-${property}`)
      tabs.onmessage = event => adopt(event.data)
    })
    // A tab with no page before this one has nothing in storage, and asking holds up the page for some milliseconds.
    if (history.length > 1 || performance.navigation.type > 0) token = stored(() => sessionStorage.getItem(name)) || undefined
    stays = !!token
    // document.cookie stops the page for some milliseconds the first time. This does not, but is not in every browser, and only on https.
    try {
      found = (await cookieStore.get(name))?.value ?? ''
    } catch {}
  }

  // Blocked in a sandboxed page: then this visitor lasts as long as the page.
  const cookie = () => {
    const kept = found ?? stored(() => document.cookie.split(`${name}=`)[1]?.split(';')[0])
    baked ||= !!kept
    return kept
  }

  function adopt(other: string) {
    const changed = other !== token
    token = lasts = other
    if (changed) another()
  }

  function write(age: number) {
    lasts = token
    stored(() => {
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser, and never on plain http
      document.cookie = `${name}=${token};Max-Age=${age};Path=/;SameSite=Lax${location.protocol === 'https:' ? ';Secure' : ''}`
      if (cookie()) sessionStorage.removeItem(name)
    })
  }

  function inTab(keep?: boolean) {
    if (stays && !keep) stored(() => sessionStorage.removeItem(name))
    stays = !!keep
  }

  return {
    ready: () => (begun ??= begin()),
    token() {
      const kept = cookie()
      if (kept) token = lasts = kept
      return token
    },
    take(next, keep, lasting) {
      found = undefined
      token = next ?? token
      inTab(keep)
      if (lasts ? next : lasting) write(lifetime)
    },
    keep() {
      if (lasts) return
      write(lifetime)
      tabs?.postMessage(token)
    },
    shared() {
      const kept = cookie()
      if (kept) adopt(kept)
      return !!kept
    },
    leave: () => stays && token && !baked && stored(() => sessionStorage.setItem(name, token as string)),
    forget() {
      token = found = undefined
      inTab()
      write(0)
      baked = false
    },
  }
}
