import { expect, it } from 'vitest'
import { mostImageBytes, refusal } from './images'

it('refuses before it uploads what the server would refuse', () => {
  const file = (type: string, size = 100, name = 'a') => ({ type, size, name })
  expect(refusal(file('image/png'))).toBeUndefined()
  expect(refusal(file('image/svg+xml'))).toBe('image.svg')
  expect(refusal(file('', 10, 'logo.SVG'))).toBe('image.svg')
  expect(refusal(file('application/pdf'))).toBe('image.format')
  expect(refusal(file('image/jpeg', mostImageBytes + 1))).toBe('image.size')
})
