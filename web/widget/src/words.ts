import { type Catalogue, type I18n, i18n } from '@parley/core'
import en from './locales/en.json'

/** Every text of the widget by its key. */
export type Key = keyof typeof en

// English dates and lists as most of the world writes them: 29 November; Ana, Ben and Mira. Arabic with the digits of the web.
const english = 'en-GB'
const catalogues: Record<string, () => Promise<I18n<Key>>> = {
  ar: async () => i18n('ar-u-nu-latn', (await import('./locales/ar.json')).default as Catalogue<Key>),
}

/** The words of a language, loaded when it is not English; of English where there are none. */
export async function words(language: string): Promise<I18n<Key>> {
  try {
    const load = catalogues[language]
    if (load) return await load()
  } catch {
    // Not to be had just now. English is better than nothing.
  }
  return i18n(english, en)
}

/** Why something was refused, in words the visitor can use. */
export function reason(w: I18n<Key>, code: string): string {
  if (/too_long|too_large/.test(code)) return w.t('refused.tooLong')
  if (/too_many|too_fast|rate/.test(code)) return w.t('refused.tooMany')
  return w.t('refused.unknown')
}
