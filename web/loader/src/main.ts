import { visitorLink, webSocket } from '@parley/core'
import { widget } from './element.ts'
import { identity } from './identity.ts'
import { life } from './life.ts'
import { onPage, page } from './page.ts'
import { stored } from './stored.ts'

const script = document.currentScript as HTMLScriptElement | null
const property = script?.getAttribute('data-property')
if (script && property && !window.Parley) begin(script, property, script.src.split('widget.js')[0] as string)

/** Sets up everything, but does nothing before the page has been read. */
function begin(script: HTMLScriptElement, property: string, base: string) {
  const road = (name: string) => `${base}api/v1/visitor/${name}?property=${property}`
  const key = `parley-${property}`
  let begun = false
  let chatting = false // this browser has had a chat here: only then storage is read, which is slow
  let idle = () => false

  const me = identity(property, () => link.restart())
  const link = visitorLink({
    property,
    dial: webSocket(road('socket').replace('http', 'ws'), me.ready),
    fallback: async () => (await rare()).fallback(road),
    identity: me,
    about: () => ({
      page: page(),
      language: navigator.language,
      // The time zone's name is slow to find out: the panel says it.
      offset: -new Date().getTimezoneOffset(),
      idle: idle(),
      // The attribute, because a page may have the answer before this script is there.
      consent: script.hasAttribute('data-consent'),
      private: navigator.globalPrivacyControl || navigator.doNotTrack === '1',
    }),
    changed: () => chat.draw(),
  })

  const chat = widget({
    property,
    base,
    link,
    panel: () => load(link.panel ?? ''),
    rare: () => rare(),
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
  const rare = () => load(`w/${RARE}`)

  async function start() {
    if (begun) return
    begun = true
    idle = life(on => link.send({ t: 'life', idle: on }))
    link.start()
    onPage(() => {
      chat.attach()
      link.send({ t: 'page', page: page() })
    })
    addEventListener('online', link.check)
    addEventListener('pagehide', () => {
      me.leave()
      link.pause()
    })
    addEventListener('pageshow', event => event.persisted && link.check())
    // Cheap: it hears only of children of the root element, where body and our own element are.
    new MutationObserver(chat.attach).observe(document.documentElement, { childList: true })
    await me.ready()
    chatting = !!me.token() && me.shared()
    if (chatting && innerWidth > 480 && stored(() => sessionStorage.getItem(key))) chat.open()
  }

  window.Parley = {
    open() {
      start()
      chat.open()
    },
    close: chat.close,
    consent(on = true) {
      script.toggleAttribute('data-consent', on)
      if (link.send({ t: 'consent', on })) {
        if (!on && !link.session) me.forget() // who has chatted here asked for that themselves
        link.check() // the welcome says what may be kept from now on
      } else if (link.state === 'connecting') link.restart()
    },
  }
  // Not when the page is idle: most of what follows is waiting for the network, and the launcher waits for it.
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start)
  else start()
}
