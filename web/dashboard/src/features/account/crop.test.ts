import { expect, it } from 'vitest'
import { inside, partOf } from './crop'

const wide = { width: 400, height: 200 }

it('shows the middle square first', () => {
  expect(partOf({ x: 0, y: 0, zoom: 1 }, wide, 100)).toEqual({ side: 200, x: 100, y: 0 })
})

it('never shows an empty edge', () => {
  expect(inside({ x: 999, y: 999, zoom: 1 }, wide, 100)).toEqual({ x: 50, y: 0, zoom: 1 })
  expect(partOf(inside({ x: 999, y: 0, zoom: 1 }, wide, 100), wide, 100)).toEqual({ side: 200, x: 0, y: 0 })
  expect(inside({ x: 0, y: 0, zoom: 9 }, wide, 100).zoom).toBe(4)
})
