import { untrack } from 'svelte'
import { sentence } from './http'
import { type Page, type Pager, pager, type Shown } from './pages'

/** A list on the screen that comes page by page. Paged.svelte draws around it. */
export class Pages<T> {
  private shown = $state.raw<Shown<T>>({ items: [], loading: true })
  private readonly pager: Pager<T>

  /** As [pager] takes them. */
  constructor(ask: (cursor?: string) => Promise<Page<T>>, key: (item: T) => unknown) {
    this.pager = pager(ask, key, shown => {
      this.shown = shown
    })
  }

  get items(): readonly T[] {
    return this.shown.items
  }
  get next(): string | undefined {
    return this.shown.next
  }
  get loading(): boolean {
    return this.shown.loading
  }
  /** What went wrong, in words; empty: nothing. */
  get problem(): string {
    return this.shown.failed === undefined ? '' : sentence(this.shown.failed)
  }

  // An effect that asks for a list must not depend on what asking reads.
  first = (): Promise<void> => untrack(() => this.pager.first())
  more = (): Promise<void> => untrack(() => this.pager.more())
  again = (): Promise<void> => untrack(() => this.pager.again())
  change(item: T): void {
    this.pager.change(item)
  }
}
