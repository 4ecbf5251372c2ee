/** Whom the dialog asks about. */
export interface Whom {
  visitor: string
  /** As they are called on the screen. */
  name: string
}

let whom = $state.raw<Whom>()

/** The question before a visitor is erased. It stands above every place: what it is asked from goes away with the visitor. */
export const erasing = {
  get whom() {
    return whom
  },
  ask(who: Whom) {
    whom = who
  },
  close() {
    whom = undefined
  },
}
