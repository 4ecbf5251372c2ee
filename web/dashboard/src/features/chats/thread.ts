import type { AgentMessage, Person } from '@parley/core'

/** Messages of one author, one after the other, under one name. */
export interface Group {
  type: 'group'
  key: string
  out: boolean
  author?: Person
  at: number
  messages: AgentMessage[]
}
/** A quiet line: joined, left, came back … */
export interface EventLine {
  type: 'event'
  key: string
  message: AgentMessage
}
export interface DayRule {
  type: 'day'
  key: string
  at: number
}
export type Item = Group | EventLine | DayRule

/** One chat's part of the session. */
export interface Segment {
  chat: string
  /** An earlier chat of the session than the one that is open. */
  earlier: boolean
  /** How an earlier chat came to its end: the message that says so. */
  cut?: AgentMessage
  items: Item[]
}

/** A pause after which the same author gets a new line with name and time. */
const groupMS = 5 * 60_000

/** The day of a time where the reader is. */
export const dayOf = (at: number): string => new Date(at).toDateString()

const isSaid = (message: AgentMessage) => message.kind === 'text' || message.kind === 'whisper'
const isEnd = (message: AgentMessage) => message.kind === 'closed' || message.kind === 'missed' || message.kind === 'ended'

/** Lays a session's messages out for the thread that shows the chat. */
export function layout(messages: readonly AgentMessage[], chat: string): Segment[] {
  const segments: Segment[] = []
  let segment: Segment | undefined
  let group: Group | undefined
  let day = ''
  for (const message of messages) {
    if (!segment || segment.chat !== message.chat) {
      segment = { chat: message.chat, earlier: message.chat !== chat, items: [] }
      segments.push(segment)
      group = undefined
    }
    if (dayOf(message.at) !== day) {
      day = dayOf(message.at)
      segment.items.push({ type: 'day', key: `d${message.seq}`, at: message.at })
      group = undefined
    }
    if (isSaid(message)) {
      if (group && joins(group, message)) group.messages.push(message)
      else {
        group = {
          type: 'group',
          key: `g${message.seq}`,
          out: message.from !== 'visitor',
          author: message.author,
          at: message.at,
          messages: [message],
        }
        segment.items.push(group)
      }
      continue
    }
    group = undefined
    if (segment.earlier && isEnd(message)) segment.cut = message
    else segment.items.push({ type: 'event', key: `e${message.seq}`, message })
  }
  return segments.map((one, at) => (one.earlier && isAfter(segments, at, chat) ? { ...one, earlier: false } : one))
}

/** Chats that came after the open one are not earlier: an old chat read in the history. */
function isAfter(segments: Segment[], at: number, chat: string): boolean {
  const open = segments.findIndex(one => one.chat === chat)
  return open >= 0 && at > open
}

function joins(group: Group, message: AgentMessage): boolean {
  const last = group.messages.at(-1)
  return (
    last !== undefined &&
    group.out === (message.from !== 'visitor') &&
    group.author?.id === message.author?.id &&
    last.kind === message.kind &&
    message.at - last.at < groupMS
  )
}

/** The last message that the visitor sees and we wrote: the delivery words stand under it. */
export const lastOurs = (messages: readonly AgentMessage[]): AgentMessage | undefined =>
  messages.findLast(message => message.kind === 'text' && message.from === 'agent')

/** What the newest messages say about the session: over, or gone on with another chat. */
export function lifeOf(messages: readonly AgentMessage[], chat: string): { ended?: AgentMessage; superseded: boolean } {
  const last = messages.at(-1)
  return {
    ended: messages.findLast(message => message.kind === 'ended'),
    superseded: last !== undefined && last.chat !== chat,
  }
}
