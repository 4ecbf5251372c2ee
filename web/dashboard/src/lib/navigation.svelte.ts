import { parse, type Route } from './router'

let route = $state.raw<Route>(parse(location.pathname, location.search))
let guard: (() => boolean) | undefined

/** Where we are. Reading it in a component follows every move. */
export const here = (): Route => route

/** Goes to an address of ours; replace leaves no step back. */
export function go(path: string, replace = false): void {
  if (path === location.pathname + location.search || (guard && !guard())) return
  history[replace ? 'replaceState' : 'pushState'](null, '', path)
  route = parse(location.pathname, location.search)
}

/** Asks before the page is left, for as long as the returned function is not called. */
export function askBeforeLeaving(may: () => boolean): () => void {
  guard = may
  return () => {
    if (guard === may) guard = undefined
  }
}

/** Follows the browser's buttons and every plain press on a link to a place. Call once. */
export function startNavigation(): void {
  addEventListener('popstate', () => {
    route = parse(location.pathname, location.search)
  })
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || link.origin !== location.origin || parse(link.pathname, link.search).name === 'unknown') return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}
