import type { Page } from '@parley/core'

/** Where the visitor is now. */
export function page(): Page {
  return { url: location.href.slice(0, 2048), title: document.title.slice(0, 300), referrer: document.referrer.slice(0, 2048) }
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
