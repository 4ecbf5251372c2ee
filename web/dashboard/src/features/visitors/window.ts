import { type AgentToServer, newID, type VisitorsFrame } from '@parley/core'
import type { Ask } from './ask'
import { emptyVisits, hasHole, reduce, type Span, spanFor, type Visits, type VisitsEvent } from './visits'

/** Scrolling asks for a new window at most so often: the server takes 20 frames a second. */
const pauseMS = 80
/** Many rows come in several frames: whoever has none after this time is asked for again. */
const holeMS = 2000

export interface WindowOptions {
  /** Sends a frame; false: there is no line now. */
  tell: (frame: AgentToServer) => boolean
  changed: (visits: Visits) => void
}

/** Keeps the server's window where one looks. */
export class VisitsWindow {
  private visits = emptyVisits
  private readonly o: WindowOptions
  private query?: Ask
  private asked?: Span
  private view = { first: 0, last: 20 }
  /** Where the view moved last: 1 down, -1 up. */
  private toward = 0
  private open = true
  private pause: ReturnType<typeof setTimeout> | undefined
  private hole: ReturnType<typeof setTimeout> | undefined

  constructor(o: WindowOptions) {
    this.o = o
  }

  /** Other filters, another order: from the top. What was shown stays until the answer is there. */
  ask(query: Ask): void {
    this.query = query
    this.view = { first: 0, last: this.view.last - this.view.first }
    this.toward = 0
    this.anew()
  }

  /** These rows are in view, both included. */
  see(first: number, last: number): void {
    if (first !== this.view.first) this.toward = Math.sign(first - this.view.first)
    this.view = { first, last }
    if (!this.pause && this.visits.answered) this.follow()
  }

  take(frame: VisitorsFrame): void {
    this.apply(frame)
    if (hasHole(this.visits)) this.mend()
    // The list may be shorter than where we look, or we have gone on.
    if (!this.pause && this.visits.answered) this.follow()
  }

  /** Asks for all of it: the server knows nothing of us any more, or never did. */
  again(): void {
    this.open = true
    this.anew()
  }

  /** Nobody looks: nothing more is sent to us until again. */
  rest(): void {
    this.open = false
    clearTimeout(this.pause)
    clearTimeout(this.hole)
    this.pause = this.hole = undefined
    if (this.query) this.o.tell({ t: 'visitors_stop' })
  }

  private apply(event: VisitsEvent): void {
    const next = reduce(this.visits, event)
    if (next === this.visits) return
    this.visits = next
    this.o.changed(next)
  }

  private anew(): void {
    if (!this.query || !this.open) return
    const id = newID()
    const span = spanFor(this.view.first, this.view.last, undefined, 0)
    if (!span || !this.o.tell({ t: 'visitors', id, ...span, ...this.query })) return
    this.asked = span
    this.apply({ t: 'asked', id })
  }

  /** Moves the window after the view, now and once more when the fingers have gone on meanwhile. */
  private follow(): void {
    const span = spanFor(this.view.first, this.view.last, this.asked, this.visits.total, this.toward)
    if (!span || !this.query || !this.open) return
    this.asked = span
    this.o.tell({ t: 'visitors', id: this.visits.id, ...span, ...this.query })
    this.pause = setTimeout(() => {
      this.pause = undefined
      this.follow()
    }, pauseMS)
  }

  private mend(): void {
    this.hole ??= setTimeout(() => {
      this.hole = undefined
      if (hasHole(this.visits)) this.anew()
    }, holeMS)
  }
}
