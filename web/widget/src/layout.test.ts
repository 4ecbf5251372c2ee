import type { Item, Marks, Person, VisitorMessage, VisitorSend } from '@parley/core'
import { expect, test } from 'vitest'
import { layout, type Row } from './layout.ts'

const noon = new Date(2026, 10, 22, 12).getTime()
const ana: Person = { id: 'a', name: 'Ana Ruiz' }
const mine = (seq: number, at = noon): VisitorMessage => ({ seq, id: `m${seq}`, at, kind: 'text', from: 'visitor', text: `${seq}` })
const hers = (seq: number, at = noon): VisitorMessage => ({ ...mine(seq, at), from: 'agent', author: ana })
const marks = (team_got: number, team_read: number): Marks => ({ visitor_got: 0, visitor_read: 0, team_got, team_read })
const pending = (id: string, state: Item['state'] = 'queued'): Item<VisitorSend> => ({ n: 1, state, frame: { t: 'send', id, text: id } })
const sketch = (rows: Row[]) =>
  rows.map(r =>
    r.type === 'group' ? `${r.mine ? 'me' : 'you'} ${r.bubbles.map(b => b.key).join(' ')}${r.mark ? ` ${r.mark}` : ''}` : r.type,
  )

test('groups by author, parts days, and puts what is on its way below', () => {
  const joined: VisitorMessage = { seq: 3, id: 'j', at: noon, kind: 'joined', from: 'system', author: ana }
  const rows = layout([mine(1, noon - 86_400_000), mine(2), joined, hers(4), hers(5)], [pending('x')], marks(0, 0))
  expect(sketch(rows)).toEqual(['day', 'me m1', 'day', 'me m2', 'event', 'you m4 m5', 'me x sending'])
})

test('a pause of more than five minutes begins a new group', () => {
  expect(sketch(layout([hers(1), hers(2, noon + 6 * 60_000)], [], undefined))).toEqual(['day', 'you m1', 'you m2'])
})

test('our last words say how far they have come', () => {
  const mark = (m: Marks) => layout([mine(1), mine(2)], [], m).flatMap(r => (r.type === 'group' ? [r.mark] : []))
  expect(mark(marks(0, 0))).toEqual(['sent'])
  expect(mark(marks(2, 1))).toEqual(['delivered'])
  expect(mark(marks(2, 2))).toEqual(['read'])
  expect(sketch(layout([mine(1)], [pending('x', 'refused')], marks(1, 1)))).toEqual(['day', 'me m1 x'])
})
