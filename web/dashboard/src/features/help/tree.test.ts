import { describe, expect, it } from 'vitest'
import { branches, fits, fitting, placed, spotOf, stepped, target } from './tree'

const nodes = [
  { id: 'a', parent: '' },
  { id: 'a1', parent: 'a' },
  { id: 'a2', parent: 'a' },
  { id: 'b', parent: '' },
  { id: 'b1', parent: 'b' },
  { id: 'c', parent: '' },
]
const lines = branches(nodes)
const show = (of: typeof lines) => of.map(line => `${'.'.repeat(line.depth)}${line.node.id}`).join(' ')

describe('categories', () => {
  it('are lines from top to bottom, and lost ones stand at the top', () => {
    expect(show(lines)).toBe('a .a1 .a2 b .b1 c')
    expect(show(branches([...nodes, { id: 'x', parent: 'gone' }]))).toBe('a .a1 .a2 b .b1 c x')
    expect(lines[2]).toMatchObject({ nth: 2, of: 2 })
  })

  it('go under the line above, and never take the lines below along', () => {
    expect(fitting(lines, 'c', { at: 2, depth: 0 })).toEqual({ at: 2, depth: 1 })
    expect(fitting(lines, 'c', { at: 2, depth: 9 })).toEqual({ at: 2, depth: 2 })
    expect(fitting(lines, 'c', { at: 0, depth: 1 })).toEqual({ at: 0, depth: 0 })
    expect(fitting(lines, 'b', { at: 3, depth: 9 }, 2), 'with one inside it there is room for one less').toEqual({ at: 3, depth: 1 })
  })

  it('say where they are in words that the server knows', () => {
    expect(target(lines, 'c', { at: 1, depth: 1 })).toEqual({ parent: 'a', before: 'a1' })
    expect(target(lines, 'c', { at: 3, depth: 1 })).toEqual({ parent: 'a', before: '' })
    expect(target(lines, 'c', { at: 3, depth: 0 })).toEqual({ parent: '', before: 'b' })
    expect(target(lines, 'a', { at: 3, depth: 0 })).toEqual({ parent: '', before: '' })
    expect(spotOf(lines, 'a2')).toEqual({ at: 2, depth: 1 })
  })

  it('move with what is in them', () => {
    expect(show(placed(lines, 'a', { at: 3, depth: 0 }))).toBe('b .b1 c a .a1 .a2')
    expect(show(placed(lines, 'b', { at: 3, depth: 1 }))).toBe('a .a1 .a2 .b ..b1 c')
    expect(show(placed(lines, 'b1', { at: 0, depth: 0 }))).toBe('b1 a .a1 .a2 b c')
  })

  it('follow the arrow keys', () => {
    const press = (id: string, keys: string, rtl = false) => {
      let spot = spotOf(lines, id)
      for (const key of keys.split(' ')) spot = stepped(lines, id, spot, `Arrow${key}`, rtl) ?? spot
      return show(placed(lines, id, spot))
    }
    expect(press('c', 'Up')).toBe('a .a1 .a2 b .c .b1')
    expect(press('c', 'Right')).toBe('a .a1 .a2 b .b1 .c')
    expect(press('c', 'Left', true)).toBe('a .a1 .a2 b .b1 .c')
    expect(press('a2', 'Left')).toBe('a .a1 a2 b .b1 c')
    expect(press('a', 'Down')).not.toBe(show(lines))
    expect(stepped(lines, 'c', spotOf(lines, 'c'), 'Enter', false)).toBeUndefined()
    expect(fits(lines, 'a', { at: 3, depth: 2 }, 2)).toBe(false)
  })
})
