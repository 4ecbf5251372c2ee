import type { Identity } from '@parley/core'

const lifetime = 180 * 24 * 60 * 60

/**
 * The visitor's token: in memory until the visitor starts a chat (or the owner allows it earlier), then in a first-party
 * cookie. It is kept before the first message goes out, not after: were the acknowledgement lost with the page, the next
 * page would send the same message as somebody else. The tabs of a site tell each other.
 */
export function identity(property: string, another: () => void): Identity {
  const name = `parley_${property}`
  const tabs = window.BroadcastChannel && new BroadcastChannel(`parley-${property}`)
  let token: string | undefined
  let lasts: string | undefined // the token that outlives this page

  if (tabs) tabs.onmessage = event => adopt(event.data)

  function cookie(): string | undefined {
    try {
      return document.cookie.split(`${name}=`)[1]?.split(';')[0]
    } catch {
      return undefined // a sandboxed page
    }
  }

  function adopt(other: string) {
    const changed = other !== token
    token = lasts = other
    if (changed) another()
  }

  function write() {
    if (!token) return
    lasts = token
    try {
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser, and never on plain http
      document.cookie = `${name}=${token};Max-Age=${lifetime};Path=/;SameSite=Lax${location.protocol === 'https:' ? ';Secure' : ''}`
    } catch {
      // Blocked: then this visitor lasts as long as the page.
    }
  }

  return {
    token() {
      const kept = cookie()
      if (kept) token = lasts = kept
      return token
    },
    take(next, lasting) {
      token = next
      if (lasts || lasting) write()
    },
    keep() {
      if (lasts) return
      write()
      tabs?.postMessage(token)
    },
    shared() {
      const kept = cookie()
      if (kept) adopt(kept)
      return !!kept
    },
  }
}
