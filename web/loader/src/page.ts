import type { Page } from '@parley/core'

/** A page may call itself whatever it likes; a frame may not be too large. The server cuts finer. */
const cut = (text: string) => text.slice(0, 2048)

/** Where the visitor is now. */
export function page(): Page {
  return { url: cut(location.href), title: cut(document.title), referrer: cut(document.referrer) }
}

/** Calls fn after each change of the address without a page load. The history functions of the page stay untouched. */
export function onPage(fn: () => void) {
  let last = location.href
  const look = () => {
    if (last === location.href) return
    last = location.href
    setTimeout(fn, 300) // the page sets its title a moment later
  }
  if (window.navigation) navigation.addEventListener('navigatesuccess', look)
  else setInterval(look, 1500)
}
