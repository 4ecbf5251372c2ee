import type { Panel, PanelHost, PanelModule, VisitorLink } from '@parley/core'
import type { Bubble, RareModule } from './bubble.ts'
import { addStyles } from './dom.ts'
import { text as css } from './launcher.css'

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
  /** Loads what few visitors need. */
  rare: () => Promise<RareModule>
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
  const host = document.createElement('parley-chat')
  const root = host.attachShadow({ mode: 'open' })
  addStyles(root, css)
  const wrap = document.createElement('div')
  const button = document.createElement('button')
  const badge = document.createElement('b')
  button.className = 'l'
  button.onclick = () => (open ? close() : set(true))
  button.append(document.createElement('i'), badge)
  wrap.append(button)
  root.append(wrap)

  let open = false
  let panel: Panel | undefined
  let loading = false
  let unsent: boolean | undefined
  let banned = false
  let unread = 0
  let bubble: Promise<Bubble> | undefined

  const place: PanelHost = {
    ...o,
    root,
    parent: wrap,
    close,
    badge(n) {
      unread = n
      draw()
    },
  }

  function draw() {
    const { settings, session, opener } = link
    if (link.state === 'stopped') return host.remove()
    if (link.state === 'banned') return remove()
    if (!settings) return
    banned = false
    // "auto" is no language that we speak.
    const wanted = [settings.language, document.documentElement.lang, ...navigator.languages]
    const language = wanted.map(l => l.slice(0, 2)).find(l => words[l]) ?? 'en'
    const [name, news] = words[language] as [name: string, news: string]
    wrap.className = `${settings.corner}${open ? ' open' : ''}`
    wrap.lang = language
    wrap.dir = language === 'ar' ? 'rtl' : 'ltr'
    button.style.background = settings.colour.fill
    button.style.color = settings.colour.on_fill
    const n = opener ? 1 : unread
    badge.hidden = open || !n
    badge.textContent = `${n}`
    button.ariaLabel = open || !n ? name : news + n
    button.ariaExpanded = `${open}`
    attach()
    unsent ??= o.unsent()
    // Where something was said, the panel counts what is not read, and in a chat that is going on it makes the sound.
    if (open || unsent || (session && (session.active || session.last > session.marks.visitor_read))) load()
    if (opener) bubble ??= o.rare().then(rare => rare.bubble(place, () => set(true)))
    bubble?.then(
      draw => draw(open),
      () => (bubble = undefined), // the next frame tries again
    )
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
      panel = await (await o.panel()).mount(place)
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
