/**
 * Several windows of one agent agree who speaks: one of those that may sound holds a lock, and every one tells the
 * others whether somebody looks at it.
 */
export function windows(property: string) {
  const me = Math.random().toString(36).slice(2)
  const channel = new BroadcastChannel(`parley-windows-${property}`)
  const watched = new Map<string, boolean>()
  const stop = new AbortController()
  let speaker = false
  let asked = false

  channel.onmessage = ({ data }: MessageEvent<{ from: string; looked: boolean; hello?: boolean }>) => {
    watched.set(data.from, data.looked)
    if (data.hello) tell()
  }
  const tell = (hello = false) => channel.postMessage({ from: me, looked: document.hasFocus(), hello })
  for (const event of ['focus', 'blur'] as const) addEventListener(event, () => tell(), { signal: stop.signal })
  addEventListener('pagehide', () => channel.postMessage({ from: me, looked: false }), { signal: stop.signal })
  tell(true)

  return {
    /** Asks to be the one that speaks; the next one takes over when this window closes. */
    claim(): void {
      if (asked || !navigator.locks) return
      asked = true
      void navigator.locks
        .request(`parley-speaker-${property}`, { signal: stop.signal }, () => {
          speaker = true
          return new Promise<void>(release => stop.signal.addEventListener('abort', () => release()))
        })
        .catch(() => {})
    },
    /** Plain http pages have no locks: there every window speaks for itself. */
    speaks: () => speaker || !navigator.locks,
    /** Somebody looks at one of the windows. */
    looked: () => document.hasFocus() || [...watched.values()].some(Boolean),
    stop(): void {
      channel.postMessage({ from: me, looked: false })
      channel.close()
      stop.abort()
    },
  }
}
