import type { Ban } from './api'

/** The pages of the list that are shown, and which of their rows are ticked. */
export interface List {
  items: readonly Ban[]
  next?: string
  ticked: ReadonlySet<string>
}

export const emptyList: List = { items: [], ticked: new Set() }

type ListEvent =
  /** The first page for other filters, or a further one. */
  | { t: 'page'; items: readonly Ban[]; next?: string; further: boolean }
  /** The first page again, for what happened elsewhere: further pages stay as they are. */
  | { t: 'again'; items: readonly Ban[]; next?: string }
  | { t: 'changed'; ban: Ban }
  | { t: 'gone'; ids: readonly string[] }
  | { t: 'tick'; id: string }
  | { t: 'tick.all' }
  | { t: 'clear' }

/** The list after an event. */
export function reduce(list: List, event: ListEvent): List {
  switch (event.t) {
    case 'page': {
      if (!event.further) return { items: event.items, next: event.next, ticked: still(list.ticked, event.items) }
      const known = new Set(list.items.map(ban => ban.id))
      return { ...list, items: [...list.items, ...event.items.filter(ban => !known.has(ban.id))], next: event.next }
    }
    case 'again':
      return again(list, event.items, event.next)
    case 'changed':
      return { ...list, items: list.items.map(ban => (ban.id === event.ban.id ? event.ban : ban)) }
    case 'gone': {
      const gone = new Set(event.ids)
      const items = list.items.filter(ban => !gone.has(ban.id))
      return { ...list, items, ticked: still(list.ticked, items) }
    }
    case 'tick': {
      const ticked = new Set(list.ticked)
      if (!ticked.delete(event.id)) ticked.add(event.id)
      return { ...list, ticked }
    }
    case 'tick.all':
      return { ...list, ticked: new Set(list.items.map(ban => ban.id)) }
    case 'clear':
      return { ...list, ticked: new Set() }
  }
}

function again(list: List, first: readonly Ban[], next: string | undefined): List {
  const last = first.at(-1)
  const end = last ? list.items.findIndex(ban => ban.id === last.id) : -1
  const rest = next && end >= 0 ? list.items.slice(end + 1) : []
  const shown = new Set(first.map(ban => ban.id))
  const items = [...first, ...rest.filter(ban => !shown.has(ban.id))]
  return { items, next: rest.length > 0 ? list.next : next, ticked: still(list.ticked, items) }
}

function still(ticked: ReadonlySet<string>, items: readonly Ban[]): ReadonlySet<string> {
  return new Set(items.filter(ban => ticked.has(ban.id)).map(ban => ban.id))
}

/** Nothing, some or all of what is shown is ticked. */
export const tickedOf = (list: List): 'none' | 'some' | 'all' =>
  list.ticked.size === 0 ? 'none' : list.ticked.size === list.items.length ? 'all' : 'some'
