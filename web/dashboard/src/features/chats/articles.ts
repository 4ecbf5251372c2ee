import { answer, api } from '../../lib/http'
import type { Hit } from './finding'

export interface Found {
  items: Hit[]
  /** What was searched for instead of mistyped words. */
  corrected?: string
}

/** Published articles that fit the words, the best first, those for agents only too; without words the most read. */
export const findArticles = async (property: string, q: string, language: string | undefined, signal: AbortSignal): Promise<Found> =>
  (await answer(
    api.GET('/api/v1/properties/{property}/help/search', { params: { path: { property }, query: { q, language, limit: 8 } }, signal }),
  )) as Found

const sites = new Map<string, Promise<readonly string[]>>()

/** The languages that a help centre is written in; none where that cannot be found out just now. */
export function helpLanguages(property: string): Promise<readonly string[]> {
  const known = sites.get(property)
  if (known) return known
  const asked = answer(api.GET('/api/v1/properties/{property}/help', { params: { path: { property } } })).then(
    site => (site as { languages: string[] }).languages,
    () => {
      sites.delete(property)
      return []
    },
  )
  sites.set(property, asked)
  return asked
}
