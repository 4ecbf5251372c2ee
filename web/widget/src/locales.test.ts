import { expect, test } from 'vitest'
import ar from './locales/ar.json'
import en from './locales/en.json'

const holes = (phrase: string) => [...phrase.matchAll(/\{\w+\}/g)].map(m => m[0]).sort()

test('every language has the same keys', () => {
  expect(Object.keys(ar).sort()).toEqual(Object.keys(en).sort())
})

test('every text has the holes of its English one', () => {
  for (const [key, phrase] of Object.entries(en)) {
    const other = ar[key as keyof typeof ar]
    if (typeof phrase === 'string') expect(holes(other as string), key).toEqual(holes(phrase))
    else for (const form of Object.values(other)) for (const hole of holes(form)) expect(holes(phrase.other), key).toContain(hole)
  }
})

test('Arabic has all six plural forms', () => {
  for (const [key, phrase] of Object.entries(ar))
    if (typeof phrase !== 'string') expect(Object.keys(phrase).sort(), key).toEqual(['few', 'many', 'one', 'other', 'two', 'zero'])
})
