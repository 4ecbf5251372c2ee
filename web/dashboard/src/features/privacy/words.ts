import { format, t } from '../../lib/i18n.svelte'
import type { Receipt } from './api'

const things = ['chats', 'messages', 'openers', 'tickets', 'bans'] as const

/** What a receipt says was deleted, thing by thing. */
export const deleted = (receipt: Receipt): string[] =>
  things.filter(thing => receipt.counts[thing] > 0).map(thing => t(`privacy.count.${thing}`, { n: receipt.counts[thing] }))

/** The same in one line. Nothing was stored of somebody who only browsed. */
export const deletedText = (receipt: Receipt): string => {
  const list = deleted(receipt)
  return list.length > 0 ? format().list(list) : t('privacy.count.none')
}
