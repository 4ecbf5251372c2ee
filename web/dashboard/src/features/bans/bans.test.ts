import { describe, expect, it, vi } from 'vitest'
import { atNextEnd } from './ends'
import { changeOf, emptyForm, endsAt, errorsOf, networkKind, networkText, requestOf, targetOf, testOf } from './form'

const now = new Date(2026, 10, 22, 14, 14).getTime()
const hour = 3_600_000

describe('the form', () => {
  it('turns the choice of an end into a time', () => {
    expect(endsAt('hour', '', now)).toBe(now + hour)
    expect(endsAt('day', '', now)).toBe(now + 24 * hour)
    expect(endsAt('week', '', now)).toBe(now + 7 * 24 * hour)
    expect(endsAt('month', '', now)).toBe(now + 30 * 24 * hour)
    expect(endsAt('never', '', now)).toBe(0)
    expect(endsAt('date', '2026-11-29', now)).toBe(new Date(2026, 10, 30).getTime())
    expect(endsAt('date', '2026-11-22', now), 'today lasts until midnight').toBe(new Date(2026, 10, 23).getTime())
    expect(endsAt('date', '2026-11-21', now)).toBeUndefined()
    expect(endsAt('date', '', now)).toBeUndefined()
  })

  it('asks for a reason of 1 to 500 characters, and counts people’s characters', () => {
    expect(errorsOf({ ...emptyForm, reason: '  ' }, true, now)).toEqual({ reason: 'reason.none' })
    expect(errorsOf({ ...emptyForm, reason: '😀'.repeat(500) }, true, now)).toEqual({})
    expect(errorsOf({ ...emptyForm, reason: 'a'.repeat(501) }, true, now)).toEqual({ reason: 'reason.long' })
  })

  it('asks for a thing by hand, and for a day to come', () => {
    const form = { ...emptyForm, reason: 'Spam', end: 'date' as const, date: '2026-11-01' }
    expect(errorsOf(form, false, now)).toEqual({ value: 'value.none', date: 'date' })
    expect(errorsOf({ ...form, value: '203.0.113.0/24', date: '2026-12-01' }, false, now)).toEqual({})
  })

  it('becomes a request', () => {
    expect(requestOf({ ...emptyForm, reason: ' Insults ', address: true, end: 'hour' }, { chat: 'c1' }, now)).toEqual({
      chat: 'c1',
      address: true,
      reason: 'Insults',
      ends_at: now + hour,
    })
    expect(requestOf({ ...emptyForm, reason: 'Spam', thing: 'domain', value: ' cheap.example ', end: 'never' }, undefined, now)).toEqual({
      domain: 'cheap.example',
      reason: 'Spam',
      ends_at: 0,
    })
    expect(targetOf(emptyForm)).toBeUndefined()
    expect(targetOf(emptyForm, { visitor: 'v1' })).toEqual({ visitor: 'v1', address: false })
  })

  it('sends only what a change changes', () => {
    const was = { reason: 'Spam', ends_at: 77 }
    expect(changeOf({ ...emptyForm, reason: 'Spam', end: 'keep' }, was, now)).toEqual({})
    expect(changeOf({ ...emptyForm, reason: 'Spam, again', end: 'never' }, was, now)).toEqual({ reason: 'Spam, again', ends_at: 0 })
  })

  it('says what a network is', () => {
    expect(networkKind('203.0.113.24/32')).toBe('one')
    expect(networkKind('2001:db8:1:2::/64')).toBe('household')
    expect(networkKind('203.0.113.0/24')).toBe('range')
    expect(networkKind('2001:db8::/48')).toBe('range')
    expect(networkText('203.0.113.24/32')).toBe('203.0.113.24')
    expect(networkText('2001:db8:1:2::/64')).toBe('2001:db8:1:2::/64')
  })

  it('knows what the test box is asked', () => {
    expect(testOf(' 203.0.113.9 ', [])).toEqual({ address: '203.0.113.9' })
    expect(testOf('2001:db8::1', [])).toEqual({ address: '2001:db8::1' })
    expect(testOf('r.dale@example.net', [])).toEqual({ email: 'r.dale@example.net' })
    expect(testOf('019abc', [])).toEqual({ visitor: '019abc' })
    const rude = [{ id: 'v7', number: 4786, name: 'Rude Rick' }]
    expect(testOf('Visitor 4786', rude)).toEqual({ visitor: 'v7' })
    expect(testOf('4786', rude)).toEqual({ visitor: 'v7' })
    expect(testOf('rude rick', rude)).toEqual({ visitor: 'v7' })
  })
})

describe('the list', () => {
  it('looks again when the next ban lapses', () => {
    vi.useFakeTimers()
    const looked = vi.fn()
    expect(
      atNextEnd([{ ends_at: 0 }, { ends_at: now - 1 }, { ends_at: now + 40 * 24 * hour }], now, looked),
      'nothing soon',
    ).toBeUndefined()
    atNextEnd([{ ends_at: now + 2 * hour }, { ends_at: now + hour }], now, looked)
    vi.advanceTimersByTime(hour)
    expect(looked).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(looked).toHaveBeenCalledTimes(1)
    atNextEnd([{ ends_at: now + hour }], now, looked)?.()
    vi.advanceTimersByTime(2 * hour)
    expect(looked).toHaveBeenCalledTimes(1)
    vi.useRealTimers()
  })
})
