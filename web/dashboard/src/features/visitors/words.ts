import { type Page, VisitGroupOther, type VisitRow, type VisitSort } from '@parley/core'
import { format, type Key, t } from '../../lib/i18n.svelte'
import { clockText } from '../../lib/time'
import { countryName } from '../chats/names'

let made: { locale: string; one: Intl.NumberFormat; two: Intl.NumberFormat } | undefined

/** 6:20 or 1:02:07, in the reader's digits. Made for many rows once a second. */
export function duration(ms: number): string {
  const { locale } = format()
  if (made?.locale !== locale) {
    const digits = (least: number) => new Intl.NumberFormat(locale, { minimumIntegerDigits: least, useGrouping: false })
    made = { locale, one: digits(1), two: digits(2) }
  }
  const { one, two } = made
  return clockText(ms, (n, least) => (least > 1 ? two : one).format(n))
}

/** How long somebody has been on the site: up to now, or until they left. */
export const onSite = (row: Pick<VisitRow, 'since' | 'left_at'>, at: number): number => (row.left_at ?? at) - row.since

/** What to call a page: its title, or the path. */
export function pageText(page: Pick<Page, 'url' | 'title'>): string {
  if (page.title) return page.title
  const address = webAddress(page.url)
  return address ? pathOf(address) : page.url
}

/** Host and path. */
export const shortAddress = (address: URL): string => `${address.host}${address.pathname === '/' ? '' : address.pathname}`

const pathOf = (address: URL): string => (address.pathname === '/' ? address.host : address.pathname)

/** A visitor's browser sends what it likes: only web addresses become links. */
export function webAddress(url: string): URL | undefined {
  try {
    const parsed = new URL(url)
    return parsed.protocol === 'https:' || parsed.protocol === 'http:' ? parsed : undefined
  } catch {
    return undefined
  }
}

export const deviceText = (device: string | undefined): string =>
  device === 'desktop' || device === 'phone' || device === 'tablet' ? t(`visits.device.${device}`) : ''

/** How somebody came: the site, the campaign's source, or by typing the address. */
export const cameBy = (referrer: string | undefined): string => referrer || t('visits.direct')

/** Safari on iOS. */
export const browserText = (row: Pick<VisitRow, 'browser' | 'system'>): string =>
  row.browser && row.system ? t('options.device', { browser: row.browser, system: row.system }) : row.browser || row.system || ''

/** Portland, United States. */
export const placeText = (row: Pick<VisitRow, 'city' | 'country'>): string =>
  [row.city, row.country ? countryName(row.country) : ''].filter(Boolean).join(', ')

/** What a group, a bar or a filter of that kind is called. */
export function valueText(kind: VisitSort, value: string, title?: string): string {
  if (value === VisitGroupOther) return t('visits.group.other')
  if (kind === 'state') return value ? t(`visits.state.${value}` as Key) : ''
  if (kind === 'country') return value ? countryName(value) : t('visits.country.none')
  if (kind === 'page') return pageText({ url: value, title })
  if (kind === 'device') return deviceText(value) || t('visits.device.none')
  return cameBy(value)
}
