import type { AgentMessage, Kind, Person, Row, RowVisitor } from '@parley/core'
import { format, type Key, t } from '../../lib/i18n.svelte'
import { ago } from '../../lib/time'

/** What to call a visitor: the name given, or the number. */
export const visitorName = (visitor: RowVisitor): string => visitor.name || t('visitor.number', { number: String(visitor.number) })

/** The first word of a name: people have first names. */
export const firstName = (name: string): string => name.trim().split(/\s+/u)[0] ?? name

/** You, or a colleague's first name. */
export const agentName = (person: Person | undefined, me: string): string =>
  person?.id === me ? t('you') : person ? firstName(person.name) : t('someone')

let regions: { locale: string; names: Intl.DisplayNames } | undefined

export const countryName = (code: string): string => {
  const { locale } = format()
  if (regions?.locale !== locale) regions = { locale, names: new Intl.DisplayNames([locale], { type: 'region' }) }
  try {
    return regions.names.of(code) ?? code
  } catch {
    return code
  }
}

/** now, 4 min, 2 h, 3 days. */
export function agoText(ms: number): string {
  const { unit, n } = ago(ms)
  return unit === 'now' ? t('ago.now') : t(`ago.${unit}`, { n })
}

/** The second line of a row: the last words, or what happened. */
export function lastWords(row: Row): string {
  const { kind, from, text = '' } = row.last
  if (kind === 'text') return from === 'agent' ? t('row.us', { text }) : text
  if (kind === 'whisper') return t('row.whisper', { text })
  if (kind === 'ended') return endedText(row)
  return t(`row.${kind}` as Key)
}

/** How a session ended, for a row: banned, and by whom. */
export function endedText(row: Row, me = ''): string {
  if (row.ended_by !== 'ban' || !row.banned_by) return t(`ended.${row.ended_by || 'visitor'}`)
  return row.banned_by.id === me ? t('ban.row.you') : t('ban.row', { name: firstName(row.banned_by.name) })
}

const sentences: Partial<Record<Kind, Key>> = {
  joined: 'event.joined',
  left: 'event.left',
  invited: 'event.invited',
  closed: 'event.closed',
  missed: 'event.missed',
  visitor_left: 'event.visitor_left',
  visitor_back: 'event.visitor_back',
}

/** The sentence of an event line and what fills it. */
export function eventLine(message: AgentMessage, me: string, visitor: string): { key: Key; values: Record<string, string> } {
  const time = format().time(message.at)
  const name = agentName(message.author, me)
  const mine = message.author?.id === me
  if (message.kind === 'ended') return { key: `event.ended.${message.by ?? 'visitor'}` as Key, values: { time, visitor } }
  if (message.kind === 'article') return { key: 'event.article', values: { time, title: message.card?.title ?? '' } }
  if (message.kind === 'rated')
    return { key: (message.rating ?? 0) > 0 ? 'event.rated.good' : 'event.rated.bad', values: { time, visitor } }
  if (message.kind === 'invited')
    return {
      key: mine ? 'event.invited.you' : 'event.invited',
      values: { time, name, other: message.target?.id === me ? t('you.object') : agentName(message.target, me) },
    }
  const key = sentences[message.kind] ?? 'event.joined'
  if (mine && (key === 'event.joined' || key === 'event.left' || key === 'event.closed'))
    return { key: `${key}.you`, values: { time, name } }
  return { key, values: { time, name, visitor } }
}
