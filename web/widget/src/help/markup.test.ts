import { expect, test } from 'vitest'
import { articleAt, safeAddress, tokens } from './markup.ts'

test('HTML of our server is read piece by piece', () => {
  expect(tokens('<p class="a b">Fish &amp; <em>chips</em><br>at &#39;ten&#39; &#x2014; caf&eacute;&nbsp;</p>')).toEqual([
    { type: 'open', name: 'p', attributes: { class: 'a b' } },
    { type: 'text', text: 'Fish & ' },
    { type: 'open', name: 'em', attributes: {} },
    { type: 'text', text: 'chips' },
    { type: 'close', name: 'em' },
    { type: 'open', name: 'br', attributes: {} },
    { type: 'text', text: "at 'ten' — caf&eacute;\u00a0" },
    { type: 'close', name: 'p' },
  ])
})

test('attributes in every way of writing them, with references', () => {
  expect(tokens(`<a href="/a?x=1&amp;y=2" title='it&quot;s' hidden data-n=7>`)).toEqual([
    { type: 'open', name: 'a', attributes: { href: '/a?x=1&y=2', title: 'it"s', hidden: '', 'data-n': '7' } },
  ])
})

test('what is no element is text', () => {
  const words = (html: string) => tokens(html).map(one => (one.type === 'text' ? one.text : `<${one.name}>`))
  expect(words('1 < 2 <!-- x --> <3')).toEqual(['1 ', '<', ' 2 ', '<', '!-- x --> ', '<', '3'])
  expect(words('<img src="x" onerror="a>b">')).toEqual(['<img>'])
  expect(words('<p')).toEqual(['<', 'p'])
})

test('impossible references are no characters', () => {
  expect(tokens('&#0;&#xd800;&#x110000;')).toEqual([{ type: 'text', text: '\ufffd\ufffd\ufffd' }])
})

test('an hour of hostile input is a moment', () => {
  const start = performance.now()
  for (const evil of [
    '<a '.repeat(20_000),
    `<a ${'x="'.repeat(20_000)}`,
    `<a ${' x=y'.repeat(20_000)}`,
    '<!--'.repeat(20_000),
    '&#'.repeat(50_000),
  ])
    tokens(evil)
  expect(performance.now() - start).toBeLessThan(2000)
})

test('only addresses that lead somewhere harmless', () => {
  const base = 'https://chat.example/help/kiln/a/oven'
  const safe = (address: string, image = false) => safeAddress(address, base, image)
  expect(safe('images/7', true)).toBe('https://chat.example/help/kiln/a/images/7')
  expect(safe('https://x.example/a')).toBe('https://x.example/a')
  expect(safe('mailto:a@x.example')).toBe('mailto:a@x.example')
  expect(safe('#h-warm')).toBe('#h-warm')
  for (const evil of [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:x',
    'https://',
  ])
    expect(safe(evil), evil).toBeUndefined()
  for (const evil of ['data:image/svg+xml,x', 'mailto:a@x.example']) expect(safe(evil, true), evil).toBeUndefined()
})

test('links to other articles of the same help centre are told from all others', () => {
  const home = 'https://chat.example/help/kiln/'
  expect(articleAt(`${home}a/oven`, home)).toEqual({ article: 'oven', language: '' })
  expect(articleAt(`${home}ar/a/${encodeURIComponent('فرن')}#h-warm%20up`, home)).toEqual({
    article: 'فرن',
    language: 'ar',
    part: 'h-warm up',
  })
  expect(articleAt('https://help.kiln.example/a/oven/', 'https://help.kiln.example/')).toEqual({ article: 'oven', language: '' })
  for (const other of [
    home,
    `${home}c/care`,
    `${home}a/`,
    `${home}a/oven/vote`,
    `${home}a/oven?x=1`,
    `${home}a/%zz`,
    `${home}eng/a/oven`,
    'https://chat.example/help/kilns/a/oven',
    'https://elsewhere.example/help/kiln/a/oven',
    'mailto:a@x.example',
  ])
    expect(articleAt(other, home), other).toBeUndefined()
  expect(articleAt('https://x.example/a/oven', '')).toBeUndefined()
})
