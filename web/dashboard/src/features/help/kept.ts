import type { Store } from '@parley/core'
import { type Kept, same, type Words } from './draft'

/** Words that lost a conflict, or were set aside before an older version came back. */
export interface Aside {
  key: string
  words: Words
  at: number
}

export interface Keeper {
  /** The newest words that any window of this browser has kept of the text and that are not what is stored. They are ours from now on. */
  take(stored: Words): Kept | undefined
  /** Keeps ours; undefined: they are stored. */
  keep(kept: Kept | undefined): void
  /** Puts words where they can be found again. */
  aside(words: Words, at: number): void
  asides(): Aside[]
  forget(key: string): void
}

/** What a browser keeps of one text until it is stored. Each window has its own entry, so that two never overwrite each other. */
export function keeper(store: Store, name: string, tab: string): Keeper {
  const own = `${name}.${tab}`
  const kept = () =>
    store
      .all()
      .filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, text]) => ({ key, kept: parse<Kept>(text) }))
      .filter((one): one is { key: string; kept: Kept } => isWords(one.kept?.words) && isWords(one.kept.base?.words))
  return {
    take(stored) {
      const all = kept().toSorted((a, b) => b.kept.at - a.kept.at)
      // Sent when a page was closed, and nobody was left to hear that it is stored.
      for (const one of all) if (same(one.kept.words, stored)) store.remove(one.key)
      const newest = all.find(one => !same(one.kept.words, stored))
      if (!newest) return undefined
      store.set(own, JSON.stringify(newest.kept))
      if (newest.key !== own) store.remove(newest.key)
      return newest.kept
    },
    keep: one => (one ? store.set(own, JSON.stringify(one)) : store.remove(own)),
    aside: (words, at) => store.set(`aside.${name}.${at}`, JSON.stringify(words)),
    asides: () =>
      store
        .all()
        .filter(([key]) => key.startsWith(`aside.${name}.`))
        .map(([key, text]) => ({ key, words: parse<Words>(text), at: Number(key.split('.').at(-1)) }))
        .filter((one): one is Aside => isWords(one.words))
        .sort((a, b) => b.at - a.at),
    forget: key => store.remove(key),
  }
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

const isWords = (value: unknown): value is Words =>
  typeof value === 'object' &&
  value !== null &&
  ['title', 'description', 'slug', 'markdown'].every(field => typeof (value as Record<string, unknown>)[field] === 'string')
