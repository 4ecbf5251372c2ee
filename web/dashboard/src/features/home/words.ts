import { format, t } from '../../lib/i18n.svelte'
import { clockText } from '../../lib/time'
import type { Period } from './api'

const digits = (n: number, least: number) =>
  new Intl.NumberFormat(format().locale, { minimumIntegerDigits: least, useGrouping: false }).format(n)

/** 0:38, in the reader's digits. */
export const waitText = (ms: number): string => clockText(ms, digits)

/** Good morning from five, good afternoon from noon, good evening from six. */
export function greeting(hour: number, name: string): string {
  if (hour >= 5 && hour < 12) return t('home.morning', { name })
  return hour >= 12 && hour < 18 ? t('home.afternoon', { name }) : t('home.evening', { name })
}

const dates: Record<Exclude<Period, '1'>, Intl.DateTimeFormatOptions> = {
  '7': { weekday: 'short' },
  '30': { day: 'numeric', month: 'short' },
}

/** What a bar is called: its hour, its weekday, or its date. */
export const binText = (at: number, period: Period): string =>
  period === '1' ? format().time(at) : new Intl.DateTimeFormat(format().locale, dates[period]).format(at)

/** The bar in full, for whoever points at it or cannot see it. */
export const binTitle = (at: number, period: Period): string =>
  period === '1'
    ? format().time(at)
    : new Intl.DateTimeFormat(format().locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(at)

export const weekday = (at: number): string => new Intl.DateTimeFormat(format().locale, { weekday: 'long' }).format(at)

export const percent = (part: number, all: number): string =>
  new Intl.NumberFormat(format().locale, { style: 'percent' }).format(all > 0 ? part / all : 0)
