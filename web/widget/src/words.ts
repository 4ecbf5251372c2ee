import { type Catalogue, type I18n, i18n } from '@parley/core'
import en from './locales/en.json'

/** Every text of the widget by its key. */
export type Key = keyof typeof en

const catalogues: Record<string, () => Promise<Catalogue<Key>>> = {
  ar: async () => (await import('./locales/ar.json')).default,
}

/** The words of a language, loaded when it is not English; of English where there are none. */
export async function words(language: string): Promise<I18n<Key>> {
  try {
    const load = catalogues[language]
    if (load) return i18n(language, await load())
  } catch {
    // Not to be had just now. English is better than nothing.
  }
  return i18n('en', en)
}

/** Why something was refused, in words the visitor can use. */
export function reason(w: I18n<Key>, code: string): string {
  if (/too_long|too_large/.test(code)) return w.t('refused.tooLong')
  if (/too_many|too_fast|rate/.test(code)) return w.t('refused.tooMany')
  return w.t('refused.unknown')
}
