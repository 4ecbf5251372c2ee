import { type Catalogue, type I18n, i18n } from '@parley/core'
import en from './locales/en.json'

/** Every text of the help view by its key. */
export type HelpKey = keyof typeof en

/** The words of the help view, in the language that the panel speaks. */
export async function helpWords(panel: I18n<string>): Promise<I18n<HelpKey>> {
  try {
    if (panel.dir === 'rtl') return i18n(panel.locale, (await import('./locales/ar.json')).default as Catalogue<HelpKey>)
  } catch {
    // Not to be had just now. English is better than nothing.
  }
  return i18n('en-GB', en)
}
