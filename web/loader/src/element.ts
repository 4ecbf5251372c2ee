import type { Panel, PanelModule, VisitorLink } from '@parley/core'
import { addStyles, icon } from './dom.ts'
import { text as css } from './launcher.css'

const talk =
  'M12 3.5c5 0 8.8 3.3 8.8 7.5s-3.8 7.5-8.8 7.5c-1 0-2-.1-2.9-.4L4.6 20.5l.9-4C4 15.1 3.2 13.2 3.2 11c0-4.2 3.8-7.5 8.8-7.5ZM8.3 11.5c.9 1.4 2.2 2.1 3.7 2.1s2.8-.7 3.7-2.1'
const down = 'm6 9 6 6 6-6'
/** The name of the one element that the widget adds to a page. */
export const tag = 'parley-chat'
const words = WORDS

export interface WidgetOptions {
  property: string
  base: string
  link: VisitorLink
  /** Loads the panel's script. */
  panel: () => Promise<PanelModule>
  /** Remembers over page loads that the panel is open. */
  remember: (open: boolean) => void
  /** Takes away what was kept in the browser, but the token: without it, whoever is banned would be somebody new. */
  forget: () => void
  /** Words that have not reached the server wait in storage: the panel sends them, also unopened. */
  unsent: () => boolean
}

/** The launcher, and the place where the panel will be. */
export interface Widget {
  open(): void
  close(): void
  /** Draws what the link knows now. */
  draw(): void
  /** Puts the widget back where a page has thrown it out. */
  attach(): void
}

/** Makes the one element of the widget. It shows nothing before the first welcome. */
export function widget(o: WidgetOptions): Widget {
  const { link } = o
  const host = document.createElement(tag)
  const root = host.attachShadow({ mode: 'open' })
  addStyles(root, css)
  const wrap = document.createElement('div')
  const button = document.createElement('button')
  const badge = document.createElement('b')
  const face = icon(talk)
  button.className = 'l'
  button.onclick = () => (open ? close() : set(true))
  button.append(face, badge)
  wrap.append(button)
  root.append(wrap)

  let open = false
  let panel: Panel | undefined
  let loading = false
  let unsent: boolean | undefined
  let banned = false

  function draw() {
    const { settings, unread } = link
    if (link.state === 'stopped') return host.remove()
    if (link.state === 'banned') return remove()
    if (!settings) return
    banned = false
    const wanted = settings.language === 'auto' ? [document.documentElement.lang, ...navigator.languages] : [settings.language]
    const language = wanted.map(l => l.slice(0, 2)).find(l => words[l]) ?? 'en'
    const [name, news] = words[language] as [name: string, news: string]
    wrap.className = `${settings.corner}${open ? ' open' : ''}`
    wrap.lang = language
    wrap.dir = language === 'ar' ? 'rtl' : 'ltr'
    button.style.background = settings.colour.fill
    button.style.color = settings.colour.on_fill
    face.firstElementChild?.setAttribute('d', open ? down : talk)
    badge.hidden = open || !unread
    badge.textContent = `${unread}`
    button.setAttribute('aria-label', open || !unread ? name : news.replace('{n}', `${unread}`))
    button.setAttribute('aria-expanded', `${open}`)
    attach()
    unsent ??= o.unsent()
    // In a chat that is going on, the panel makes the sound.
    if (open || unsent || (unread && link.session?.active)) load()
  }

  function remove() {
    banned = true
    open = loading = false
    host.remove()
    panel?.destroy()
    panel = undefined
    o.forget()
  }

  function attach() {
    if (link.settings && !host.isConnected) document.documentElement.append(host)
  }

  async function load() {
    if (loading) return
    loading = true
    try {
      panel = await (await o.panel()).mount({ root, parent: wrap, link, property: o.property, base: o.base, close })
      if (loading) panel.show(open)
      else remove() // banned meanwhile
    } catch {
      loading = false // the next frame or click tries again
    }
  }

  function set(next: boolean) {
    if (banned) return
    open = next
    o.remember(next)
    link.open(next)
    panel?.show(next)
    draw()
  }

  function close() {
    if (!open) return
    set(false)
    button.focus()
  }

  return { open: () => set(true), close, draw, attach }
}
