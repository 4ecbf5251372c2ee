import type { Reading } from '@parley/core'
import type { Model } from '../model.svelte.ts'

/** A piece of a text; what was searched for is marked. */
export interface Part {
  text: string
  mark?: boolean
}

/** An article in a list. */
export interface Hit {
  article: string
  language: string
  title: string
  description?: string
  /** The title and the text around the words, where words were searched for. */
  parts?: readonly Part[]
  snippet?: readonly Part[]
}

export interface Found {
  items: readonly Hit[]
  /** What was searched for instead of mistyped words. */
  corrected?: string
}

export interface Tally {
  yes: number
  no: number
}

/** An article that was opened: by its id, or by the slug that a link names. */
export interface Step extends Reading {
  /** The heading to begin at. */
  part?: string
  /** Where one stood in it before one went on. */
  top?: number
}

/** An article to read. */
export interface Article extends Tally {
  article: string
  language: string
  title: string
  html: string
  /** Unix ms. */
  updated_at: number
  url: string
  /** The help centre's address, with a slash at the end. */
  home: string
  related?: readonly Hit[]
}

/** There is no such article any more. */
export class Gone extends Error {}

/** The public calls of the help centre, for one widget. */
export function helpCalls(model: Model) {
  const { host } = model
  async function call<T>(path: string, query: Record<string, string>, init?: RequestInit): Promise<T> {
    const asked = new URLSearchParams({ property: host.property, ...query })
    const answer = await fetch(`${host.base}api/v1/visitor/help/${path}?${asked}`, { credentials: 'omit', ...init })
    if (answer.status === 404) throw new Gone()
    if (!answer.ok) throw new Error(`${answer.status}`)
    return await answer.json()
  }

  return {
    /** What was found; without words the most read. */
    search: (q: string, signal: AbortSignal) => call<Found>('search', { language: wanted(model), ...(q && { q }) }, { signal }),
    /** Counts a search that was answered before, for the editors' report. It may be the last thing that the page does. */
    asked: (q: string) => void call('search', { language: wanted(model), q, asked: 'true' }, { keepalive: true }).catch(() => {}),
    article: (id: string, language: string | undefined, signal: AbortSignal) =>
      call<Article>(`articles/${encodeURIComponent(id)}`, { language: language ?? wanted(model) }, { signal }),
    vote: (article: Article, token: string, helpful: boolean, missing = '') =>
      call<Tally>(
        `articles/${encodeURIComponent(article.article)}/vote`,
        {},
        {
          method: 'POST',
          // No other type: it would cost every vote a second request, to ask for leave.
          headers: { 'Content-Type': 'text/plain' },
          body: JSON.stringify({ property: host.property, language: article.language, token, helpful, ...(missing && { missing }) }),
        },
      ),
  }
}

/** The language that the visitor reads: the owner's choice, else the page's, else the browser's. The panel itself may speak another. */
function wanted(model: Model): string {
  const { language } = model.settings
  return (language !== 'auto' ? language : document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase()
}
