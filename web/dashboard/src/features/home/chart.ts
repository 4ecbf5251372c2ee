import type { Bin } from './api'

/** A bar of the chart, in px from the start side and from the top. */
export interface Bar {
  at: number
  bin: Bin
  /** The wide, quiet one behind: what is usual. */
  x: number
  width: number
  usual: Part
  served: Part
  missed: Part
  /** The middle, for a label; some have none, so that they do not touch. */
  middle: number
  labelled: boolean
}

interface Part {
  y: number
  height: number
}

export interface Chart {
  bars: Bar[]
  ticks: { y: number; n: number }[]
  /** Where bars stand. */
  bottom: number
}

interface Size {
  width: number
  height: number
  /** Room for the numbers at the start, and for the labels below. */
  start: number
  below: number
  /** A label needs so much room. */
  label: number
}

/** Of a day only the hours in which something happens: these bins, and at least so many. */
export function busy(bins: readonly Bin[], now: number, least = 10): Bin[] {
  const full = (bin: Bin, at: number) =>
    bin.chats > 0 || bin.usual > 0 || (bin.at <= now && (bins[at + 1]?.at ?? Number.POSITIVE_INFINITY) > now)
  let first = bins.findIndex(full)
  let last = bins.findLastIndex(full)
  if (first < 0) return [...bins]
  while (last - first + 1 < Math.min(least, bins.length)) {
    if (last < bins.length - 1) last++
    if (first > 0 && last - first + 1 < least) first--
  }
  return bins.slice(first, last + 1)
}

/** 1, 2, 5, 10, 20, 50 …: about three lines below the highest bar. */
export function stepFor(most: number): number {
  const rough = Math.max(1, most / 3)
  const ten = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map(times => times * ten).find(step => step >= rough) ?? 10 * ten
}

/** The bars of these bins in a picture of that size. */
export function chart(bins: readonly Bin[], size: Size): Chart {
  const bottom = size.height - size.below
  const most = Math.max(0, ...bins.map(bin => Math.max(bin.served + bin.missed, bin.usual)))
  const step = stepFor(most)
  const top = Math.max(2, Math.ceil(most / step)) * step
  const lift = 6 // the highest line's number needs half a line above it
  const y = (n: number) => bottom - (n / top) * (bottom - lift)
  const part = (from: number, n: number, gap: number): Part => {
    const height = n > 0 ? Math.max(2, y(from) - y(from + n) - gap) : 0
    return { y: y(from + n), height }
  }
  const room = Math.max(0, size.width - size.start) / Math.max(1, bins.length)
  const width = Math.min(40, room * 0.72)
  const every = Math.max(1, Math.ceil(size.label / Math.max(1, room)))
  return {
    bottom,
    ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, n) => ({ y: y(n * step), n: n * step })),
    bars: bins.map((bin, at) => {
      const middle = size.start + room * (at + 0.5)
      return {
        at: bin.at,
        bin,
        middle,
        x: middle - width / 2,
        width,
        labelled: at % every === 0,
        usual: part(0, bin.usual, 0),
        served: part(0, bin.served, 0),
        missed: part(bin.served, bin.missed, bin.served > 0 ? 2 : 0),
      }
    }),
  }
}

/** A line through values in a box, and the area below it: paths of an SVG. Fewer than two values have none. */
export function spark(values: readonly number[], width: number, height: number): { line: string; area: string } | undefined {
  if (values.length < 2) return undefined
  const most = Math.max(1, ...values)
  const points = values.map((value, at) => {
    const x = (at / (values.length - 1)) * width
    return `${x.toFixed(1)} ${(height - 2 - (value / most) * (height - 4)).toFixed(1)}`
  })
  const line = `M${points.join('L')}`
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` }
}
