import { describe, expect, it } from 'vitest'
import { actionOf } from './keys'

const press = (key: string, change = {}) => ({
  key,
  code: `Key${key.toUpperCase()}`,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...change,
})

describe('keys', () => {
  it('Ctrl K and Cmd K open the palette from anywhere', () => {
    expect(actionOf(press('k', { ctrlKey: true }), 'text')).toBe('palette')
    expect(actionOf(press('K', { metaKey: true }), 'page')).toBe('palette')
  })

  it('in a text only Escape and Alt keys mean something', () => {
    expect(actionOf(press('?'), 'text')).toBeUndefined()
    expect(actionOf(press('ArrowDown'), 'text')).toBeUndefined()
    expect(actionOf(press('Escape'), 'text')).toBe('back')
    expect(actionOf(press('w', { altKey: true }), 'text')).toBe('whisper')
    expect(actionOf(press('å', { altKey: true, code: 'KeyA' }), 'text')).toBe('article')
  })

  it('arrows and Enter belong to the list, and not to a button that has the focus', () => {
    expect(actionOf(press('ArrowDown'), 'row')).toBe('next')
    expect(actionOf(press('Enter'), 'row')).toBe('answer')
    expect(actionOf(press('Enter'), 'control')).toBeUndefined()
  })
})
