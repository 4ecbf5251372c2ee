import { expect, it } from 'vitest'
import { slugOf } from './slug'

it('makes an address of what was typed or pasted', () => {
  expect(slugOf(' Oven  Safe? ')).toBe('oven-safe')
  expect(slugOf('https://help.kiln.example/a/oven-safe')).toBe('oven-safe')
  expect(slugOf("Don't")).toBe('dont')
  expect(slugOf('هل الفخار آمن')).toBe('هل-الفخار-آمن')
  expect(slugOf('--')).toBe('')
})
