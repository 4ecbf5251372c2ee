import { expect, it } from 'vitest'
import { strength } from './password'

it('long beats clever', () => {
  expect(strength('')).toBe(0)
  expect(strength('Ab1!')).toBe(1)
  expect(strength('aaaaaaaaaaaa')).toBe(1)
  expect(strength('correct horse battery')).toBe(4)
  expect(strength('plainwords')).toBe(2)
})
