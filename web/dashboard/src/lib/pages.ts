/** One answer of a list that the server cuts into pages. */
export interface Page<T> {
  items: readonly T[]
  /** Asks for the page after it; the last one has none. */
  next?: string
}

/** The page after what is shown. Nothing is shown twice: lists move while one reads them. */
export function further<T>(shown: Page<T>, page: Page<T>, key: (item: T) => unknown): Page<T> {
  const known = new Set(shown.items.map(key))
  return { items: [...shown.items, ...page.items.filter(item => !known.has(key(item)))], next: page.next }
}

/** The first page anew, for what happened elsewhere: the pages after it stay as they are. */
export function again<T>(shown: Page<T>, page: Page<T>, key: (item: T) => unknown): Page<T> {
  const last = page.items.at(-1)
  const end = last === undefined ? -1 : shown.items.findIndex(item => key(item) === key(last))
  const known = new Set(page.items.map(key))
  const rest = page.next && end >= 0 ? shown.items.slice(end + 1).filter(item => !known.has(key(item))) : []
  return { items: [...page.items, ...rest], next: rest.length > 0 ? shown.next : page.next }
}

/** What is shown of a list, and how the asking goes. */
export interface Shown<T> extends Page<T> {
  loading: boolean
  /** Why the last question has no answer. */
  failed?: unknown
}

export interface Pager<T> {
  /** Another list: what is shown goes when its first page is here. */
  first(): Promise<void>
  /** The page after what is shown. */
  more(): Promise<void>
  /** The same list after news, which may come as often as it likes. Should it fail, what is shown stays. */
  again(): Promise<void>
  /** One item is another one now. */
  change(item: T): void
}

/** Asks for a list page by page, one question at a time. ask gives a page of the list as it is wanted now; key tells items apart. */
export function pager<T>(ask: (cursor?: string) => Promise<Page<T>>, key: (item: T) => unknown, show: (shown: Shown<T>) => void): Pager<T> {
  let shown: Shown<T> = { items: [], loading: true }
  let turn = 0 // answers to earlier questions are not ours
  let asking = false
  let stale = false // news came while something was being asked: look once more when the answer is here
  const become = (next: Shown<T>) => {
    shown = next
    show(next)
  }

  async function load(how: 'first' | 'more' | 'again'): Promise<void> {
    stale = how !== 'first' && (stale || asking)
    if (how === 'again' && asking) return
    const mine = ++turn
    asking = true
    if (how !== 'again') become({ ...shown, loading: true, failed: undefined })
    const next = await answered(how, () => mine === turn)
    if (!next) return
    asking = false
    become(next)
    if (!stale) return
    stale = false
    await load('again')
  }
  /** What to show after the answer; nothing when it came too late. */
  async function answered(how: 'first' | 'more' | 'again', wanted: () => boolean): Promise<Shown<T> | undefined> {
    try {
      const page = await ask(how === 'more' ? shown.next : undefined)
      if (!wanted()) return
      const now = how === 'more' ? further(shown, page, key) : how === 'again' ? again(shown, page, key) : page
      return { items: now.items, next: now.next, loading: false }
    } catch (failed) {
      if (wanted()) return { ...shown, loading: false, failed: how === 'again' ? shown.failed : failed }
    }
  }

  return {
    first: () => load('first'),
    more: () => load('more'),
    again: () => load('again'),
    change: item => become({ ...shown, items: shown.items.map(one => (key(one) === key(item) ? item : one)) }),
  }
}
