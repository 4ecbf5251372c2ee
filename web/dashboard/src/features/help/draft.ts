/** What somebody writes of a text. */
export interface Words {
  title: string
  description: string
  slug: string
  markdown: string
}

/** A text as the server has it. */
export interface Stored {
  words: Words
  revision: number
}

/** Words that were not saved yet, as this browser keeps them. */
export interface Kept {
  words: Words
  /** What they were written over. */
  base: Stored
  at: number
}

/** How the saving goes. */
export type Phase =
  /** All that is written is stored. */
  | 'saved'
  /** Something is to be saved, or on its way. */
  | 'saving'
  /** No connection: it is tried again, and kept in this browser. */
  | 'offline'
  /** The server says no; the next change is tried anew. */
  | 'refused'
  /** Somebody else wrote the same part. */
  | 'conflict'
  /** The article was deleted meanwhile. */
  | 'gone'

export interface Draft {
  stored: Stored
  words: Words
  phase: Phase
  /** Why the last attempt failed. */
  failed?: unknown
  /** In a conflict: what the server has. */
  theirs?: Stored
  /** When all was stored last; 0: nothing was saved since it was opened. */
  savedAt: number
}

export const fields = ['title', 'description', 'slug', 'markdown'] as const satisfies readonly (keyof Words)[]

export const same = (a: Words, b: Words): boolean => fields.every(field => a[field] === b[field])

/** Puts two changes of one text together, field by field; conflicts are the fields that both have changed, differently. */
export function merged(base: Words, mine: Words, theirs: Words): { words: Words; conflicts: (keyof Words)[] } {
  const words = { ...theirs }
  const conflicts: (keyof Words)[] = []
  for (const field of fields) {
    if (mine[field] === base[field]) continue
    words[field] = mine[field]
    if (theirs[field] !== base[field] && theirs[field] !== mine[field]) conflicts.push(field)
  }
  return { words, conflicts }
}

/** Why an attempt to save failed. */
export type Failure = 'changed' | 'gone' | 'refused' | 'offline'

export interface Means {
  /** Stores the words over a revision. */
  save: (words: Words, over: number) => Promise<Stored>
  /** The text as it is now. */
  load: () => Promise<Stored>
  failure: (error: unknown) => Failure
  /** Keeps unsaved words where they outlive the page; undefined: nothing is left to keep. */
  keep: (kept: Kept | undefined) => void
  show: (draft: Draft) => void
  now?: () => number
  later?: (run: () => void, ms: number) => () => void
}

/** So long after the last key. */
export const restMS = 1000
/** So long at most, however steadily somebody types. */
export const mostMS = 10_000
/** Between attempts without a connection: the last one again and again. */
const againMS = [2000, 4000, 8000, 15_000]

export interface Autosave {
  change(part: Partial<Words>): void
  /** Saves what there is without waiting. */
  now(): Promise<void>
  /** The connection is back. */
  online(): void
  /** Somebody has stored a revision. */
  news(revision: number): void
  /** Takes what a call of ours has stored: publishing, restoring. */
  take(stored: Stored): void
  /** Ends a conflict with one's own words; the server makes a version of the others. */
  mine(): Promise<void>
  /** Ends a conflict with the others' words. Our own are given back, to be kept elsewhere. */
  theirs(): Words
  /** No more attempts. What is not saved stays kept. */
  stop(): void
}

const after = (run: () => void, ms: number) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Saves a text by itself, one attempt at a time, and loses nothing: what is not stored is kept, and what others stored is never written over unseen. */
export function autosave(first: Stored, kept: Kept | undefined, means: Means): Autosave {
  const { save, load, failure, keep, show, now = Date.now, later = after } = means
  let draft: Draft = { stored: first, words: first.words, phase: 'saved', savedAt: 0 }
  let under: Promise<void> | undefined
  let stopTimer: (() => void) | undefined
  let firstUnsaved = 0
  let tries = 0
  let heard = 0
  let stopped = false

  const become = (change: Partial<Draft>) => {
    draft = { ...draft, ...change }
    show(draft)
  }
  const dirty = () => !same(draft.words, draft.stored.words)
  /** Others have stored something that is not here. */
  const unseen = () => heard > Math.max(draft.stored.revision, draft.theirs?.revision ?? 0) && draft.phase !== 'gone'
  const keepNow = () => keep(dirty() ? { words: draft.words, base: draft.stored, at: now() } : undefined)
  const wait = (ms: number) => {
    stopTimer?.()
    if (!stopped) stopTimer = later(() => void attempt(), ms)
  }
  const rest = () => {
    stopTimer?.()
    stopTimer = undefined
  }

  /** All attempts go through here, one after the other. */
  function attempt(): Promise<void> {
    rest()
    under ??= run().finally(() => {
      under = undefined
      // What was typed meanwhile, and what others stored meanwhile.
      if (draft.phase === 'saving' && dirty() && !stopTimer) wait(restMS)
      else if (unseen() && draft.phase !== 'offline') void attempt()
    })
    return under
  }
  async function run(): Promise<void> {
    try {
      if (draft.phase === 'conflict') return reconcile(await load())
      if (heard > draft.stored.revision) reconcile(await load())
      if ((draft.phase as Phase) === 'conflict' || !dirty()) return
      const words = draft.words
      const stored = await save(words, draft.stored.revision)
      tries = 0
      firstUnsaved = 0
      accept(stored, words)
    } catch (error) {
      await fail(error)
    }
  }
  /** What was sent is stored. The server may have tidied it; what was typed meanwhile stays. */
  function accept(stored: Stored, sent: Words) {
    const { words } = merged(sent, draft.words, stored.words)
    become({ stored, words, phase: same(words, stored.words) ? 'saved' : 'saving', failed: undefined, theirs: undefined, savedAt: now() })
    keepNow()
  }
  async function fail(error: unknown): Promise<void> {
    const why = failure(error)
    if (why === 'changed') {
      try {
        reconcile(await load())
        if (draft.phase === 'saving') wait(0)
      } catch (next) {
        if (failure(next) === 'gone') become({ phase: 'gone', failed: next })
        else offline(next)
      }
    } else if (why === 'offline') offline(error)
    else become({ phase: why, failed: error })
    keepNow()
  }
  function offline(error: unknown) {
    become({ phase: 'offline', failed: error })
    wait(againMS[Math.min(tries++, againMS.length - 1)] as number)
  }
  /** Somebody else has stored something: what goes together is put together, the rest is shown. */
  function reconcile(theirs: Stored) {
    tries = 0
    heard = Math.min(heard, theirs.revision)
    if (theirs.revision === draft.stored.revision && draft.phase !== 'conflict') return
    const { words, conflicts } = merged(draft.stored.words, draft.words, theirs.words)
    if (conflicts.length > 0) become({ phase: 'conflict', theirs, failed: undefined })
    else become({ stored: theirs, words, phase: same(words, theirs.words) ? 'saved' : 'saving', theirs: undefined, failed: undefined })
    keepNow()
  }

  if (kept && !same(kept.words, first.words)) {
    draft = { ...draft, stored: kept.base, words: kept.words, phase: 'saving' }
    if (kept.base.revision !== first.revision) reconcile(first)
    else draft = { ...draft, stored: first }
  }
  show(draft)
  keepNow()
  if (draft.phase === 'saving') wait(0)

  return {
    change(part) {
      const words = { ...draft.words, ...part }
      if (same(words, draft.words)) return
      const unsaved = !same(words, draft.stored.words)
      const phase =
        draft.phase === 'conflict' || draft.phase === 'gone' || draft.phase === 'offline'
          ? draft.phase
          : unsaved || under
            ? 'saving'
            : 'saved'
      become({ words, phase, failed: phase === 'offline' || phase === 'gone' ? draft.failed : undefined })
      keepNow()
      if (phase !== 'saving') {
        if (phase === 'saved') rest()
        return
      }
      const at = now()
      firstUnsaved ||= at
      wait(Math.max(0, Math.min(restMS, firstUnsaved + mostMS - at)))
    },
    async now() {
      if (draft.phase === 'gone' || draft.phase === 'conflict') return
      await under
      if (dirty()) await attempt()
    },
    online() {
      if (draft.phase !== 'offline') return
      tries = 0
      void attempt()
    },
    news(revision) {
      heard = Math.max(heard, revision)
      if (!under && unseen()) void attempt()
    },
    take(stored) {
      const { words } = merged(draft.stored.words, draft.words, stored.words)
      become({ stored, words, phase: same(words, stored.words) ? 'saved' : 'saving', theirs: undefined, failed: undefined, savedAt: now() })
      keepNow()
      if (draft.phase === 'saving') wait(0)
    },
    async mine() {
      if (!draft.theirs) return
      become({ stored: draft.theirs, theirs: undefined, phase: 'saving' })
      keepNow()
      await attempt()
    },
    theirs() {
      const words = draft.words
      if (draft.theirs) become({ stored: draft.theirs, words: draft.theirs.words, theirs: undefined, phase: 'saved', savedAt: now() })
      keepNow()
      return words
    },
    stop() {
      stopped = true
      rest()
    },
  }
}
