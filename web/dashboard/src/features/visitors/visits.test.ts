import { describe, expect, it } from 'vitest'
import { frame, visit } from './fixture'
import { emptyVisits, hasHole, placeOf, reduce, rowAt, spanFor, type Visits } from './visits'

const asked = (id: string, was: Visits = emptyVisits) => reduce(was, { t: 'asked', id })
const names = (visits: Visits) => visits.order.map(id => visits.rows.get(id)?.name)

describe('the window on the visitors', () => {
  it('takes every row of the first answer, and from later ones what changed', () => {
    let visits = reduce(asked('w'), frame('w', 0, ['a', 'b']))
    visits = reduce(visits, frame('w', 0, ['b', 'a'], { rows: [visit('a', { name: 'Ana' })] }))
    expect(names(visits)).toEqual([undefined, 'Ana'])
    expect(rowAt(visits, 0)?.id).toBe('b')
    expect(placeOf(visits, 'a')).toBe(1)
  })

  it('stays as it was until another window is answered, and forgets its rows then', () => {
    const first = reduce(asked('w'), frame('w', 0, ['a', 'b']))
    const between = asked('x', first)
    expect(between.order).toEqual(['a', 'b'])
    expect(reduce(between, frame('w', 0, ['c']))).toBe(between)
    const second = reduce(between, frame('x', 0, ['c'], { total: 1 }))
    expect(second.order).toEqual(['c'])
    expect(second.rows.has('a')).toBe(false)
  })

  it('keeps the rows it scrolled past: coming back, they are not sent again', () => {
    let visits = reduce(asked('w'), frame('w', 0, ['a', 'b']))
    visits = reduce(visits, frame('w', 2, ['c', 'd']))
    expect(rowAt(visits, 0)).toBeUndefined()
    expect(rowAt(visits, 2)?.id).toBe('c')
    visits = reduce(visits, frame('w', 0, ['a', 'b'], { rows: [] }))
    expect(rowAt(visits, 1)?.id).toBe('b')
    expect(hasHole(visits)).toBe(false)
  })

  it('says when somebody stands in the order whose row never came', () => {
    expect(hasHole(reduce(asked('w'), frame('w', 0, ['a'], { rows: [] })))).toBe(true)
    expect(hasHole(emptyVisits)).toBe(false)
  })
})

describe('the part of the list that is asked for', () => {
  it('holds more than is seen on both sides, and never more than 60', () => {
    expect(spanFor(0, 12, undefined, 0)).toEqual({ from: 0, size: 43 })
    expect(spanFor(100, 112, undefined, 500)).toEqual({ from: 85, size: 43 })
    expect(spanFor(100, 149, undefined, 500)?.size).toBe(60)
  })

  it('moves when the view comes near its end, not before, and not beyond the list', () => {
    const has = { from: 85, size: 43 }
    expect(spanFor(95, 107, has, 500)).toBeUndefined()
    expect(spanFor(111, 123, has, 500)).toEqual({ from: 96, size: 43 })
    expect(spanFor(87, 99, has, 500)).toEqual({ from: 72, size: 43 })
    expect(spanFor(115, 127, has, 128)).toBeUndefined()
    expect(spanFor(0, 12, { from: 0, size: 43 }, 500)).toBeUndefined()
  })

  it('lies mostly where one scrolls to, and is asked for earlier there', () => {
    const has = { from: 85, size: 43 }
    expect(spanFor(104, 116, has, 500, 1)).toEqual({ from: 99, size: 43 })
    expect(spanFor(104, 116, has, 500, -1)).toBeUndefined()
    expect(spanFor(96, 108, has, 500, -1)).toEqual({ from: 71, size: 43 })
    expect(spanFor(99, 111, { from: 94, size: 43 }, 500, 1)).toBeUndefined()
  })

  it('grows with the screen', () => {
    expect(spanFor(0, 24, { from: 0, size: 43 }, 500)).toEqual({ from: 0, size: 55 })
  })
})
