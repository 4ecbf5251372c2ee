import type { VisitCounts, VisitGroup, VisitorsFrame, VisitRow } from '@parley/core'

/** The window on the visitors as this browser has it. A value; reduce makes the next. */
export interface Visits {
  /** The window that was asked for last: frames of another one are late. */
  id: string
  /** The server has answered it. Until then what was there before stays. */
  answered: boolean
  counts: VisitCounts
  /** Rows that the filter keeps; the window holds those from `from` on. */
  total: number
  from: number
  order: readonly string[]
  /** By visitor, as they were sent last: of this window also those that were scrolled past. */
  rows: ReadonlyMap<string, VisitRow>
  groups: readonly VisitGroup[]
}

export type VisitsEvent = { t: 'asked'; id: string } | VisitorsFrame

export const emptyVisits: Visits = {
  id: '',
  answered: false,
  counts: { here: 0, waiting: 0, chatting: 0, active: 0, idle: 0, countries: [], pages: [] },
  total: 0,
  from: 0,
  order: [],
  rows: new Map(),
  groups: [],
}

/** The window after an event. A frame of an earlier window changes nothing. */
export function reduce(was: Visits, event: VisitsEvent): Visits {
  if (event.t === 'asked') return { ...was, id: event.id, answered: false }
  if (event.id !== was.id) return was
  // From the first answer on every row of the window is sent; later only those that changed.
  const rows = was.answered ? new Map(was.rows) : new Map<string, VisitRow>()
  for (const row of event.rows) rows.set(row.id, row)
  return {
    id: event.id,
    answered: true,
    counts: event.counts,
    total: event.total,
    from: event.from,
    order: event.order,
    rows,
    groups: event.groups ?? [],
  }
}

/** The row at a place of the whole list; nothing where the window does not reach. */
export function rowAt(visits: Visits, index: number): VisitRow | undefined {
  const id = visits.order[index - visits.from]
  return id === undefined ? undefined : visits.rows.get(id)
}

/** Where a visitor stands in the whole list; -1: not in the window. */
export function placeOf(visits: Visits, visitor: string): number {
  const at = visits.order.indexOf(visitor)
  return at < 0 ? -1 : visits.from + at
}

/** The order names somebody whose row has not come: many rows take several frames. */
export const hasHole = (visits: Visits): boolean => visits.answered && visits.order.some(id => !visits.rows.has(id))

/** A part of the list. */
export interface Span {
  from: number
  size: number
}

const most = 60
const spare = 30 // rows beside what is seen: a turn of the wheel shows rows, not grey bars
const near = 5 // so close to the window's end the next one is asked for …
const nearAhead = 12 // … and where one scrolls to, earlier

/**
 * The window to ask for when these rows (both included) are in view, or nothing where the one that is there will do.
 * toward: where one scrolls to, 1 down and -1 up; most of what is beside the view lies there.
 */
export function spanFor(first: number, last: number, has: Span | undefined, total: number, toward = 0): Span | undefined {
  const seen = Math.min(most, Math.max(1, last - first + 1))
  const size = Math.min(most, seen + spare)
  const beside = size - seen
  const above = toward > 0 ? Math.min(near, beside) : toward < 0 ? Math.max(0, beside - near) : Math.floor(beside / 2)
  const next = { from: Math.max(0, first - above), size }
  if (!has) return next
  const end = has.from + has.size
  const roomAbove = has.from === 0 || first >= has.from + (toward < 0 ? nearAhead : near)
  const roomBelow = end >= total || last < end - (toward > 0 ? nearAhead : near)
  if (roomAbove && roomBelow && (has.size >= size || end >= total)) return undefined
  return next.from === has.from && next.size === has.size ? undefined : next
}
