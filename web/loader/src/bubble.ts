import { firstName, initials, type Opener, type PanelHost, tintOf } from '@parley/core'
import { text as css } from './bubble.css'
import { addStyles, icon } from './dom.ts'
import { chime } from './sound.ts'
import { stored } from './stored.ts'

const words = BUBBLE_WORDS
const cross = 'M18 6 6 18M6 6l12 12'
const announced = 100 // ms: screen readers must have seen the live region before there is something in it

/** Draws what the link knows now. */
export type Bubble = (open: boolean) => void

/** What the loader finds in this script. */
export interface RareModule {
  bubble(host: PanelHost, reply: () => void): Bubble
}

/**
 * An agent who speaks first: a small card over the launcher, with a sound. It takes neither the focus nor the page. It stays
 * away once it was dismissed, and on this page once the panel, which shows the same words, was open.
 */
export function bubble(host: PanelHost, reply: () => void): Bubble {
  const { link } = host
  const place = element('div', 'o')
  place.setAttribute('role', 'status')
  addStyles(host.root, css)
  host.parent.prepend(place)

  let card: HTMLElement | undefined
  let drawn = '' // the opener's id and the language
  let handled = '' // the opener that was read in the panel
  let dismissed = ''
  let told = '' // the opener whose being seen was told
  let rang = ''
  let badge = 0
  const tabs = stored(() => new BroadcastChannel(`parley-${host.property}-opener`))
  if (tabs) tabs.onmessage = event => (rang = event.data)
  document.addEventListener('visibilitychange', () => see(link.opener))

  function draw(open: boolean) {
    const { opener, settings } = link
    if (opener?.id === dismissed) return dismiss(opener) // the line was down when it was told
    if (opener && open) handled = opener.id
    const shown = opener && opener.id !== handled ? opener : undefined
    if (shown && settings) {
      place.dataset.theme = settings.theme
      for (const [name, value] of Object.entries(settings.colour)) place.style.setProperty(`--o-${name.replace('_', '-')}`, value)
      put(shown, host.parent.lang)
    } else take()
    mark(shown ? 1 : 0)
    ring(opener, open)
    see(opener)
  }

  /** The badge is ours only while we have something for it. */
  function mark(n: number) {
    if (n === badge) return
    badge = n
    host.badge(n)
  }

  function put(opener: Opener, language: string) {
    const now = opener.id + language
    if (now === drawn) return
    take()
    drawn = now
    card = make(opener, words[language] ?? (words.en as BubbleWords))
    const mine = card
    setTimeout(() => mine === card && place.append(mine), announced)
  }

  function take() {
    // Who was in it goes on at the launcher; nobody else's focus is touched.
    const had = card?.contains(host.root.activeElement)
    card?.remove()
    card = undefined
    drawn = ''
    if (had) host.root.querySelector<HTMLElement>('.l')?.focus()
  }

  function make(opener: Opener, w: BubbleWords): HTMLElement {
    const name = firstName(opener.agent)
    const who = element('div', 'ow')
    const from = element('span')
    const [before, after] = w.from.replace('{site}', link.settings?.name ?? '').split('{name}')
    from.append(before ?? '', element('b', '', name), after ?? '')
    if (link.settings?.faces) who.append(face(opener))
    who.append(from)
    const text = element('p', 'ot', opener.text)
    text.dir = 'auto'
    const answer = element('button', 'or', w.reply)
    const close = element('button', 'ox')
    close.setAttribute('aria-label', w.dismiss)
    close.append(icon(cross))
    close.onclick = event => {
      event.stopPropagation()
      dismiss(opener)
    }
    const all = element('div', 'oc')
    all.onclick = reply // the whole card; by keyboard its button
    all.onkeydown = event => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      dismiss(opener)
    }
    all.append(who, text, answer, close)
    return all
  }

  function face({ agent }: Opener): HTMLElement {
    const place = element('span', `of t${tintOf(agent)}`, initials(agent))
    place.ariaHidden = 'true'
    if (!agent.picture) return place
    const picture = document.createElement('img')
    picture.alt = ''
    picture.onload = () => place.replaceChildren(picture)
    picture.src = new URL(agent.picture, host.base).href
    return place
  }

  function dismiss(opener: Opener) {
    dismissed = opener.id
    link.opener = undefined
    link.send({ t: 'opener', id: opener.id, state: 'dismissed' })
    draw(false)
  }

  /** Shown in a tab that one looks at, in the card or in the panel. */
  function see(opener: Opener | undefined) {
    if (!opener || opener.seen || opener.id === told || document.hidden) return
    if (link.send({ t: 'opener', id: opener.id, state: 'seen' })) told = opener.id
  }

  /** Once: not again on the next page, and of several tabs only the one that is looked at, or else any one. */
  function ring(opener: Opener | undefined, open: boolean) {
    if (!opener || opener.seen || opener.id === rang || (open && document.hasFocus())) return
    const sound = () => {
      if (opener.id === rang || opener.id !== link.opener?.id || link.opener.seen) return
      rang = opener.id
      tabs?.postMessage(rang)
      const kept = stored(() => localStorage.getItem(`parley-${host.property}-sound`))
      if (link.settings?.sound && kept !== 'off') chime()
    }
    if (document.hidden) setTimeout(sound, 100 + Math.random() * 900)
    else sound()
  }

  return draw
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, style = '', text = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  made.className = style
  made.textContent = text
  return made
}
