import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { settled } from './settled.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function someone(known?: string) {
  const asked: string[] = []
  const one = settled(words => asked.push(words), known)
  const types = (...all: string[]) => {
    for (const words of all) {
      one.typed(words)
      vi.advanceTimersByTime(200)
    }
  }
  return { asked, types, now: one.now, rests: () => vi.advanceTimersByTime(3000) }
}

test('whoever types has asked once they rest, and once only', () => {
  const { asked, types, rests, now } = someone()
  types('o', 'ov', 'ove', 'oven', 'ove', 'oven', 'oven safe')
  expect(asked).toEqual([])
  rests()
  now()
  rests()
  expect(asked).toEqual(['oven safe'])
  types('oven saf', 'oven safe')
  rests()
  expect(asked).toEqual(['oven safe'])
  types('oven safety')
  rests()
  expect(asked).toEqual(['oven safe', 'oven safety'])
})

test('or when they choose, leave, or turn to something else', () => {
  const { asked, types, now, rests } = someone()
  types('gl', 'glaze', 'r', 'returns')
  expect(asked).toEqual(['glaze'])
  now()
  expect(asked).toEqual(['glaze', 'returns'])
  rests()
  types('x', '')
  rests()
  expect(asked).toEqual(['glaze', 'returns'])
})

test('what they come back to was told before', () => {
  const { asked, types, now } = someone('oven')
  types('ovens', 'oven')
  now()
  expect(asked).toEqual([])
})
