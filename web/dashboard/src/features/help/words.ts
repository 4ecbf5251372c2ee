import { format, t } from '../../lib/i18n.svelte'
import type { Category } from './api'

const names = new Map<string, Intl.DisplayNames>()

/** A language in its own name: العربية, Deutsch. */
export function languageName(code: string): string {
  let own = names.get(code)
  if (!own) {
    own = new Intl.DisplayNames([code], { type: 'language' })
    names.set(code, own)
  }
  const name = own.of(code) ?? code
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1)
}

/** The direction in which a language is written. */
export const directionOf = (language: string): 'rtl' | 'ltr' => (language === 'ar' ? 'rtl' : 'ltr')

/** A category's name: in the language, else in the help centre's own, else in any. */
export const categoryName = (category: Category | undefined, language: string, own: string): string =>
  category
    ? category.texts[language]?.name ||
      category.texts[own]?.name ||
      Object.values(category.texts).find(one => one?.name)?.name ||
      t('help.category.unnamed')
    : ''

/** A day as one writes it beside today's: a clock time, or a short date. */
export function shortTime(at: number): string {
  const { locale, time } = format()
  const day = new Date(at)
  const today = new Date()
  if (day.toDateString() === today.toDateString()) return time(at)
  const year = day.getFullYear() === today.getFullYear() ? undefined : 'numeric'
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year }).format(at)
}

export const percent = (share: number): string => new Intl.NumberFormat(format().locale, { style: 'percent' }).format(share / 100)
