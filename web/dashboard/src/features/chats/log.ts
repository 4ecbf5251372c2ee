import type { AgentMessage } from '@parley/core'

/** What this window has of one session: an unbroken run of messages, and those that came before their neighbours. */
export interface Log {
  /** By seq, without a gap. */
  messages: readonly AgentMessage[]
  /** Messages beyond a gap: shown once the missing ones are here. */
  late: readonly AgentMessage[]
  /** The server has older ones. */
  more: boolean
  /** False until the first answer is here. */
  loaded: boolean
}

export const emptyLog: Log = { messages: [], late: [], more: false, loaded: false }

/** The last seq without a gap before it: what to ask for next. */
export const lastSeq = (log: Log): number => log.messages.at(-1)?.seq ?? 0

/** True while a neighbour is missing. */
export const hasGap = (log: Log): boolean => log.late.length > 0

/** Adds one message that came by itself, in whatever order. */
export function append(log: Log, message: AgentMessage): Log {
  const last = lastSeq(log)
  if (message.seq <= last) return log
  const late = log.late.some(other => other.seq === message.seq) ? [...log.late] : [...log.late, message]
  late.sort((a, b) => a.seq - b.seq)
  // Before the first answer it is not known how much lies before: wait for it.
  if (!log.loaded) return { ...log, late }
  const messages = [...log.messages]
  let next = last + 1
  while (late[0] && late[0].seq <= next) {
    const first = late.shift() as AgentMessage
    if (first.seq < next) continue
    messages.push(first)
    next = first.seq + 1
  }
  return { ...log, messages, late }
}

/**
 * Adds the answer to watch or history. Where the answer to watch leaves a hole (more was missed than fits into one
 * answer), the newest run is kept and the older part is loaded again by scrolling back.
 */
export function merge(log: Log, answer: readonly AgentMessage[], more: boolean): Log {
  const bySeq = new Map<number, AgentMessage>()
  for (const message of [...log.messages, ...log.late, ...answer]) bySeq.set(message.seq, message)
  const all = [...bySeq.values()].sort((a, b) => a.seq - b.seq)
  const newest = answer.at(-1)?.seq ?? 0
  const run = runWith(all, Math.max(newest, lastSeq(log)))
  const first = run[0]?.seq ?? 0
  const oldFirst = log.messages[0]?.seq ?? Number.POSITIVE_INFINITY
  const answerFirst = answer[0]?.seq ?? Number.POSITIVE_INFINITY
  const older = answerFirst <= oldFirst ? more : first < answerFirst ? log.more : more
  const last = run.at(-1)?.seq ?? 0
  return { messages: run, late: all.filter(message => message.seq > last), more: first > 1 && older, loaded: true }
}

/** The unbroken run that holds seq. */
function runWith(all: readonly AgentMessage[], seq: number): AgentMessage[] {
  let at = all.findIndex(message => message.seq === seq)
  if (at < 0) at = all.length - 1
  if (at < 0) return []
  let from = at
  let to = at
  while (from > 0 && all[from - 1]?.seq === (all[from]?.seq ?? 0) - 1) from--
  while (to < all.length - 1 && all[to + 1]?.seq === (all[to]?.seq ?? 0) + 1) to++
  return all.slice(from, to + 1)
}
