import { expect, test } from 'vitest'
import { chooseLanguage, i18n } from './i18n.ts'
import { linkify } from './linkify.ts'

const links = (text: string) => linkify(text).flatMap(s => (s.href ? [s.href] : []))

test('linkify keeps every character, and links only what is safe', () => {
  for (const text of [
    'see https://a.example/x?y=1#z.',
    '(www.a.example)',
    'javascript:alert(1)',
    'no link',
    '<b>https://a.example</b>',
    '',
  ])
    expect(
      linkify(text)
        .map(s => s.text)
        .join(''),
    ).toBe(text)
  expect(links('javascript:alert(1) data:text/html,x vbscript:x file:///etc')).toEqual([])
  expect(links('see https://a.example/x?y=1#z.')).toEqual(['https://a.example/x?y=1#z'])
  expect(links('(see www.a.example/p_(q))')).toEqual(['https://www.a.example/p_(q)'])
  expect(links('write to ana@kiln.example!')).toEqual(['mailto:ana@kiln.example'])
  expect(links('https://a.example" onclick="x')).toEqual(['https://a.example/'])
})

test('plurals, holes and directions', () => {
  const en = i18n('en', { n: { one: '{n} message', other: '{n} messages' }, hi: 'Hi {name}' })
  expect(en.t('n', { n: 1 })).toBe('1 message')
  expect(en.t('n', { n: 1200 })).toBe('1,200 messages')
  expect(en.t('hi', { name: '{name}' })).toBe('Hi {name}')
  expect(en.t('hi')).toBe('Hi {name}')
  const ar = i18n('ar-u-nu-latn', { n: { two: 'رسالتان', few: '{n} رسائل', other: '{n}' } })
  expect(ar.dir).toBe('rtl')
  expect(ar.t('n', { n: 2 })).toBe('رسالتان')
  expect(ar.t('n', { n: 3 })).toBe('3 رسائل')
})

test('days are said as people say them', () => {
  const en = i18n('en-GB', {})
  const now = new Date(2026, 10, 22, 9).getTime()
  const at = (month: number, day: number, year = 2026) => en.day(new Date(year, month, day, 23).getTime(), now)
  expect([at(10, 22), at(10, 21), at(10, 18), at(9, 2), at(9, 2, 2025)]).toEqual([
    'Today',
    'Yesterday',
    'Wednesday',
    '2 October',
    '2 October 2025',
  ])
})

test('the first wanted language that there is', () => {
  expect(chooseLanguage(['en', 'ar'], ['de-AT', 'ar-EG', 'en'])).toBe('ar')
  expect(chooseLanguage(['en', 'ar'], [''])).toBe('en')
})
