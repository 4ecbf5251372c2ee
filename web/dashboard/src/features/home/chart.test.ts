import { describe, expect, it } from 'vitest'
import type { Bin } from './api'
import { busy, chart, spark, stepFor } from './chart'

const hourMS = 3_600_000
const bin = (hour: number, served = 0, missed = 0, usual = 0): Bin => ({
  at: hour * hourMS,
  served,
  missed,
  usual,
  chats: served + missed,
  visits: 0,
  pages: 0,
  most: 0,
})
const day = (...full: Bin[]): Bin[] => Array.from({ length: 24 }, (_, hour) => full.find(one => one.at === hour * hourMS) ?? bin(hour))
const hours = (bins: Bin[]) => [(bins[0]?.at ?? -1) / hourMS, (bins.at(-1)?.at ?? -1) / hourMS]

describe('the hours of a day', () => {
  it('are those in which something happens or usually does, and the one that it is', () => {
    expect(hours(busy(day(bin(7, 1), bin(20, 0, 0, 0.5)), 12 * hourMS))).toEqual([7, 20])
    expect(hours(busy(day(bin(7, 1), bin(9, 1)), 23.5 * hourMS))).toEqual([7, 23])
    expect(hours(busy(day(bin(14, 1)), 3 * hourMS))).toEqual([3, 14])
  })

  it('are at least ten, within the day', () => {
    expect(hours(busy(day(bin(12, 1)), 12 * hourMS))).toEqual([8, 17])
    expect(hours(busy(day(), 0))).toEqual([0, 9])
    expect(hours(busy(day(), 23 * hourMS))).toEqual([14, 23])
    expect(busy([bin(1), bin(2)], 0)).toHaveLength(2)
  })
})

describe('the chart', () => {
  const size = { width: 434, height: 226, start: 34, below: 26, label: 50 }

  it('has round steps', () => {
    expect([0, 2, 3, 4, 15, 16, 40, 1000].map(stepFor)).toEqual([1, 1, 1, 2, 5, 10, 20, 500])
  })

  it('stands missed on served, and both before the usual', () => {
    const { bars, ticks, bottom } = chart([bin(0, 4, 2, 3), bin(1)], size)
    const [first, second] = bars
    expect(ticks.map(tick => tick.n)).toEqual([0, 2, 4, 6])
    expect(bottom).toBe(200)
    expect(first?.served).toEqual({ y: ticks[2]?.y, height: 200 - (ticks[2]?.y ?? 0) })
    expect(first?.missed.y).toBe(ticks[3]?.y)
    expect((first?.missed.y ?? 0) + (first?.missed.height ?? 0)).toBe((first?.served.y ?? 0) - 2)
    expect(first?.usual.height).toBeCloseTo((200 - (ticks[3]?.y ?? 0)) / 2)
    expect([second?.served.height, second?.missed.height, second?.usual.height]).toEqual([0, 0, 0])
  })

  it('keeps its bars inside, and its labels apart', () => {
    for (const n of [1, 7, 10, 24, 30]) {
      const { bars } = chart(
        Array.from({ length: n }, (_, at) => bin(at, at)),
        size,
      )
      expect(Math.min(...bars.map(bar => bar.x))).toBeGreaterThanOrEqual(size.start)
      expect(Math.max(...bars.map(bar => bar.x + bar.width))).toBeLessThanOrEqual(size.width)
      const labels = bars.filter(bar => bar.labelled).map(bar => bar.middle)
      for (const [at, middle] of labels.slice(1).entries()) expect(middle - (labels[at] ?? 0)).toBeGreaterThanOrEqual(size.label)
    }
  })

  it('has lines also where nothing happened', () => {
    expect(chart([bin(0)], size).ticks.map(tick => tick.n)).toEqual([0, 1, 2])
  })
})

it('a line needs two values', () => {
  expect(spark([3], 96, 32)).toBeUndefined()
  expect(spark([0, 4], 96, 32)).toEqual({ line: 'M0.0 30.0L96.0 2.0', area: 'M0.0 30.0L96.0 2.0L96 32L0 32Z' })
})
