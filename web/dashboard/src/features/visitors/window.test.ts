import type { AgentToServer, AgentVisitors } from '@parley/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { frame } from './fixture'
import type { Visits } from './visits'
import { VisitsWindow } from './window'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A window, what it sent, and what it shows. The server is the test. */
function opened(line = { up: true }) {
  const sent: AgentToServer[] = []
  const shown: Visits[] = []
  const window = new VisitsWindow({ tell: one => line.up && sent.push(one) > 0, changed: visits => shown.push(visits) })
  const asks = () => sent.filter((one): one is AgentVisitors => one.t === 'visitors')
  const answer = (from: number, ids: string[], change = {}) => window.take(frame(asks().at(-1)?.id ?? '', from, ids, change))
  return { window, sent, asks, answer, shown: () => shown.at(-1), line }
}
const spans = (asks: AgentVisitors[]) => asks.map(one => [one.from, one.size])
const query = { sort: 'state' as const, filter: {} }

it('asks once, shows the answer, and asks nothing more while one looks at the same rows', () => {
  const { window, asks, answer, shown } = opened()
  window.ask(query)
  window.see(0, 12)
  answer(0, ['a', 'b'])
  window.see(0, 12)
  vi.advanceTimersByTime(1000)
  expect(spans(asks())).toEqual([[0, 51]])
  expect(shown()?.order).toEqual(['a', 'b'])
})

it('follows a scroll with the same window: once at once, and once where it ended', () => {
  const { window, asks, answer } = opened()
  window.ask(query)
  answer(0, ['a'])
  for (let first = 0; first <= 400; first += 10) window.see(first, first + 12)
  vi.advanceTimersByTime(1000)
  const froms = asks().map(one => one.from)
  expect(froms.length).toBe(3)
  expect(froms.at(-1)).toBe(395)
  expect(new Set(asks().map(one => one.id)).size).toBe(1)
})

it('another question is another window from the top, and a late answer to the old one is nothing', () => {
  const { window, asks, answer, shown } = opened()
  window.ask(query)
  answer(0, ['a'])
  window.see(300, 312)
  const old = asks()[0]?.id ?? ''
  window.ask({ sort: 'name', filter: { text: 'mug' } })
  expect(asks().at(-1)).toMatchObject({ from: 0, sort: 'name', filter: { text: 'mug' } })
  window.take(frame(old, 285, ['late']))
  expect(shown()?.order).toEqual(['a'])
  answer(0, ['b'])
  expect(shown()?.order).toEqual(['b'])
})

it('is asked for anew after a lost connection, where one looks', () => {
  const { window, asks, answer, line } = opened()
  window.ask(query)
  answer(0, ['a'])
  window.see(300, 312)
  vi.advanceTimersByTime(1000)
  answer(285, ['x'])
  line.up = false
  window.see(340, 352)
  line.up = true
  window.again()
  expect(asks().at(-1)).toMatchObject({ from: 325, size: 43 })
  expect(asks().at(-1)?.id).not.toBe(asks()[0]?.id)
})

it('asked before there is a line, it asks when there is one', () => {
  const { window, asks, line } = opened({ up: false })
  window.ask(query)
  expect(asks()).toEqual([])
  line.up = true
  window.again()
  expect(spans(asks())).toEqual([[0, 51]])
})

it('nobody looks: it says so once, and asks nothing until somebody does', () => {
  const { window, sent, answer } = opened()
  window.ask(query)
  answer(0, ['a'])
  window.rest()
  window.see(300, 312)
  window.ask({ sort: 'name', filter: {} })
  vi.advanceTimersByTime(5000)
  expect(sent.map(one => one.t)).toEqual(['visitors', 'visitors_stop'])
  window.again()
  expect(sent.at(-1)).toMatchObject({ t: 'visitors', sort: 'name' })
})

it('rows that come in several frames are waited for; those that never come are asked for again', () => {
  const { window, asks, answer } = opened()
  window.ask(query)
  answer(0, ['a', 'b'], { rows: [] })
  vi.advanceTimersByTime(1000)
  answer(0, ['a', 'b'])
  vi.advanceTimersByTime(5000)
  expect(asks().length).toBe(1)
  answer(0, ['a', 'c'], { rows: [] })
  vi.advanceTimersByTime(5000)
  expect(asks().length).toBe(2)
})
