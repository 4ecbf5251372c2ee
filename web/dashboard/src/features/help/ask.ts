import type { Query } from '../../lib/router'
import type { ArticleFilter } from './api'

export const states = ['draft', 'published', 'archived'] as const
export const audiences = ['public', 'agents'] as const
/** What the list can be sorted by, and whether the first press asks for the small or the early ones. */
export const sorts = { title: 'ascending', updated_at: 'descending', views: 'descending', helpful: 'descending' } as const
export type Sort = keyof typeof sorts

const isOne = <T extends string>(all: readonly T[], word: string | undefined): word is T => (all as readonly string[]).includes(word ?? '')

/** What an address asks the server for. What is not ours to ask is left out. */
export function askOf(query: Query): ArticleFilter {
  const name = (query.sort ?? '').replace(/^-/, '')
  return {
    state: isOne(states, query.state) ? query.state : undefined,
    audience: isOne(audiences, query.audience) ? query.audience : undefined,
    category: query.category || undefined,
    language: query.in || undefined,
    author: query.author || undefined,
    q: query.q?.trim() || undefined,
    sort: Object.hasOwn(sorts, name) ? (query.sort as ArticleFilter['sort']) : undefined,
  }
}

export const isFiltered = (query: Query): boolean =>
  Boolean(query.state || query.audience || query.category || query.in || query.author || query.q)

/** How a column is sorted; nothing: by another one. A minus sign turns the column's own order round. */
export function sortedBy(query: Query, column: Sort): 'ascending' | 'descending' | undefined {
  const sort = query.sort || 'updated_at'
  if (sort.replace(/^-/, '') !== column) return undefined
  const own = sorts[column]
  return sort.startsWith('-') ? (own === 'ascending' ? 'descending' : 'ascending') : own
}

/** What to ask for when a column's head is pressed. */
export function pressed(query: Query, column: Sort): string {
  const next = sortedBy(query, column) && !(query.sort ?? '').startsWith('-') ? `-${column}` : column
  return next === 'updated_at' ? '' : next
}

/** How many of a hundred found it helpful; nothing while nobody has said. */
export function helpful(yes: number, no: number): number | undefined {
  return yes + no === 0 ? undefined : Math.round((yes * 100) / (yes + no))
}
