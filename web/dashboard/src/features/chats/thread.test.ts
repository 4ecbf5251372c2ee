import { describe, expect, it } from 'vitest'
import { message } from './fixture'
import { lastOurs, layout, lifeOf } from './thread'

const ana = { id: 'ana', name: 'Ana' }
const kinds = (items: { type: string }[]) => items.map(item => item.type)

describe('layout', () => {
  it('groups what one says in a row, and starts anew after an event, another author or a pause', () => {
    const [segment] = layout(
      [
        message(1),
        message(2),
        message(3, { kind: 'joined', from: 'agent', author: ana }),
        message(4, { from: 'agent', author: ana }),
        message(5, { from: 'agent', author: { id: 'ben', name: 'Ben' } }),
        message(6, { from: 'agent', author: { id: 'ben', name: 'Ben' }, at: 5000 + 6 * 60_000 }),
        message(7, { kind: 'whisper', from: 'agent', author: { id: 'ben', name: 'Ben' }, at: 5000 + 6 * 60_000 }),
      ],
      'a',
    )
    expect(kinds(segment?.items ?? [])).toEqual(['day', 'group', 'event', 'group', 'group', 'group', 'group'])
  })

  it('sets earlier chats apart with how they ended', () => {
    const closed = message(2, { kind: 'closed', from: 'agent', author: ana, vseq: undefined })
    const parts = layout([message(1), closed, message(3, { chat: 'b' })], 'b')
    expect(parts.map(part => part.earlier)).toEqual([true, false])
    expect(parts[0]?.cut).toBe(closed)
    expect(kinds(parts[0]?.items ?? [])).toEqual(['day', 'group'])
  })

  it('a chat that came after the open one is not earlier', () => {
    expect(layout([message(1), message(2, { chat: 'b' })], 'a').map(part => part.earlier)).toEqual([false, false])
  })

  it('a day rule stands before the first message of a day', () => {
    const [segment] = layout([message(1), message(2, { at: 1000 + 86_400_000 })], 'a')
    expect(kinds(segment?.items ?? [])).toEqual(['day', 'group', 'day', 'group'])
  })
})

describe('the end', () => {
  it('delivery stands under our last words', () => {
    expect(lastOurs([message(1, { from: 'agent' }), message(2, { kind: 'whisper', from: 'agent' }), message(3)])?.seq).toBe(1)
  })

  it('the session is over once it says so, and a chat is superseded by the next', () => {
    expect(lifeOf([message(1), message(2, { kind: 'ended', by: 'visitor' })], 'a').ended?.by).toBe('visitor')
    expect(lifeOf([message(1), message(2, { chat: 'b' })], 'a').superseded).toBe(true)
  })
})
