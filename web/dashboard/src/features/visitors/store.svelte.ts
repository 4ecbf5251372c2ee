import { type AgentOpenerFrame, newID, type ServerToAgent, type Visit } from '@parley/core'
import { now } from '../../lib/clock.svelte'
import { sentence } from '../../lib/http'
import type { Answer } from '../chats/commands'
import type { LiveStore } from '../chats/live.svelte'
import type { Ask } from './ask'
import { emptyVisits, type Visits } from './visits'
import { VisitsWindow } from './window'

/** The visitor who is open, as far as the server has told. */
export interface Opened {
  visitor: string
  visit?: Visit
  /** Nobody of this name is on the site any more. */
  gone: boolean
}

/** What this screen has heard of the newest opener to a visitor. */
export interface OpenerNews {
  state: AgentOpenerFrame['state']
  /** When we heard of it, by the server's clock. */
  at: number
  chat?: string
}

/** The part of the living store that the screen needs: it sends, and hears what comes. */
export type Line = Pick<LiveStore, 'tell' | 'hear' | 'ask' | 'live'>

/** The living side of the screen: the window that the server shows us, and who is open. Made when the screen comes, stopped when it goes. */
export class VisitsStore {
  visits = $state.raw<Visits>(emptyVisits)
  opened = $state.raw<Opened>()
  openers = $state.raw<Readonly<Record<string, OpenerNews>>>({})
  /** Why the server refused the window, in a sentence. */
  problem = $state('')

  private readonly line: Line
  private readonly window: VisitsWindow
  private visitID = ''
  private readonly off = new AbortController()
  private readonly deaf: () => void

  constructor(line: Line) {
    this.line = line
    this.window = new VisitsWindow({
      tell: frame => line.tell(frame),
      changed: visits => {
        this.visits = visits
      },
    })
    this.deaf = line.hear(frame => this.heard(frame))
    // Nobody watches a hidden page: the server need not tell it anything.
    document.addEventListener('visibilitychange', () => (document.hidden ? this.rest() : this.again()), { signal: this.off.signal })
  }

  /** Nothing more is sent to us. */
  stop(): void {
    this.off.abort()
    this.deaf()
    this.rest()
  }

  /** Other filters, another order. */
  ask(query: Ask): void {
    this.window.ask(query)
  }

  /** These rows are in view, both included. */
  see(first: number, last: number): void {
    this.window.see(first, last)
  }

  /** Opens a visitor: everything that is known, as it changes. */
  show(visitor: string): void {
    if (this.opened?.visitor !== visitor) this.opened = { visitor, gone: false }
    this.visitID = newID()
    if (!document.hidden) this.line.tell({ t: 'visit', id: this.visitID, visitor })
  }

  hide(): void {
    if (!this.opened) return
    this.opened = undefined
    this.line.tell({ t: 'visit_stop' })
  }

  /** Speaks first. The same id again is the same words. */
  start(visitor: string, text: string, id: string): Promise<Answer> {
    return this.line.ask({ t: 'start', id, visitor, text })
  }

  /** The server's clock. */
  now(): number {
    return now() + this.line.live.offset
  }

  private heard(frame: ServerToAgent): void {
    switch (frame.t) {
      case 'welcome':
        this.again()
        break
      case 'visitors':
        this.window.take(frame)
        this.problem = ''
        break
      case 'visit':
        if (frame.id !== this.visitID || frame.visitor !== this.opened?.visitor) break
        this.opened = { visitor: frame.visitor, visit: frame.visit ?? this.opened.visit, gone: frame.gone ?? false }
        break
      case 'opener':
        this.openers = {
          ...this.openers,
          [frame.visitor]: { state: frame.state, at: Date.now() + this.line.live.offset, chat: frame.chat },
        }
        break
      case 'error':
        if (frame.id && frame.id === this.visits.id) this.problem = sentence(frame)
    }
  }

  /** After a lost connection, or when the page is shown again. */
  private again(): void {
    this.openers = {}
    this.window.again()
    if (this.opened) this.show(this.opened.visitor)
  }

  private rest(): void {
    this.window.rest()
    if (this.opened) this.line.tell({ t: 'visit_stop' })
  }
}
