import { expect, it } from 'vitest'
import { askOf, helpful, pressed, sortedBy } from './ask'

it('asks for what the address says, and for nothing else', () => {
  expect(askOf({ state: 'draft', q: ' oven ', category: 'c1', in: 'ar', sort: '-views' })).toEqual({
    state: 'draft',
    q: 'oven',
    category: 'c1',
    language: 'ar',
    sort: '-views',
  })
  expect(Object.values(askOf({ state: 'hidden', audience: 'x', sort: 'id' })).filter(Boolean)).toEqual([])
})

it('turns a column round when it is pressed again', () => {
  expect(sortedBy({}, 'updated_at')).toBe('descending')
  expect(pressed({}, 'updated_at')).toBe('-updated_at')
  expect(pressed({ sort: '-updated_at' }, 'updated_at')).toBe('')
  expect(pressed({}, 'title')).toBe('title')
  expect(sortedBy({ sort: '-title' }, 'title')).toBe('descending')
  expect(sortedBy({ sort: 'views' }, 'views')).toBe('descending')
  expect(sortedBy({ sort: 'views' }, 'title')).toBeUndefined()
})

it('says how many of a hundred found it helpful', () => {
  expect(helpful(25, 11)).toBe(69)
  expect(helpful(0, 0)).toBeUndefined()
})
