import { describe, expect, it } from 'vitest'
import { layoutOf } from './layout'

describe('the layout of the list', () => {
  it('without groups is rows alone', () => {
    const all = layoutOf(19_000, [], 44, 36)
    expect(all.height).toBe(836_000)
    expect(all.topOf(18_999)).toBe(835_956)
    expect(all.indexAt(835_960)).toBe(18_999)
    expect(all.indexAt(1_000_000)).toBe(18_999)
    expect(all.headsIn(0, 1_000)).toEqual([])
  })

  it('puts a head over every group', () => {
    const groups = [
      { value: 'waiting', count: 2 },
      { value: 'active', count: 3 },
      { value: 'idle', count: 1 },
    ]
    const all = layoutOf(6, groups, 44, 36)
    expect(all.height).toBe(6 * 44 + 3 * 36)
    expect([0, 1, 2, 5].map(all.topOf)).toEqual([36, 80, 160, 328])
    expect([0, 40, 90, 130, 161, 329].map(all.indexAt)).toEqual([0, 0, 1, 2, 2, 5])
    expect(all.headsIn(0, 130).map(head => head.group.value)).toEqual(['waiting', 'active'])
    expect(all.headsIn(170, 400).map(head => head.top)).toEqual([292])
    expect([0, 2, 5].map(all.headsBefore)).toEqual([1, 2, 3])
  })

  it('of nothing is nothing', () => {
    expect(layoutOf(0, [], 44, 36).indexAt(100)).toBe(0)
  })
})
