import type { Row } from '@parley/core'
import { describe, expect, it } from 'vitest'
import { alertsOf } from './alerts'
import { emptyLive, type Live, type LiveEvent, reduce, typingMS } from './data'
import { message, row, welcome } from './fixture'
import { calls, lists, unread } from './lists'

const the = (live: Live, id: string): Row => live.rows[id] ?? row(id)
const after = (...events: LiveEvent[]): Live => events.reduce((live, event) => reduce(live, event, 5000), emptyLive)
const joined = [{ id: 'ana', name: 'Ana', state: 'joined' as const }]
const ben = { id: 'ben', name: 'Ben', state: 'joined' as const }

describe('lists', () => {
  it('puts the longest waiting first, and mine by their last words', () => {
    const live = after(
      welcome([
        row('new', { unanswered_since: 3000 }),
        row('old', { unanswered_since: 2000 }),
        row('m1', { state: 'served', members: joined, last: { seq: 1, kind: 'text', from: 'agent', at: 10 } }),
        row('m2', { state: 'served', members: joined, last: { seq: 1, kind: 'text', from: 'agent', at: 20 } }),
        row('b', { state: 'served', members: [ben] }),
      ]),
    )
    const all = lists(live)
    expect(all.waiting.map(one => one.id)).toEqual(['old', 'new'])
    expect(all.mine.map(one => one.id)).toEqual(['m2', 'm1'])
    expect(all.others.map(one => one.id)).toEqual(['b'])
  })

  it('shows an invitation among those who wait', () => {
    const live = after(welcome([row('a', { state: 'served', members: [ben, { id: 'ana', name: 'Ana', state: 'invited' }] })]))
    expect(lists(live).waiting.map(one => one.id)).toEqual(['a'])
  })

  it('keeps a chat that the visitor ended until I close it, and no other ended one', () => {
    const live = after(
      welcome([
        row('mine', { state: 'ended', members: joined }),
        row('closed', { state: 'ended', members: [{ id: 'ana', name: 'Ana', state: 'closed' }] }),
        row('missed', { state: 'missed' }),
        row('bens', { state: 'ended', members: [ben] }),
      ]),
    )
    expect(lists(live).mine.map(one => one.id)).toEqual(['mine'])
    expect(lists(live).others).toEqual([])
  })

  it('hides a waiting chat from the agent who closed it', () => {
    const live = after(welcome([row('a', { members: [{ id: 'ana', name: 'Ana', state: 'closed' }] })]))
    expect(lists(live).waiting).toEqual([])
  })
})

describe('reduce', () => {
  it('keeps nothing of a visitor who was erased, and all of the others', () => {
    const of = (id: string, visitor: string): Row => ({ ...row(id), session: `s-${id}`, visitor: { ...row(id).visitor, id: visitor } })
    const live = after(
      welcome([of('a', 'vera'), of('b', 'vera'), of('c', 'bob')]),
      { t: 'messages', id: 'w', session: 's-a', chat: 'a', messages: [message(1)] },
      { t: 'messages', id: 'w', session: 's-c', chat: 'c', messages: [message(1)] },
      { t: 'erased', visitor: 'vera' },
    )
    expect(Object.keys(live.rows)).toEqual(['c'])
    expect(Object.keys(live.logs)).toEqual(['s-c'])
  })

  it('takes the row with the higher version only', () => {
    const live = after(welcome([row('a', { version: 5, state: 'served' })]), {
      t: 'chat',
      chat: row('a', { version: 4, state: 'waiting' }),
    })
    expect(live.rows.a?.state).toBe('served')
  })

  it('takes a change that words have overtaken, and keeps the words', () => {
    const last = { seq: 9, kind: 'text', from: 'visitor', text: 'Newer', at: 9 } as const
    const live = after(
      welcome([row('a', { version: 5, visitor_count: 1 })]),
      { t: 'rows', rows: [{ id: 'a', version: 7, visitor_count: 2, last }] },
      { t: 'chat', chat: row('a', { version: 6, state: 'served', visitor_count: 1 }) },
    )
    expect(live.rows.a).toMatchObject({ state: 'served', visitor_count: 2, last: { text: 'Newer' } })
  })

  it('counts unread as what came less what was seen, also from another window', () => {
    let live = after(welcome([row('a', { visitor_count: 3 })], { reads: { 's-a': 1 } }))
    expect(unread(live, the(live, 'a'))).toBe(2)
    live = reduce(live, { t: 'read', session: 's-a', count: 3 }, 0)
    live = reduce(live, { t: 'read', session: 's-a', count: 2 }, 0)
    expect(unread(live, the(live, 'a'))).toBe(0)
  })

  it('counts a message once when its row frame follows', () => {
    const live = after(
      welcome([row('a', { state: 'served', members: joined })]),
      { t: 'message', session: 's-a', m: message(2) },
      {
        t: 'rows',
        rows: [
          {
            id: 'a',
            version: 2,
            visitor_count: 2,
            unanswered_since: 2000,
            last: { seq: 2, kind: 'text', from: 'visitor', text: 'Words 2', at: 2000 },
          },
        ],
      },
    )
    expect(live.rows.a?.visitor_count).toBe(2)
    expect(live.rows.a?.unanswered_since).toBe(2000)
  })

  it('an answer ends the wait, a whisper does not', () => {
    let live = after(welcome([row('a', { unanswered_since: 1000 })]), {
      t: 'message',
      session: 's-a',
      m: message(2, { kind: 'whisper', from: 'agent' }),
    })
    expect(live.rows.a?.unanswered_since).toBe(1000)
    live = reduce(live, { t: 'message', session: 's-a', m: message(3, { from: 'agent' }) }, 0)
    expect(live.rows.a?.unanswered_since).toBeUndefined()
  })

  it('marks never go back', () => {
    const marks = { visitor_got: 4, visitor_read: 3, team_got: 0, team_read: 0 }
    const live = after(
      welcome([row('a')]),
      { t: 'marks', session: 's-a', marks },
      { t: 'marks', session: 's-a', marks: { ...marks, visitor_got: 2, visitor_read: 1 } },
    )
    expect(live.rows.a?.marks.visitor_got).toBe(4)
  })

  it('forgets unsent words when the message comes, and after a while', () => {
    const typing = { t: 'typing', session: 's-a', from: 'visitor', text: 'and', on: true } as const
    let live = after(welcome([row('a')]), typing)
    expect(live.typing['s-a']?.visitor?.text).toBe('and')
    expect(reduce(live, { t: 'local.tick' }, 5000 + typingMS).typing['s-a']?.visitor).toBeUndefined()
    live = reduce(live, { t: 'message', session: 's-a', m: message(2) }, 5001)
    expect(live.typing['s-a']?.visitor).toBeUndefined()
  })

  it('what is looked at stays after a loss, but not in the list', () => {
    const live = after(welcome([row('a')]), { t: 'messages', id: 'w', session: 's-a', chat: 'a', messages: [message(1)] }, welcome([]))
    expect(live.rows.a).toBeDefined()
    expect(lists(live).waiting).toEqual([])
  })

  it('a welcome after a loss is the truth: what is not in it is gone', () => {
    const live = after(welcome([row('a'), row('b')]), welcome([row('b', { version: 1 })]))
    expect(Object.keys(live.rows)).toEqual(['b'])
  })
})

describe('alerts', () => {
  const step = (live: Live, event: LiveEvent) => alertsOf(live, reduce(live, event, 5000), event)

  it('a new chat calls, an invitation calls its agent only', () => {
    const live = after(welcome([]))
    expect(step(live, { t: 'chat', chat: row('a'), alert: true })).toMatchObject([{ why: 'new' }])
    expect(step(live, { t: 'chat', chat: row('a') })).toEqual([])
    expect(step(live, { t: 'chat', chat: row('a'), alert: true, for: 'ben' })).toEqual([])
    expect(step(live, { t: 'chat', chat: row('a', { state: 'served', members: [ben] }), alert: true, for: 'ana' })).toMatchObject([
      { why: 'invited' },
    ])
  })

  it('words in my chat call once, in another chat not', () => {
    const mine = after(welcome([row('a', { state: 'served', members: joined })]))
    const event: LiveEvent = { t: 'message', session: 's-a', m: message(2) }
    expect(step(mine, event)).toMatchObject([{ why: 'message', text: 'Words 2' }])
    expect(step(reduce(mine, event, 0), event)).toEqual([])
    expect(step(after(welcome([row('a')])), event)).toEqual([])
  })

  it('chats that came while the connection was lost announce themselves, those of the first welcome do not', () => {
    expect(step(emptyLive, welcome([row('a')]))).toEqual([])
    expect(step(after(welcome([row('a')])), welcome([row('a'), row('b')]))).toMatchObject([{ row: { id: 'b' } }])
  })

  it('the number is who waits and who of mine wrote', () => {
    const live = after(
      welcome([
        row('a'),
        row('b', { state: 'served', members: joined, visitor_count: 2 }),
        row('c', { state: 'served', members: [ben], visitor_count: 9 }),
      ]),
    )
    expect(calls(live, lists(live))).toBe(2)
  })
})
