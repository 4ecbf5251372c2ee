/** A page of the help centre in a frame without scripts. */
export interface Frame {
  /** Shows a document. While its head stays the same only the words change, and one goes on reading where one was. */
  show(html: string): void
}

const frames = new WeakMap<HTMLIFrameElement, Frame>()

export function frameOf(frame: HTMLIFrameElement): Frame {
  let known = frames.get(frame)
  if (!known) {
    known = made(frame)
    frames.set(frame, known)
  }
  return known
}

function made(frame: HTMLIFrameElement): Frame {
  let head = ''
  let styles: string[] = []

  frame.addEventListener('load', () => {
    const page = frame.contentDocument
    if (!page) return
    // The dashboard's Content-Security-Policy holds in here too and takes no style from a page; the same words as an object are ours.
    const view = page.defaultView as (Window & typeof globalThis) | null
    if (view && styles.length > 0)
      page.adoptedStyleSheets = styles.map(text => {
        const sheet = new view.CSSStyleSheet()
        sheet.replaceSync(text)
        return sheet
      })
    page.addEventListener('click', follow, true)
    page.addEventListener('submit', event => event.preventDefault(), true)
  })

  /** Links within the page go there; others open beside the dashboard by their target. */
  function follow(event: Event) {
    const link = (event.target as Element | null)?.closest?.('a')
    const href = link?.getAttribute('href') ?? ''
    if (!link || !href.startsWith('#')) return
    event.preventDefault()
    const id = decodeURIComponent(href.slice(1))
    const to = id === '' ? frame.contentDocument?.documentElement : frame.contentDocument?.getElementById(id)
    to?.scrollIntoView({ block: 'start' })
  }

  return {
    show(html) {
      const next = new DOMParser().parseFromString(html, 'text/html')
      for (const script of next.querySelectorAll('script')) script.remove()
      styles = [...next.querySelectorAll('style')].map(style => {
        style.remove()
        return style.textContent ?? ''
      })
      const base = next.createElement('base')
      base.target = '_blank'
      next.head.prepend(base)
      const page = frame.contentDocument
      // The title changes with every letter, and nobody sees it.
      const shape = [
        next.documentElement.lang,
        next.documentElement.dir,
        ...styles,
        ...[...next.head.querySelectorAll('link[rel=stylesheet]')].map(link => link.outerHTML),
      ].join('\n')
      if (page?.body && head === shape && page.readyState === 'complete') {
        const open = [...page.querySelectorAll('details')].map(one => one.open)
        page.body.replaceWith(page.adoptNode(next.body))
        for (const [at, one] of [...page.querySelectorAll('details')].entries()) if (open[at] !== undefined) one.open = open[at]
        return
      }
      head = shape
      frame.srcdoc = `<!doctype html>${next.documentElement.outerHTML}`
    },
  }
}
