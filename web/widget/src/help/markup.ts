/** An article's HTML in pieces: what begins, what ends, what is said. */
export type Token =
  | { type: 'open'; name: string; attributes: Record<string, string> }
  | { type: 'close'; name: string }
  | { type: 'text'; text: string }

const pieces = /<(\/?)([a-z][a-z0-9]*)((?:\s+[^\s=<>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*)\s*\/?>|[^<]+|</gi
const attribute = /([^\s=<>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/g
const references: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/**
 * Reads HTML that our server has written. The browser's own reader is not asked: pages with Trusted Types forbid it, and a
 * policy of ours would have to be allowed by each of them.
 */
export function tokens(html: string): Token[] {
  const list: Token[] = []
  for (const [piece, slash, name, rest] of html.matchAll(pieces)) {
    if (!name) list.push({ type: 'text', text: decode(piece) })
    else if (slash) list.push({ type: 'close', name: name.toLowerCase() })
    else {
      const attributes: Record<string, string> = {}
      for (const [, key, a, b, c] of (rest ?? '').matchAll(attribute)) if (key) attributes[key.toLowerCase()] = decode(a ?? b ?? c ?? '')
      list.push({ type: 'open', name: name.toLowerCase(), attributes })
    }
  }
  return list
}

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, number, name) => {
    if (name) return references[name] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(number)
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd'
  })
}

/** The elements that an article may have, and the attributes that each keeps. The server lets no others through either. */
const allowed: Record<string, readonly string[]> = {
  a: ['href', 'title'],
  img: ['src', 'alt', 'title', 'width', 'height'],
  ol: ['start'],
  td: ['align'],
  th: ['align', 'scope'],
  pre: ['tabindex'],
  div: ['role', 'aria-label', 'tabindex'],
  span: ['role', 'aria-label'],
}
const plain = 'p br hr em strong del code ul li blockquote figure figcaption table thead tbody tr details summary h2 h3 h4 h5 h6'
for (const name of plain.split(' ')) allowed[name] = []
const everywhere = ['id', 'lang', 'dir']
const empty = ['br', 'hr', 'img']
/** Their words are no words. */
const mute = ['script', 'style', 'template', 'noscript', 'iframe', 'title', 'textarea']
const ours = /^(callout|embed|table|task|language)(-|$)/

/** An address that may be followed or loaded. */
export function safeAddress(address: string, base: string, image = false): string | undefined {
  if (!image && address.startsWith('#')) return address
  try {
    const url = new URL(address, base)
    return (image ? ['http:', 'https:'] : ['http:', 'https:', 'mailto:', 'tel:']).includes(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}

/** Another article, as a link names it. */
export interface Place {
  /** Its slug, which may be an old one. */
  article: string
  /** Empty: the help centre's own. */
  language: string
  /** A heading of it. */
  part?: string
}

/** The article that an address leads to, if it is one of the help centre at home. */
export function articleAt(address: string, home: string): Place | undefined {
  if (!home || !address.startsWith(home)) return undefined
  const at = /^(?:([a-z]{2})\/)?a\/([^/?#]+)\/?(?:#(.+))?$/.exec(address.slice(home.length))
  const article = at && decoded(at[2] ?? '')
  return article ? { article, language: at[1] ?? '', part: decoded(at[3] ?? '') || undefined } : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export interface Building {
  /** What relative addresses are relative to. */
  base: string
  /** Where the help centre is, with a slash at the end: links to its articles stay in the panel. */
  home: string
  /** Somebody follows a link within the article. */
  jump: (id: string) => void
  /** Somebody follows a link to another article. */
  read: (place: Place) => void
}

/** Builds an article from its HTML, element by element. What is not known to be harmless is left out, its words stay. */
export function build(html: string, o: Building): DocumentFragment {
  const all = document.createDocumentFragment()
  const open: { name: string; element: ParentNode & Node }[] = [{ name: '', element: all }]
  let muted = 0
  for (const token of tokens(html)) {
    const into = (open.at(-1) as (typeof open)[0]).element
    if (token.type === 'text') {
      if (!muted) into.append(token.text)
    } else if (mute.includes(token.name)) muted = Math.max(0, muted + (token.type === 'open' ? 1 : -1))
    else if (muted || !allowed[token.name]) continue
    else if (token.type === 'close') {
      const at = open.findLastIndex(one => one.name === token.name)
      if (at > 0) open.length = at
    } else {
      const element = make(token.name, token.attributes, o)
      into.append(element)
      if (!empty.includes(token.name)) open.push({ name: token.name, element })
    }
  }
  return all
}

function make(name: string, attributes: Record<string, string>, o: Building): HTMLElement {
  const element = document.createElement(name)
  for (const key of [...everywhere, ...(allowed[name] ?? [])]) {
    const value = attributes[key]
    if (value === undefined) continue
    if (key === 'href' || key === 'src') {
      const address = safeAddress(value, o.base, key === 'src')
      if (address) element.setAttribute(key, address)
    } else element.setAttribute(key, value)
  }
  const classes = (attributes.class ?? '').split(/\s+/).filter(one => ours.test(one))
  if (classes.length > 0) element.className = classes.join(' ')
  if (name === 'a') follow(element as HTMLAnchorElement, o)
  if (name === 'img') (element as HTMLImageElement).loading = 'lazy'
  const frame = attributes['data-embed'] ?? ''
  if (name === 'details' && frame.startsWith('https://')) embed(element, frame)
  return element
}

/** Links lead out of the panel, into a new tab; but not those within the article, or to another one. */
function follow(link: HTMLAnchorElement, o: Building) {
  const to = link.getAttribute('href') ?? ''
  if (to.startsWith('#')) {
    link.onclick = event => {
      event.preventDefault()
      o.jump(decoded(to.slice(1)))
    }
    return
  }
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  const place = articleAt(to, o.home)
  if (!place) return
  link.onclick = event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return // they ask for a tab or window of its own
    event.preventDefault()
    o.read(place)
  }
}

/** A video is asked for when somebody opens it. Where the page forbids frames, the link in it is there. */
function embed(details: HTMLElement, address: string) {
  details.addEventListener(
    'toggle',
    () => {
      const frame = document.createElement('iframe')
      frame.title = details.querySelector('summary')?.textContent ?? ''
      frame.allowFullscreen = true
      frame.referrerPolicy = 'strict-origin-when-cross-origin'
      frame.src = address
      details.querySelector('summary')?.after(frame)
    },
    { once: true },
  )
}
