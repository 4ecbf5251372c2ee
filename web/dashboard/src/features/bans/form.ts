import { dayBounds } from '../../lib/time'
import type { Target } from './api'

/** How long a ban lasts. keep is for changes only: the end stays as it is. */
export type End = 'hour' | 'day' | 'week' | 'month' | 'date' | 'never' | 'keep'

const hourMS = 60 * 60_000
const lengths = { hour: hourMS, day: 24 * hourMS, week: 7 * 24 * hourMS, month: 30 * 24 * hourMS }
const mostReason = 500

/** What one bans by hand. */
export type Thing = 'network' | 'email' | 'domain'

/** What stands in the form. */
export interface BanForm {
  reason: string
  /** From a chat or a visitor: the address too. */
  address: boolean
  thing: Thing
  /** The address, range, email address or domain, by hand. */
  value: string
  end: End
  /** yyyy-mm-dd, with end date. */
  date: string
}

export const emptyForm: BanForm = { reason: '', address: false, thing: 'network', value: '', end: 'week', date: '' }

/** When a ban made at now ends: 0 is never, undefined is a day that is missing or over. A day counts to its last moment. */
export function endsAt(end: End, date: string, now: number): number | undefined {
  if (end === 'never') return 0
  if (end === 'keep') return undefined
  if (end !== 'date') return now + lengths[end]
  const bounds = dayBounds(date)
  return bounds && bounds.to > now ? bounds.to : undefined
}

/** How many characters a reason has, as the server counts them. */
export const lengthOf = (reason: string): number => [...reason.trim()].length

export type FormError = 'reason.none' | 'reason.long' | 'value.none' | 'date'
export type ErrorField = 'reason' | 'value' | 'date'

/** What is wrong with the form, field by field. */
export function errorsOf(form: BanForm, known: boolean, now: number): Partial<Record<ErrorField, FormError>> {
  const errors: Partial<Record<ErrorField, FormError>> = {}
  const length = lengthOf(form.reason)
  if (length === 0) errors.reason = 'reason.none'
  else if (length > mostReason) errors.reason = 'reason.long'
  if (!known && form.value.trim() === '') errors.value = 'value.none'
  if (form.end === 'date' && endsAt('date', form.date, now) === undefined) errors.date = 'date'
  return errors
}

/** Whom a form is about from the start: the visitor of a chat, or a visitor. */
export type From = { chat: string } | { visitor: string }

/** What the form would ban. Nothing yet: undefined. */
export function targetOf(form: BanForm, from?: From): Target | undefined {
  if (from) return { ...from, address: form.address }
  const value = form.value.trim()
  return value === '' ? undefined : { [form.thing]: value }
}

/** The request that the form stands for. Ask errorsOf first. */
export function requestOf(form: BanForm, from: From | undefined, now: number): Target & { reason: string; ends_at: number } {
  return { ...targetOf(form, from), reason: form.reason.trim(), ends_at: endsAt(form.end, form.date, now) ?? 0 }
}

/** Only what a change of a ban changes. */
export function changeOf(form: BanForm, was: { reason: string; ends_at: number }, now: number): { reason?: string; ends_at?: number } {
  const reason = form.reason.trim()
  const end = form.end === 'keep' ? was.ends_at : endsAt(form.end, form.date, now)
  return { ...(reason === was.reason ? {} : { reason }), ...(end === undefined || end === was.ends_at ? {} : { ends_at: end }) }
}

/** Whether a network is one IPv6 household; one IPv4 address; or a range. */
export function networkKind(network: string): 'household' | 'one' | 'range' {
  const [address = '', bits] = network.split('/')
  if (address.includes(':')) return bits === '64' ? 'household' : 'range'
  return bits === undefined || bits === '32' ? 'one' : 'range'
}

/** One IPv4 address is written without its /32. */
export const networkText = (network: string): string => (network.includes(':') ? network : network.replace(/\/32$/, ''))

/** Somebody whom the test box may be asked about by name. */
interface Known {
  id: string
  number: number
  name?: string
}

/** What the words in the test box are about: an email address, an IP address, or a visitor by name, number or id. */
export function testOf(text: string, visitors: readonly Known[]): { address?: string; email?: string; visitor?: string } {
  const word = text.trim()
  const known = visitors.find(one => one.name?.toLowerCase() === word.toLowerCase() || String(one.number) === word.replace(/^\D+ /, ''))
  if (known) return { visitor: known.id }
  if (word.includes('@')) return { email: word }
  if (word.includes(':') || /^[\d.]+$/.test(word)) return { address: word }
  return { visitor: word }
}
