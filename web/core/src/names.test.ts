import { expect, test } from 'vitest'
import { firstName, initials, tintOf } from './names.ts'

test('first names, where one can tell', () => {
  expect(['Ana Ruiz', 'Ana', 'عبد الله', 'J. Smith', 'Li Wei'].map(name => firstName({ id: 'x', name }))).toEqual([
    'Ana',
    'Ana',
    'عبد الله',
    'J. Smith',
    'Li Wei',
  ])
})

test('letters and a tint for somebody without a picture', () => {
  expect(['Ana Ruiz', 'ben', 'عبد الله', 'Anna Maria Vale', ''].map(name => initials({ id: 'x', name }))).toEqual([
    'AR',
    'B',
    'عا',
    'AM',
    '',
  ])
  expect(tintOf({ id: 'one', name: 'x' })).toBe(tintOf({ id: 'one', name: 'y' }))
})
