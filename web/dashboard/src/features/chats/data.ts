import type { AgentPropertySettings, Marks, Member, Person, Role, Row, RowUpdate, ServerToAgent } from '@parley/core'
import { append, emptyLog, type Log, merge } from './log'

/** Who writes in a session right now. */
export interface Typing {
  visitor?: { text: string; at: number }
  agents: readonly { person: Person; at: number }[]
}

/** Everything the server told about one property: the one store behind every screen. A value; reduce makes the next. */
export interface Live {
  me: string
  property: string
  role: Role
  members: readonly Member[]
  /** By chat. Holds ended and closed ones too while they are of use; lists.ts decides what is listed. */
  rows: Readonly<Record<string, Row>>
  /** By session: how many of the visitor's messages this agent has seen. */
  reads: Readonly<Record<string, number>>
  /** By session: what this window watches. */
  logs: Readonly<Record<string, Log>>
  typing: Readonly<Record<string, Typing>>
  missed: number
  tickets: number
  settings: AgentPropertySettings
  /** The server's clock minus ours, in ms: ours may be wrong. */
  offset: number
  /** False until the first welcome. */
  ready: boolean
}

/** What happens on this side, beside the frames. */
export type LocalEvent =
  | { t: 'local.row'; row: Row }
  | { t: 'local.read'; session: string; count: number }
  | { t: 'local.forget'; session: string }
  | { t: 'local.tick' }

export type LiveEvent = ServerToAgent | LocalEvent

/** A client forgets that somebody types after this time (docs/protocol.md). */
export const typingMS = 8000

export const emptyLive: Live = {
  me: '',
  property: '',
  role: 'agent',
  members: [],
  rows: {},
  reads: {},
  logs: {},
  typing: {},
  missed: 0,
  tickets: 0,
  settings: { name: '', typing_preview: false, timeout_ms: 0, missed_ms: 0 },
  offset: 0,
  ready: false,
}

/** The next state after an event, at our own time now. Events that change nothing give the same value back. */
export function reduce(live: Live, event: LiveEvent, now: number): Live {
  switch (event.t) {
    case 'welcome':
      return {
        ...live,
        me: event.me,
        property: event.property,
        role: event.role,
        members: event.members,
        // What was opened from the history stays; the list is the server's.
        rows: { ...kept(live), ...Object.fromEntries(event.chats.map(row => [row.id, row])) },
        reads: event.reads,
        missed: event.missed,
        tickets: event.tickets,
        settings: event.settings,
        offset: event.now - now,
        ready: true,
      }
    case 'chat':
      return { ...live, rows: { ...live.rows, [event.chat.id]: newest(live.rows[event.chat.id], event.chat) } }
    case 'local.row':
      return { ...live, rows: { ...live.rows, [event.row.id]: newest(live.rows[event.row.id], event.row) } }
    case 'rows':
      return { ...live, rows: event.rows.reduce(patched, live.rows) }
    case 'visitor':
      return { ...live, rows: mapSession(live.rows, event.session, row => ({ ...row, visitor: event.visitor })) }
    case 'marks':
      return { ...live, rows: mapSession(live.rows, event.session, row => ({ ...row, marks: further(row.marks, event.marks) })) }
    case 'message':
      return said(live, event.session, event.m)
    case 'messages':
      return {
        ...live,
        logs: { ...live.logs, [event.session]: merge(live.logs[event.session] ?? emptyLog, event.messages, event.more ?? false) },
      }
    case 'typing':
      return { ...live, typing: { ...live.typing, [event.session]: typed(live.typing[event.session] ?? { agents: [] }, event, now) } }
    case 'read':
      return read(live, event.session, event.count)
    case 'local.read':
      return read(live, event.session, event.count)
    case 'members':
      return { ...live, members: event.members }
    case 'counts':
      return { ...live, missed: event.missed, tickets: event.tickets }
    case 'erased':
      return without(live, event.visitor)
    case 'local.forget': {
      const { [event.session]: _, ...logs } = live.logs
      return { ...live, logs }
    }
    case 'local.tick':
      return { ...live, typing: stillTyping(live.typing, now) }
    default:
      return live
  }
}

/**
 * The row with the higher version holds. Nodes may overtake each other, so what was said may be known before the change
 * that came before it: then the change is taken, and the newer words stay.
 */
function newest(old: Row | undefined, row: Row): Row {
  if (!old) return row
  if (row.version < old.version) return old
  if (row.last.seq >= old.last.seq) return row
  return { ...row, last: old.last, visitor_count: Math.max(row.visitor_count, old.visitor_count), unanswered_since: old.unanswered_since }
}

/**
 * Rows that a window looks at although the server does not list them any more. What was open is taken for closed until
 * the row is asked for: it must leave the list, and the thread must stay.
 */
function kept(live: Live): Record<string, Row> {
  const open = (row: Row) => row.state === 'waiting' || row.state === 'served'
  const rows = Object.values(live.rows).filter(row => live.logs[row.session])
  return Object.fromEntries(rows.map(row => [row.id, open(row) ? { ...row, state: 'closed' as const } : row]))
}

/** Nothing of a visitor who was erased stays. */
function without(live: Live, visitor: string): Live {
  const gone = new Set(Object.values(live.rows).flatMap(row => (row.visitor.id === visitor ? [row.session] : [])))
  const rest = <T>(of: Readonly<Record<string, T>>, is: (key: string, value: T) => boolean) =>
    Object.fromEntries(Object.entries(of).filter(([key, value]) => !is(key, value)))
  const ours = (session: string) => gone.has(session)
  return {
    ...live,
    rows: rest(live.rows, (_, row) => ours(row.session)),
    reads: rest(live.reads, ours),
    logs: rest(live.logs, ours),
    typing: rest(live.typing, ours),
  }
}

function patched(rows: Readonly<Record<string, Row>>, update: RowUpdate): Readonly<Record<string, Row>> {
  const row = rows[update.id]
  if (!row || update.version < row.version || update.last.seq < row.last.seq) return rows
  // Not its version: that is of the last whole row, and another change may still be on its way.
  return {
    ...rows,
    [row.id]: {
      ...row,
      unanswered_since: update.unanswered_since,
      visitor_count: Math.max(row.visitor_count, update.visitor_count),
      last: update.last,
    },
  }
}

function mapSession(rows: Readonly<Record<string, Row>>, session: string, change: (row: Row) => Row): Readonly<Record<string, Row>> {
  return Object.fromEntries(Object.entries(rows).map(([id, row]) => [id, row.session === session ? change(row) : row]))
}

/** A message that is new to this window moves its row at once; the row frame of the server follows within a second. */
function said(live: Live, session: string, message: Parameters<typeof append>[1]): Live {
  const log = live.logs[session]
  const logs = log ? { ...live.logs, [session]: append(log, message) } : live.logs
  const row = live.rows[message.chat]
  if (!row || message.seq <= row.last.seq) return { ...live, logs, typing: silent(live.typing, session, message) }
  const { seq, kind, from, at } = message
  const text = message.text || message.card?.title
  // What happens between the words, and whispers, do not take their place.
  const next: Row = { ...row, last: kind === 'text' ? { seq, kind, from, text, at } : { ...row.last, seq } }
  if (kind === 'text' && from === 'visitor') {
    next.visitor_count = row.visitor_count + 1
    next.unanswered_since = row.unanswered_since || at
  } else if (kind === 'text') next.unanswered_since = undefined
  return { ...live, logs, rows: { ...live.rows, [row.id]: next }, typing: silent(live.typing, session, message) }
}

/** Whoever spoke no longer types. */
function silent(all: Live['typing'], session: string, message: Parameters<typeof append>[1]): Live['typing'] {
  const typing = all[session]
  if (!typing || (message.kind !== 'text' && message.kind !== 'whisper')) return all
  if (message.from === 'visitor') return { ...all, [session]: { agents: typing.agents } }
  return { ...all, [session]: { ...typing, agents: typing.agents.filter(other => other.person.id !== message.author?.id) } }
}

function typed(typing: Typing, event: Extract<ServerToAgent, { t: 'typing' }>, now: number): Typing {
  if (event.from === 'visitor') return event.on ? { ...typing, visitor: { text: event.text ?? '', at: now } } : { agents: typing.agents }
  const person = event.agent
  if (!person) return typing
  const others = typing.agents.filter(other => other.person.id !== person.id)
  return { ...typing, agents: event.on ? [...others, { person, at: now }] : others }
}

function stillTyping(all: Live['typing'], now: number): Live['typing'] {
  const fresh = (at: number) => now - at < typingMS
  if (Object.values(all).every(one => (!one.visitor || fresh(one.visitor.at)) && one.agents.every(other => fresh(other.at)))) return all
  return Object.fromEntries(
    Object.entries(all).map(([session, one]) => [
      session,
      { visitor: one.visitor && fresh(one.visitor.at) ? one.visitor : undefined, agents: one.agents.filter(other => fresh(other.at)) },
    ]),
  )
}

function read(live: Live, session: string, count: number): Live {
  if (count <= (live.reads[session] ?? 0)) return live
  return { ...live, reads: { ...live.reads, [session]: count } }
}

/** Marks never go back. */
function further(a: Marks, b: Marks): Marks {
  return {
    visitor_got: Math.max(a.visitor_got, b.visitor_got),
    visitor_read: Math.max(a.visitor_read, b.visitor_read),
    team_got: Math.max(a.team_got, b.team_got),
    team_read: Math.max(a.team_read, b.team_read),
  }
}
