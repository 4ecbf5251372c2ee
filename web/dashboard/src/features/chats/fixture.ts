import type { AgentMessage, AgentWelcome, Row } from '@parley/core'

/** A row for tests: a chat that waits, changed as asked. */
export function row(id: string, change: Partial<Row> = {}): Row {
  return {
    id,
    session: `s-${id}`,
    number: 1,
    version: 1,
    state: 'waiting',
    visitor: { id: `v-${id}`, number: 7 },
    members: [],
    started_at: 1000,
    visitor_count: 1,
    last: { seq: 1, kind: 'text', from: 'visitor', text: 'Hi', at: 1000 },
    marks: { visitor_got: 0, visitor_read: 0, team_got: 0, team_read: 0 },
    ...change,
  }
}

/** A message for tests: words of the visitor, changed as asked. */
export function message(seq: number, change: Partial<AgentMessage> = {}): AgentMessage {
  return { seq, vseq: seq, id: `m${seq}`, chat: 'a', at: 1000 * seq, kind: 'text', from: 'visitor', text: `Words ${seq}`, ...change }
}

/** A welcome for tests: Ana is me. */
export function welcome(chats: Row[], change: Partial<AgentWelcome> = {}): AgentWelcome {
  return {
    t: 'welcome',
    now: 5000,
    me: 'ana',
    role: 'owner',
    property: 'p',
    members: [],
    chats,
    reads: {},
    missed: 0,
    tickets: 0,
    settings: { name: 'Kiln Street', typing_preview: true, timeout_ms: 1, missed_ms: 1 },
    ...change,
  }
}
