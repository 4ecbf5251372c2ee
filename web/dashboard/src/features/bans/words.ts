import { sentence } from '../../lib/http'
import { format, type Key, t } from '../../lib/i18n.svelte'
import type { Ban, Kind } from './api'
import { networkKind } from './form'

/** A refusal that came inside an answer, in our words where we have them. */
export const said = (refused: { code: string; message: string }): string => sentence(refused)

/** Browser and IP address: what a ban covers, in words. */
export function kindsText(ban: Pick<Ban, 'kinds' | 'network'>): string {
  const words = ban.kinds.map(kind => kindText(kind, ban.network))
  return words.length > 1 ? t('ban.kinds.two', { first: words[0] ?? '', second: lower(words.slice(1).join(', ')) }) : (words[0] ?? '')
}

export function kindText(kind: Kind, network = ''): string {
  if (kind === 'address' && network && networkKind(network) === 'household') return t('ban.kind.household')
  return t(`ban.kind.${kind}` as Key)
}

/** IP address becomes IP address, Range becomes range: only a plain capital goes. */
const lower = (word: string): string => (/^\p{Lu}\p{Ll}/u.test(word) ? word.charAt(0).toLocaleLowerCase() + word.slice(1) : word)

/** What a list calls the ban, in the reader's own language. */
export const labelOf = (ban: Ban): string =>
  ban.visitor?.number && !ban.visitor.name && ban.label.endsWith(` ${ban.visitor.number}`)
    ? t('visitor.number', { number: String(ban.visitor.number) })
    : ban.label

/** When a ban ends: for ever, or the day and time. */
export const endText = (endsAt: number): string => (endsAt === 0 ? t('ban.end.never') : format().dateTime(endsAt))

/** 29 Nov, in a table. */
export function shortDay(at: number, now = Date.now()): string {
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(format().locale, { day: 'numeric', month: 'short', ...year }).format(at)
}
