import type { Site, SiteChange } from './api'

export type Form = Required<Pick<Site, 'title' | 'slug' | 'domain' | 'links' | 'language' | 'languages' | 'publishing' | 'contact'>> & {
  logo: string
}

export const formOf = (site: Site): Form => ({
  title: site.title,
  slug: site.slug,
  domain: site.domain,
  logo: site.logo ?? '',
  links: structuredClone(site.links),
  language: site.language,
  languages: [...site.languages],
  publishing: site.publishing,
  contact: site.contact,
})

/** The settings that are not as they were. Links that were begun and left empty are none. */
export function changesOf(saved: Site, form: Form): SiteChange {
  const was = formOf(saved)
  const is = { ...form, links: form.links.filter(link => link.label.trim() || link.url.trim()) }
  const keys = Object.keys(was) as (keyof Form)[]
  return Object.fromEntries(keys.filter(key => JSON.stringify(was[key]) !== JSON.stringify(is[key])).map(key => [key, is[key]]))
}

/** A domain as somebody types it: whole addresses are forgiven. */
export const domainOf = (typed: string): string =>
  typed
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[/?#].*$/, '')
    .replace(/\.$/, '')
    .toLowerCase()

/** An address as somebody types it: without a scheme it is https. */
export function linkOf(typed: string): string {
  const url = typed.trim()
  if (url === '' || /^[a-z][a-z0-9+.-]*:/i.test(url)) return url
  return url.includes('@') && !url.includes('/') ? `mailto:${url}` : `https://${url.replace(/^\/\//, '')}`
}

/** Another default language: it is one of the languages, and stands first. */
export const withLanguage = (form: Pick<Form, 'languages'>, language: string): string[] => [
  language,
  ...form.languages.filter(one => one !== language),
]
