import { describe, expect, it } from 'vitest'
import ar from './ar.json'
import en from './en.json'
import helpAr from './help.ar.json'
import helpEn from './help.en.json'

const holes = (phrase: unknown): string[] => [...new Set(JSON.stringify(phrase).match(/\{\w+\}/g) ?? [])].sort()
type Phrases = Record<string, string | Record<string, string>>

describe.each([
  { name: 'catalogues', en, ar },
  { name: 'catalogues of the help centre', en: helpEn, ar: helpAr },
])('$name', ({ en, ar }) => {
  it('have the same keys, in alphabetical order', () => {
    expect(Object.keys(ar)).toEqual(Object.keys(en))
    expect(Object.keys(en)).toEqual(Object.keys(en).toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it('fill the same holes, and have every plural form of their language', () => {
    const english = en as Phrases
    for (const [key, phrase] of Object.entries(ar as Phrases)) {
      expect
        .soft(
          holes(phrase).filter(hole => hole !== '{n}'),
          key,
        )
        .toEqual(holes(english[key]).filter(hole => hole !== '{n}'))
      if (typeof phrase !== 'string')
        expect.soft(Object.keys(phrase).toSorted(), key).toEqual(['few', 'many', 'one', 'other', 'two', 'zero'])
    }
  })

  it('have no exclamation marks and no long dashes', () => {
    expect(JSON.stringify([en, ar])).not.toMatch(/[!—–]/)
  })
})
