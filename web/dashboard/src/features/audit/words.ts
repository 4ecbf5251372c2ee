import { format, isKey, type Key, t } from '../../lib/i18n.svelte'
import type { AuditEntry } from './api'
import { countOf, rawFacts, targetName } from './entry'

/** What actions are about, for the filter. */
export const things = [
  'ban',
  'network',
  'visitor',
  'member',
  'property',
  'settings',
  'article',
  'category',
  'help',
  'login',
  'password',
] as const

/** The key of an entry's sentence: for what agents did to themselves another one; for what is not known the plain one. */
function sentenceKey(entry: AuditEntry): Key {
  const key = `audit.${entry.action}`
  const own = entry.agent && entry.agent.id === entry.target ? `${key}.own` : ''
  if (own && isKey(own)) return own
  return isKey(key) ? key : 'audit.other'
}

/** One plain sentence: Ana banned Visitor 4786. */
export function sentenceOf(entry: AuditEntry): { key: Key; values: Record<string, string | number> } {
  return {
    key: sentenceKey(entry),
    values: {
      who: entry.agent ? entry.agent.name : t('audit.nobody'),
      what: targetName(entry.detail) || t('someone.object'),
      n: countOf(entry.detail),
      action: entry.action,
    },
  }
}

export interface Fact {
  name: string
  was?: string
  is: string
}

/** What else an entry holds, one line each, in words. */
export const factsOf = (entry: AuditEntry): Fact[] =>
  rawFacts(entry.detail).map(one => ({
    name: wordFor(one.field),
    was: one.changed ? valueText(one.field, one.was) : undefined,
    is: valueText(one.field, one.is),
  }))

function wordFor(name: string): string {
  const key = `audit.detail.${name}`
  return isKey(key) ? t(key) : name.replace(/^settings\./, '').replaceAll('_', ' ')
}

function valueText(name: string, value: unknown): string {
  if (name === 'ends_at') return Number(value) > 0 ? format().dateTime(Number(value)) : t('ban.end.never')
  if (name === 'kinds' && Array.isArray(value))
    return format().list(value.map(kind => (isKey(`ban.kind.${kind}`) ? t(`ban.kind.${kind}` as Key) : String(kind))))
  if (value === undefined || value === null || value === '') return t('audit.empty')
  if (name === 'role' && isKey(`role.${value}`)) return t(`role.${value}` as Key)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
