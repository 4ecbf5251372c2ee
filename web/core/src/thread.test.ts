import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { emptyThread, gapWatch, hasGap, mergeThread, type Numbered, replaceThread, type Thread } from './thread.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const messages = (...seqs: number[]): Numbered[] => seqs.map(seq => ({ seq, id: `m${seq}` }))
const thread = (...seqs: number[]) => mergeThread(emptyThread as Thread<Numbered>, messages(...seqs))
const seqs = (t: Thread<Numbered>) => t.messages.map(m => m.seq)

test('messages stand in order, each once, however they come in', () => {
  const t = mergeThread(thread(3, 1), messages(2, 3, 1))
  expect(seqs(t)).toEqual([1, 2, 3])
  expect(t.last).toBe(3)
  expect(mergeThread(t, messages(2))).toBe(t)
})

test('last is where the first gap begins', () => {
  const t = thread(4, 5, 8)
  expect(t.last).toBe(5)
  expect(hasGap(t)).toBe(true)
  expect(hasGap(mergeThread(t, messages(6, 7)))).toBe(false)
})

test('older ones come in above, and say whether there are more', () => {
  const t = mergeThread(replaceThread(messages(5, 6), true), messages(3, 4), false)
  expect(seqs(t)).toEqual([3, 4, 5, 6])
  expect(t.more).toBe(false)
})

test('a late neighbour has 150 ms; then it is asked for, and again until it comes', () => {
  const ask = vi.fn()
  const watch = gapWatch(ask)
  watch.look(thread(1, 3))
  vi.advanceTimersByTime(149)
  watch.look(thread(1, 2, 3))
  vi.advanceTimersByTime(1000)
  expect(ask).not.toHaveBeenCalled()
  watch.look(thread(1, 3))
  vi.advanceTimersByTime(150)
  expect(ask).toHaveBeenCalledWith(1)
  vi.advanceTimersByTime(3000)
  expect(ask).toHaveBeenCalledTimes(2)
  watch.look(thread(1, 2, 3))
  vi.advanceTimersByTime(10_000)
  expect(ask).toHaveBeenCalledTimes(2)
})
