/** What lies over the page, one at a time. */
export type Overlay = 'palette' | 'keys' | ''

let shown = $state<Overlay>('')

export const overlay = {
  get shown() {
    return shown
  },
  show(what: Overlay) {
    shown = what
  },
  hide() {
    shown = ''
  },
}
