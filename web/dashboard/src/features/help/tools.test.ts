import { expect, it } from 'vitest'
import { shortcuts, toolOf, tools } from './tools'

const press = (key: string, code: string, change = {}) => ({
  key,
  code,
  ctrlKey: true,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...change,
})

it('knows the keys of every tool, and leaves the palette and the browser theirs', () => {
  expect(toolOf(press('b', 'KeyB'))).toBe('bold')
  expect(toolOf(press('b', 'KeyN')), 'another board').toBe('bold')
  expect(toolOf(press('ه', 'KeyI')), 'an Arabic board').toBe('italic')
  expect(toolOf(press('*', 'Digit8', { shiftKey: true }))).toBe('list')
  expect(toolOf(press('K', 'KeyK', { shiftKey: true }))).toBe('link')
  expect(toolOf(press('k', 'KeyK'))).toBeUndefined()
  expect(toolOf(press('b', 'KeyB', { ctrlKey: false }))).toBeUndefined()
  expect(toolOf(press('b', 'KeyB', { altKey: true })), 'AltGr').toBeUndefined()
  expect(new Set(tools.map(tool => `${shortcuts[tool].shift} ${shortcuts[tool].code}`)).size).toBe(tools.length)
})
