import { expect, it } from 'vitest'
import { changeOf, scale } from './report'

it('compares only where there is something to compare with', () => {
  expect(changeOf(120, 100)).toBe(20)
  expect(changeOf(50, 100)).toBe(-50)
  expect(changeOf(5, 0)).toBeUndefined()
  expect(changeOf(undefined, 3)).toBeUndefined()
})

it('scales to a round number', () => {
  expect(scale([0, 3, 7])).toEqual({ top: 10, heights: [0, 0.3, 0.7] })
  expect(scale([180]).top).toBe(200)
  expect(scale([]).top).toBe(1)
})
