import { t } from '../../lib/i18n.svelte'
import type { Samples } from './markdown'

/** The words that stand where nothing was selected, in the reader's language. */
export const samples = (): Samples => ({
  bold: t('help.sample.bold'),
  italic: t('help.sample.italic'),
  heading: t('help.sample.heading'),
  link: t('help.sample.link'),
  code: t('help.sample.code'),
  list: '',
  column: t('help.sample.column'),
  callout: t('help.sample.callout'),
})
