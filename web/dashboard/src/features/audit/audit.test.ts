import { expect, it } from 'vitest'
import { countOf, rawFacts, targetName } from './entry'

it('names what an entry is about', () => {
  expect(targetName({ label: 'Visitor 7', name: 'other' })).toBe('Visitor 7')
  expect(targetName({ name: 'Ben', email: 'ben@kiln.example' })).toBe('Ben')
  expect(targetName({ email: 'ben@kiln.example', role: 'agent' })).toBe('ben@kiln.example')
  expect(targetName({})).toBe('')
  expect(countOf({ reason: 'x', bans: 12 })).toBe(12)
})

it('lists what was changed, before and after, and everything else as it is', () => {
  expect(rawFacts({ name: 'Ben', changes: { role: { was: 'agent', now: 'admin' }, 'settings.brand': { was: true, now: false } } })).toEqual(
    [
      { field: 'name', is: 'Ben', changed: false },
      { field: 'role', was: 'agent', is: 'admin', changed: true },
      { field: 'settings.brand', was: true, is: false, changed: true },
    ],
  )
  expect(rawFacts({ label: 'Rick', ends_at: { was: 0, now: 7 } })[1]).toEqual({ field: 'ends_at', was: 0, is: 7, changed: true })
})
