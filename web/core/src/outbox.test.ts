import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Command, type Item, keepOutbox, nextInOutbox, type Outbox, reduceOutbox } from './outbox.ts'
import { memoryStore, type Store } from './storage.ts'

type Say = Command & { text: string }
const say = (id: string): Say => ({ t: 'send', id, text: `text of ${id}` })
const item = (id: string, n: number): Item<Say> => ({ n, frame: say(id), state: 'queued' })
const ids = (box: Outbox<Say>) => box.map(i => i.frame.id)
const lasting = (): Store => ({ ...memoryStore(), lasting: true })

function open(store: Store = lasting()) {
  const sent: string[] = []
  const line = { live: true }
  const box = keepOutbox<Say>({
    store,
    send: frame => {
      if (line.live) sent.push(frame.id)
      return line.live
    },
    changed: () => {},
  })
  return { box, sent, line, store }
}

describe('reduceOutbox', () => {
  test('a message lost with the connection goes out again, and its echo removes it once', () => {
    let box: Outbox<Say> = reduceOutbox([], { type: 'added', item: item('k', 1) })
    box = reduceOutbox(box, { type: 'sent', id: 'k' })
    expect(nextInOutbox(box)).toBeUndefined()
    box = reduceOutbox(box, { type: 'disconnected' })
    expect(nextInOutbox(box)?.frame.id).toBe('k')
    box = reduceOutbox(box, { type: 'settled', id: 'k' })
    expect(reduceOutbox(box, { type: 'settled', id: 'k' })).toEqual([])
  })

  test('items are ordered by their number, whichever tab they come from', () => {
    const box = [item('c', 3), item('a', 1), item('b', 2)].reduce<Outbox<Say>>((b, i) => reduceOutbox(b, { type: 'added', item: i }), [])
    expect(ids(box)).toEqual(['a', 'b', 'c'])
  })
})

describe('keepOutbox', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('sends one at a time, in order, and the next after the answer', () => {
    const { box, sent } = open()
    for (const id of ['a', 'b', 'c']) box.add(say(id))
    expect(sent).toEqual(['a'])
    box.answered('a')
    expect(sent).toEqual(['a', 'b'])
    expect(ids(box.items)).toEqual(['b', 'c'])
  })

  test('keeps a command before it sends it, and a reload brings it back in order', () => {
    const first = open()
    first.line.live = false
    first.box.add(say('a'))
    first.box.add(say('b'))
    const second = open(first.store)
    expect(ids(second.box.items)).toEqual(['a', 'b'])
    expect(second.sent).toEqual(['a'])
  })

  test('after a lost connection the unanswered one goes out again first', () => {
    const { box, sent, line } = open()
    box.add(say('a'))
    line.live = false
    box.disconnected()
    box.add(say('b'))
    line.live = true
    box.connected()
    box.answered('a')
    expect(sent).toEqual(['a', 'a', 'b'])
  })

  test('waits as long as the server says, and lets nothing overtake', () => {
    const { box, sent } = open()
    box.add(say('a'))
    box.add(say('b'))
    box.answered('a', { t: 'error', id: 'a', code: 'frame.too_many', message: '', retry_after_ms: 800 })
    vi.advanceTimersByTime(799)
    expect(sent).toEqual(['a'])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual(['a', 'a'])
  })

  test('a refused one is kept with its reason, does not hold up the others, and can be sent again', () => {
    const { box, sent, store } = open()
    box.add(say('a'))
    box.add(say('b'))
    box.answered('a', { t: 'error', id: 'a', code: 'message.too_long', message: 'too long' })
    expect(sent).toEqual(['a', 'b'])
    expect(open(store).box.items[0]).toMatchObject({ state: 'refused', error: { code: 'message.too_long' } })
    box.answered('b')
    box.retry('a')
    expect(sent).toEqual(['a', 'b', 'a'])
  })

  test('a wait that is too long to be quiet about is a refusal', () => {
    const { box } = open()
    box.add(say('a'))
    box.answered('a', { t: 'error', id: 'a', code: 'ticket.too_many', message: '', retry_after_ms: 3_600_000 })
    expect(box.items[0]?.state).toBe('refused')
  })

  test('two tabs see what the other adds and settles', () => {
    const one = open()
    const two = open(one.store)
    const three = open(one.store)
    two.line.live = false
    one.box.add(say('a'))
    for (const { box } of [two, three]) box.reload()
    for (const { box } of [two, three]) expect(ids(box.items)).toEqual(['a'])
    one.box.answered('a')
    for (const { box } of [two, three]) box.reload()
    expect(two.box.items).toEqual([])
    expect(ids(three.box.items), 'was sent from here as well: the answer to that is on its way').toEqual(['a'])
    three.box.answered('a')
    expect(three.box.items).toEqual([])
  })

  test('what somebody else left under our name is not ours', () => {
    const store = lasting()
    store.set('x', 'not JSON')
    store.set('y', '{"n":1}')
    expect(open(store).box.items).toEqual([])
  })
})
