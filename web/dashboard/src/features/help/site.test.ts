import { expect, it } from 'vitest'
import type { Site } from './api'
import { changesOf, domainOf, formOf, linkOf, withLanguage } from './site'

const site = {
  title: 'Kiln Street',
  slug: 'kiln',
  domain: '',
  links: [{ label: 'Shop', url: 'https://kiln.example' }],
  language: 'en',
  languages: ['en'],
  publishing: 'agents',
  contact: true,
  url: '',
  base: '',
  version: 3,
  known_languages: [],
} as Site

it('sends only what was changed, and no empty links', () => {
  const form = formOf(site)
  expect(changesOf(site, form)).toEqual({})
  form.links.push({ label: '', url: ' ' })
  expect(changesOf(site, form)).toEqual({})
  expect(changesOf(site, { ...form, title: 'Kiln', logo: 'i1' })).toEqual({ title: 'Kiln', logo: 'i1' })
})

it('forgives how domains and links are written', () => {
  expect(domainOf(' https://Help.Kiln.example/a?b ')).toBe('help.kiln.example')
  expect(linkOf('kiln.example/shop')).toBe('https://kiln.example/shop')
  expect(linkOf('ana@kiln.example')).toBe('mailto:ana@kiln.example')
  expect(linkOf('http://kiln.example')).toBe('http://kiln.example')
})

it('puts the default language first', () => {
  expect(withLanguage({ languages: ['en', 'ar'] }, 'ar')).toEqual(['ar', 'en'])
  expect(withLanguage({ languages: ['en'] }, 'de')).toEqual(['de', 'en'])
})
