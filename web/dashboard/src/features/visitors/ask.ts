import type { AgentVisitors, VisitFilter, VisitSort, VisitState } from '@parley/core'
import type { Query } from '../../lib/router'

/** What is asked of the server, but for the part of the list. */
export type Ask = Pick<AgentVisitors, 'sort' | 'desc' | 'group' | 'filter'>

export const states = ['waiting', 'chatting', 'active', 'idle', 'left'] as const satisfies readonly VisitState[]
export const sorts = [
  'state',
  'name',
  'page',
  'time',
  'pages',
  'country',
  'referrer',
  'device',
  'visits',
  'chats',
] as const satisfies readonly VisitSort[]
export const groups = ['state', 'page', 'country', 'referrer', 'device'] as const satisfies readonly VisitSort[]
export type Group = (typeof groups)[number]
export const devices = ['desktop', 'phone', 'tablet'] as const

/** Columns whose first press shows the largest on top. */
const largestFirst: readonly VisitSort[] = ['time', 'pages', 'visits', 'chats']

const one = <T extends string>(all: readonly T[], word: string | undefined): T | undefined => all.find(other => other === word)

/** What the page's address asks for. Words that mean nothing are left out. */
export function askOf(query: Query): Ask {
  const filter: VisitFilter = {}
  const chosen = states.filter(state => (query.state ?? '').split(',').includes(state))
  if (query.q) filter.text = query.q
  if (chosen.length > 0) filter.states = chosen
  if (query.country) filter.country = query.country
  if (query.page) filter.page = query.page
  if (query.referrer) filter.referrer = query.referrer
  if (query.device) filter.device = query.device
  if (query.agent) filter.agent = query.agent
  const sort = one(sorts, query.sort?.replace('-', '')) ?? 'state'
  const group = one(groups, query.group)
  return { sort, filter, ...(query.sort?.startsWith('-') ? { desc: true } : {}), ...(group ? { group } : {}) }
}

/** Everything in the address that chooses visitors, the search apart. */
export const filterKeys = ['state', 'country', 'page', 'referrer', 'device', 'agent'] as const
export type FilterKey = (typeof filterKeys)[number]

/** How many filters are set. */
export const filtersOf = (query: Query): FilterKey[] => filterKeys.filter(key => query[key])

/** The sorting after a press on a column's head: its own order first, then the other way round. */
export function pressed(sort: string | undefined, column: VisitSort): string {
  const natural = largestFirst.includes(column) ? `-${column}` : column
  if ((sort || 'state') !== natural) return natural === 'state' ? '' : natural
  return natural.startsWith('-') ? column : `-${column}`
}

/** A choice switched on or off in a list like waiting,idle. */
export function toggled(list: string | undefined, word: string): string {
  const all = (list ?? '').split(',').filter(Boolean)
  return (all.includes(word) ? all.filter(other => other !== word) : [...all, word]).join(',')
}
