import { newID, type ServerToAgent } from '@parley/core'
import { sentence } from '../../lib/http'
import type { LiveStore } from '../chats/live.svelte'
import type { Figures, Period } from './api'

/** The server answers from memory for a second: whoever asks this long after something has happened sees it. */
const settleMS = 2000
/** However much happens, figures are asked for at most so often. */
const everyMS = 5000
const hourMS = 3_600_000

/** The part of the living store that the screen needs. */
export type Line = Pick<LiveStore, 'tell' | 'hear' | 'live'>

/** The living side of the home screen: figures that are asked again when something has happened, and how many visitors are here. */
export class HomeStore {
  figures = $state.raw<Figures>()
  /** What the figures are of: while others are asked for, the old ones stay. */
  shown = $state<Period>('1')
  problem = $state('')
  /** Visitors on the site now; nothing before the server has told. */
  here = $state<number>()

  private readonly line: Line
  private readonly get: (days: Period) => Promise<Figures>
  private readonly off = new AbortController()
  private readonly deaf: () => void
  private days: Period = '1'
  private windowID = ''
  private asked = 0
  private askedAt = 0
  private soon: ReturnType<typeof setTimeout> | undefined
  private hour: ReturnType<typeof setTimeout> | undefined

  constructor(line: Line, get: (days: Period) => Promise<Figures>) {
    this.line = line
    this.get = get
    this.deaf = line.hear(frame => this.heard(frame))
    // Nobody looks at a hidden page: it is told nothing, and asks when it is shown again.
    document.addEventListener('visibilitychange', () => (document.hidden ? this.rest() : this.again()), { signal: this.off.signal })
    if (!document.hidden) this.watch()
    this.nextHour()
  }

  stop(): void {
    this.off.abort()
    this.deaf()
    this.rest()
    this.asked++
  }

  /** Other days, or the same again. */
  ask(days: Period = this.days): void {
    this.days = days
    clearTimeout(this.soon)
    this.soon = undefined
    this.askedAt = Date.now()
    const mine = ++this.asked
    this.get(days).then(
      figures => {
        if (mine !== this.asked) return
        this.figures = figures
        this.shown = days
        this.problem = ''
      },
      error => {
        if (mine === this.asked) this.problem = sentence(error)
      },
    )
  }

  private heard(frame: ServerToAgent): void {
    switch (frame.t) {
      case 'welcome':
        if (!document.hidden) this.again()
        break
      case 'visitors':
        if (frame.id === this.windowID) this.here = frame.counts.here
        break
      // Something began, was served, missed, ended or rated; or somebody was erased.
      case 'chat':
      case 'counts':
      case 'erased':
        this.later()
    }
  }

  private later(): void {
    if (this.soon || document.hidden) return
    const wait = Math.max(settleMS, this.askedAt + everyMS - Date.now())
    this.soon = setTimeout(() => this.ask(), wait)
  }

  /** The counts alone: a window without rows. */
  private watch(): void {
    this.windowID = newID()
    this.line.tell({ t: 'visitors', id: this.windowID, size: 0, filter: {} })
  }

  private again(): void {
    this.watch()
    this.ask()
    this.nextHour()
  }

  private rest(): void {
    clearTimeout(this.soon)
    clearTimeout(this.hour)
    this.soon = undefined
    this.line.tell({ t: 'visitors_stop' })
  }

  /** At the full hour another bin begins, and at midnight another day; some clocks are half an hour beside. */
  private nextHour(): void {
    clearTimeout(this.hour)
    const at = Date.now() + this.line.live.offset
    const wait = hourMS / 2 - (at % (hourMS / 2)) + 1000
    this.hour = setTimeout(() => {
      this.ask()
      this.nextHour()
    }, wait)
  }
}
