/** How many percent more or less than before; nothing where there was nothing to compare with. */
export function changeOf(now: number | undefined, before: number | undefined): number | undefined {
  if (now === undefined || !before) return undefined
  return Math.round(((now - before) * 100) / before)
}

/** The height of a bar, and a round number at or above the highest for the scale. */
export function scale(values: readonly number[]): { top: number; heights: number[] } {
  const most = Math.max(1, ...values)
  const size = 10 ** Math.floor(Math.log10(most))
  const top = [1, 2, 5, 10].map(by => by * size).find(one => one >= most) ?? most
  return { top, heights: values.map(value => value / top) }
}
