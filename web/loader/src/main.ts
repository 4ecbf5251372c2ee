import { visitorLink, webSocket } from '@parley/core'
import { tag, widget } from './element.ts'
import { identity } from './identity.ts'
import { onPage, page } from './page.ts'

const script = document.currentScript as HTMLScriptElement | null
const property = script?.dataset.property
if (script && property && !window.Parley) begin(property, new URL('.', script.src).href)

/** Sets up everything, but does nothing before the page has loaded. */
function begin(property: string, base: string) {
  const road = (name: string) => `${base}api/v1/visitor/${name}?property=${property}`
  const key = `parley-${property}`
  let begun = false
  let chatting = false // this browser has had a chat here: only then there may be something in storage
  customElements.define(tag, class extends HTMLElement {})

  const me = identity(property, () => link.restart())
  const link = visitorLink({
    property,
    dial: webSocket(road('socket').replace('http', 'ws')),
    fallback: async () => (await load(`w/${FALLBACK}`)).fallback({ stream: road('stream'), frames: road('frames') }),
    identity: me,
    about: chats => ({
      page: page(),
      language: navigator.language,
      time_zone: chats ? Intl.DateTimeFormat().resolvedOptions().timeZone : undefined,
    }),
    changed: () => chat.draw(),
  })

  const chat = widget({
    property,
    base,
    link,
    panel: () => load(link.panel ?? ''),
    remember: open => stored(() => sessionStorage.setItem(key, open ? '1' : '')),
    unsent: () => chatting && !!stored(() => kept(':').length),
    forget: () =>
      stored(() => {
        sessionStorage.removeItem(key)
        for (const k of kept('')) localStorage.removeItem(k)
      }),
  })

  const kept = (kind: string) => Object.keys(localStorage).filter(k => k.startsWith(key + kind))
  // biome-ignore lint/suspicious/noExplicitAny: the two modules that are loaded so are ours
  const load = (path: string): Promise<any> => import(/* @vite-ignore */ new URL(path, base).href)

  function start() {
    if (begun) return
    begun = true
    chatting = !!me.token()
    link.start()
    if (chatting && innerWidth > 480 && stored(() => sessionStorage.getItem(key))) chat.open()
    onPage(() => {
      chat.attach()
      link.send({ t: 'page', page: page() })
    })
    addEventListener('online', link.check)
    addEventListener('pagehide', link.pause)
    addEventListener('pageshow', link.check)
    document.addEventListener('visibilitychange', () => document.hidden || (link.session?.active && link.check()))
    // Cheap: it hears only of children of the root element, where body and our own element are.
    new MutationObserver(chat.attach).observe(document.documentElement, { childList: true })
  }

  window.Parley = {
    open() {
      start()
      chat.open()
    },
    close: chat.close,
  }
  const idle = () => ('requestIdleCallback' in window ? requestIdleCallback(start, { timeout: 1000 }) : setTimeout(start, 200))
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', idle)
  else idle()
}

/** Storage may be blocked: then nothing is remembered. */
function stored<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
