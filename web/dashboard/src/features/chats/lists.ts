import type { Row } from '@parley/core'
import type { Live } from './data'

/** This agent's part in a chat. */
export const myPart = (row: Row, me: string) => row.members.find(member => member.id === me)?.state

/** Who serves a chat. */
export const serving = (row: Row) => row.members.filter(member => member.state === 'joined')

/** Whether a chat is in this agent's list: open and not closed by this agent, or ended while in it and not yet closed. */
export function isListed(row: Row, me: string): boolean {
  const mine = myPart(row, me)
  if (mine === 'closed') return false
  if (row.state === 'waiting' || row.state === 'served') return true
  return row.state === 'ended' && mine === 'joined'
}

/** How many of the visitor's messages this agent has not seen. */
export const unread = (live: Live, row: Row): number => Math.max(0, row.visitor_count - (live.reads[row.session] ?? 0))

/** True where somebody is asked to come: nobody serves the chat, or a colleague invited this agent. */
export const needsMe = (row: Row, me: string): boolean =>
  row.state === 'waiting' || (row.state === 'served' && myPart(row, me) === 'invited')

export interface Lists {
  waiting: Row[]
  mine: Row[]
  others: Row[]
}

/** The three groups of the list: the longest waiting first; mine and others' by their last words, newest first. */
export function lists(live: Live): Lists {
  const out: Lists = { waiting: [], mine: [], others: [] }
  for (const row of Object.values(live.rows)) {
    if (!isListed(row, live.me)) continue
    if (needsMe(row, live.me)) out.waiting.push(row)
    else if (myPart(row, live.me) === 'joined') out.mine.push(row)
    else out.others.push(row)
  }
  const since = (row: Row) => row.unanswered_since || row.started_at
  const byId = (a: Row, b: Row) => (a.id < b.id ? -1 : 1)
  out.waiting.sort((a, b) => since(a) - since(b) || byId(a, b))
  for (const group of [out.mine, out.others]) group.sort((a, b) => b.last.at - a.last.at || byId(a, b))
  return out
}

/** In the order of the screen, for the arrow keys. */
export const inOrder = (all: Lists): Row[] => [...all.waiting, ...all.mine, ...all.others]

/** The number on the title, the icon and the left bar: who waits, and who of mine wrote. */
export function calls(live: Live, all: Lists): number {
  return all.waiting.length + all.mine.filter(row => unread(live, row) > 0).length
}

/** The newest chat of a session that this window knows. */
export function newestOf(live: Live, session: string): Row | undefined {
  let newest: Row | undefined
  for (const row of Object.values(live.rows)) if (row.session === session && (!newest || row.number > newest.number)) newest = row
  return newest
}
