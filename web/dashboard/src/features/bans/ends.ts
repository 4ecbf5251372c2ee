/** A moment for the server's clock to be past the end, too. */
const graceMS = 500
/** What a browser's timer can wait. */
const longestMS = 2 ** 31 - 1

/** Calls then once the first of the bans has lapsed: a lapse is nobody's news. The returned function calls it off. */
export function atNextEnd(bans: readonly { ends_at: number }[], now: number, then: () => unknown): (() => void) | undefined {
  const wait = Math.min(...bans.map(ban => ban.ends_at - now).filter(left => left > 0)) + graceMS
  if (wait > longestMS) return
  const timer = setTimeout(then, wait)
  return () => clearTimeout(timer)
}
