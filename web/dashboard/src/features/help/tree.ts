/** A category as the tree needs it. */
export interface Node {
  id: string
  /** Empty at the top. */
  parent: string
}

/** A line of the tree as it is shown, from top to bottom. */
export interface Branch<N extends Node> {
  node: N
  depth: number
  /** Among its brothers and sisters, from 1, and how many they are: for those who do not see the lines. */
  nth: number
  of: number
}

/** How deep a category may be; the server holds to the same. */
export const deepest = 4

/** The tree as lines. The order among brothers and sisters is that of the list; what has lost its parent stands at the top. */
export function branches<N extends Node>(nodes: readonly N[]): Branch<N>[] {
  const known = new Set(nodes.map(node => node.id))
  const by = new Map<string, N[]>()
  for (const node of nodes) {
    const parent = known.has(node.parent) && node.parent !== node.id ? node.parent : ''
    by.set(parent, [...(by.get(parent) ?? []), node])
  }
  const out: Branch<N>[] = []
  const walk = (parent: string, depth: number) => {
    const all = by.get(parent) ?? []
    for (const [at, node] of all.entries()) {
      out.push({ node, depth, nth: at + 1, of: all.length })
      walk(node.id, depth + 1)
    }
  }
  walk('', 0)
  return out
}

/** A place in the tree for a category that is being moved: before which line of the others, and how deep. */
export interface Spot {
  at: number
  depth: number
}

/** The lines without a category and all that is in it, and those lines. */
export function lifted<N extends Node>(lines: readonly Branch<N>[], id: string): { rest: Branch<N>[]; own: Branch<N>[]; at: number } {
  const at = lines.findIndex(line => line.node.id === id)
  const head = lines[at]
  if (!head) return { rest: [...lines], own: [], at: lines.length }
  let end = at + 1
  while ((lines[end]?.depth ?? -1) > head.depth) end++
  return { rest: [...lines.slice(0, at), ...lines.slice(end)], own: lines.slice(at, end), at }
}

/** The nearest place that is possible: under the line above at the deepest, and never so that lines below would become its own. */
export function fitting<N extends Node>(lines: readonly Branch<N>[], id: string, wish: Spot, most = deepest): Spot {
  const { rest, own } = lifted(lines, id)
  const high = Math.max(0, ...own.map(line => line.depth - (own[0]?.depth ?? 0)))
  const at = Math.max(0, Math.min(rest.length, wish.at))
  const least = rest[at]?.depth ?? 0
  const roof = at > 0 ? (rest[at - 1]?.depth ?? 0) + 1 : 0
  return { at, depth: Math.max(least, Math.min(wish.depth, roof, most - high)) }
}

/** Whether a category with all that is in it may stand there. */
export function fits<N extends Node>(lines: readonly Branch<N>[], id: string, spot: Spot, most = deepest): boolean {
  const { own } = lifted(lines, id)
  const high = Math.max(0, ...own.map(line => line.depth - (own[0]?.depth ?? 0)))
  return spot.depth + high <= most
}

/** What a place means to the server: in which category (empty: the top), and before which of its others (empty: the last). */
export function target<N extends Node>(lines: readonly Branch<N>[], id: string, spot: Spot): { parent: string; before: string } {
  const { rest } = lifted(lines, id)
  const parent = spot.depth === 0 ? undefined : rest.slice(0, spot.at).findLast(line => line.depth === spot.depth - 1)
  const next = rest[spot.at]
  return { parent: parent?.node.id ?? '', before: next && next.depth === spot.depth ? next.node.id : '' }
}

/** The place where a category is now. */
export function spotOf<N extends Node>(lines: readonly Branch<N>[], id: string): Spot {
  const { own, at } = lifted(lines, id)
  return { at, depth: own[0]?.depth ?? 0 }
}

/** The lines as they would be with the category at the place. */
export function placed<N extends Node>(lines: readonly Branch<N>[], id: string, spot: Spot): Branch<N>[] {
  const { rest, own } = lifted(lines, id)
  const { parent } = target(lines, id, spot)
  const by = spot.depth - (own[0]?.depth ?? 0)
  const moved = own.map((line, n) => ({ ...line, depth: line.depth + by, node: n === 0 ? { ...line.node, parent } : line.node }))
  return branches([...rest.slice(0, spot.at), ...moved, ...rest.slice(spot.at)].map(line => line.node))
}

/** What an arrow key does with a category that is lifted. Left and right are out and in, whichever way one reads. */
export function stepped<N extends Node>(lines: readonly Branch<N>[], id: string, spot: Spot, key: string, rtl: boolean): Spot | undefined {
  const inward = rtl ? 'ArrowLeft' : 'ArrowRight'
  const outward = rtl ? 'ArrowRight' : 'ArrowLeft'
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const by = key === 'ArrowUp' ? -1 : 1
    const n = lifted(lines, id).rest.length
    for (let at = spot.at + by; at >= 0 && at <= n; at += by) {
      const next = fitting(lines, id, { at, depth: spot.depth })
      if (fits(lines, id, next)) return next
    }
    return spot
  }
  if (key !== inward && key !== outward) return undefined
  const next = fitting(lines, id, { at: spot.at, depth: spot.depth + (key === inward ? 1 : -1) })
  return fits(lines, id, next) ? next : spot
}
