/** What a thread needs to know of a message. */
export interface Numbered {
  seq: number
  id: string
}

/** Messages in order, each once. */
export interface Thread<M extends Numbered> {
  readonly messages: readonly M[]
  /** Up to here nothing is missing between the first message and this one. */
  readonly last: number
  /** There are older ones than the first. */
  readonly more: boolean
}

/** A thread with nothing in it. */
export const emptyThread: Thread<never> = { messages: [], last: 0, more: false }

/** Puts messages where they belong; one that is there already changes nothing. */
export function mergeThread<M extends Numbered>(thread: Thread<M>, messages: readonly M[], more = thread.more): Thread<M> {
  const known = new Set(thread.messages.map(m => m.seq))
  const fresh = messages.filter(m => !known.has(m.seq) && known.add(m.seq))
  if (fresh.length === 0 && more === thread.more) return thread
  const all = [...thread.messages, ...fresh].sort((a, b) => a.seq - b.seq)
  return { messages: all, last: contiguous(all), more }
}

/** Replaces the thread by the newest messages, where what lies between is not known. */
export function replaceThread<M extends Numbered>(messages: readonly M[], more: boolean): Thread<M> {
  return mergeThread<M>(emptyThread, messages, more)
}

/** Whether a message is missing before the newest one. */
export function hasGap<M extends Numbered>(thread: Thread<M>): boolean {
  return thread.last < (thread.messages.at(-1)?.seq ?? 0)
}

function contiguous<M extends Numbered>(messages: readonly M[]): number {
  let last = messages[0]?.seq ?? 0
  for (const m of messages.slice(1)) {
    if (m.seq !== last + 1) break
    last = m.seq
  }
  return last
}

/** How long a late neighbour has before it is asked for. */
export const gapPatience = 150
const askAgain = 3000

/** Watches a thread for gaps: waits for a late neighbour, then asks for what comes after the last message without a gap. */
export function gapWatch(ask: (after: number) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearTimeout(timer)
    timer = undefined
  }
  return {
    stop,
    look(thread: Thread<Numbered>) {
      if (!hasGap(thread)) return stop()
      if (timer) return
      const { last } = thread
      const again = () => {
        ask(last)
        timer = setTimeout(again, askAgain)
      }
      timer = setTimeout(again, gapPatience)
    },
  }
}
