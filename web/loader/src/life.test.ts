import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { life } from './life.ts'

const minute = 60_000
let page: EventTarget

beforeEach(() => {
  vi.useFakeTimers()
  page = new EventTarget()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const touch = (name = 'pointermove') => page.dispatchEvent(new Event(name))

/** A page whose line is up, or not. */
function watch() {
  const line = { live: true }
  const told: boolean[] = []
  const idle = life(on => {
    if (line.live) told.push(on)
    return line.live
  })
  return { line, told, idle }
}

test('ten minutes after the last sign it is idle, and at the next sign it is not', () => {
  const { told, idle } = watch()
  for (const name of ['pointermove', 'pointerdown', 'keydown', 'scroll']) {
    vi.advanceTimersByTime(9 * minute)
    touch(name)
  }
  expect(idle()).toBe(false)
  vi.advanceTimersByTime(10 * minute - 1)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual([true])
  expect(idle()).toBe(true)
  vi.advanceTimersByTime(25 * minute)
  touch()
  touch()
  expect(told).toEqual([true, false])
  vi.advanceTimersByTime(10 * minute)
  expect(told).toEqual([true, false, true])
})

test('there is one timer, however much happens', () => {
  watch()
  vi.advanceTimersByTime(minute) // the page view itself is over
  for (let i = 0; i < 1000; i++) touch()
  expect(vi.getTimerCount()).toBe(1)
})

test('what could not be told is told by the next hello, or at the next sign', () => {
  const { line, told, idle } = watch()
  line.live = false
  vi.advanceTimersByTime(10 * minute)
  expect(told).toEqual([])
  expect(idle()).toBe(true) // the hello of a new line
  touch()
  line.live = true // welcomed only now
  touch()
  expect(told).toEqual([false])
})
