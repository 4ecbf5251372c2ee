import { expect, it } from 'vitest'
import type { Settings } from './api'
import { inkOn } from './colour'
import { changed, domainsOf, minutesAs, shorter } from './form'

it('sends only what was changed', () => {
  const was = { name: 'a', greeting: { online: '', away: '', offline: '' }, allowed_domains: ['x.example'] } as unknown as Settings
  expect(changed(was, structuredClone(was))).toEqual({})
  expect(changed(was, { ...was, greeting: { ...was.greeting, online: 'Hello' } })).toEqual({
    greeting: { online: 'Hello', away: '', offline: '' },
  })
})

it('forgives how domains are written', () => {
  expect(domainsOf('https://Kiln.example/shop, *.kiln.example\n\nkiln.example')).toEqual(['kiln.example', '*.kiln.example'])
})

it('names minutes in the largest whole unit', () => {
  expect([minutesAs(20), minutesAs(120), minutesAs(10080)]).toEqual([
    { unit: 'minutes', n: 20 },
    { unit: 'hours', n: 2 },
    { unit: 'days', n: 7 },
  ])
})

it('takes the ink that reads better', () => {
  expect(inkOn('#1f6b52')).toMatchObject({ white: true })
  expect(inkOn('#1f6b52')?.ratio).toBeCloseTo(6.4, 0)
  expect(inkOn('#f2b632')?.white).toBe(false)
  expect(inkOn('red')).toBeUndefined()
})

it('asks before less is kept', () => {
  for (const [was, days, asks] of [
    [0, 30, true],
    [90, 30, true],
    [30, 90, false],
    [30, 30, false],
    [30, 0, false],
    [0, 0, false],
  ] as const)
    expect(shorter(was, days)).toBe(asks)
})
