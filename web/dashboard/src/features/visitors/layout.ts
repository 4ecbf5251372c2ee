import type { VisitGroup } from '@parley/core'

/** Where everything stands in the list, in pixels from its top. Rows are counted over all groups. */
export interface Layout {
  height: number
  topOf(index: number): number
  /** The row at a height; the next one below, where a group's head is. */
  indexAt(y: number): number
  /** The heads of groups between two heights. */
  headsIn(top: number, bottom: number): { at: number; group: VisitGroup; top: number }[]
  /** How many heads stand above a row. */
  headsBefore(index: number): number
}

/** Lays out `total` rows of one height, in runs with a head each. */
export function layoutOf(total: number, groups: readonly VisitGroup[], row: number, head: number): Layout {
  const starts: number[] = []
  const tops: number[] = []
  let index = 0
  let y = 0
  for (const group of groups) {
    starts.push(index)
    tops.push(y)
    index += group.count
    y += head + group.count * row
  }
  const height = total * row + groups.length * head
  /** The run that a row is in; -1 without groups. */
  const runOf = (at: number): number => lastUpTo(starts, at)

  return {
    height,
    topOf(at) {
      const run = runOf(at)
      return at * row + (run + 1) * head
    },
    indexAt(at) {
      const run = lastUpTo(tops, at)
      const [top = 0, start = 0] = run < 0 ? [] : [tops[run], starts[run]]
      const inside = Math.max(0, Math.floor((at - top - (run < 0 ? 0 : head)) / row))
      return Math.max(0, Math.min(total - 1, start + inside))
    },
    headsIn(top, bottom) {
      const out: { at: number; group: VisitGroup; top: number }[] = []
      for (let at = Math.max(0, lastUpTo(tops, top)); at < groups.length; at++) {
        const [y = 0, group] = [tops[at], groups[at]]
        if (y > bottom) break
        if (group && y + head >= top) out.push({ at, group, top: y })
      }
      return out
    },
    headsBefore: at => runOf(at) + 1,
  }
}

/** The place of the last number that is not above the limit, in an ascending list; -1: none. */
function lastUpTo(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}
