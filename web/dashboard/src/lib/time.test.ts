import { expect, it } from 'vitest'
import { ago, clockText, dayBounds, timeIn, zoneText } from './time'

it('writes a wait as a clock', () => {
  expect(clockText(9000)).toBe('0:09')
  expect(clockText(372_000)).toBe('6:12')
  expect(clockText(3_661_000)).toBe('1:01:01')
  expect(clockText(-5)).toBe('0:00')
})

it('says how long ago in the largest unit that fits', () => {
  expect(ago(59_000).unit).toBe('now')
  expect(ago(4 * 60_000)).toEqual({ unit: 'minutes', n: 4 })
  expect(ago(26 * 3_600_000)).toEqual({ unit: 'days', n: 1 })
})

it('a day goes up to the next midnight', () => {
  const day = dayBounds('2026-11-22')
  expect(new Date(day?.from ?? 0).getDate()).toBe(22)
  expect((day?.to ?? 0) - (day?.from ?? 0)).toBe(86_400_000)
  expect(dayBounds('')).toBeUndefined()
})

it('an unknown zone has no time', () => {
  expect(timeIn('Nowhere/At_all', 'en', 0)).toBe('')
  expect(timeIn('UTC', 'en', 0)).toBe('00:00')
})

it('a zone that is known by its clock alone has a time too', () => {
  expect(timeIn('-03:30', 'en', 12 * 3_600_000)).toBe('08:30')
  expect(timeIn('+05:45', 'en', 0)).toBe('05:45')
  expect(zoneText('+01:00')).toBe('UTC+01:00')
  expect(zoneText('America/New_York')).toBe('New York')
})
