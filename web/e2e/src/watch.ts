import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import { person } from './browser.ts'
import { owner, until } from './server.ts'

/** What a test reads of a visitor in the agents' list. */
export interface SeenVisit {
  id: string
  state: 'waiting' | 'chatting' | 'active' | 'idle' | 'left'
  page: { url: string; title?: string }
  pages: number
  opener?: string
}

/** An agent who watches who is on the site, at the socket itself: what the server tells, whatever a screen makes of it. */
export class Watch {
  private constructor(
    private readonly context: BrowserContext,
    private readonly page: Page,
  ) {}

  static async open(base: string, property: string): Promise<Watch> {
    const context = await person()
    const page = await context.newPage()
    await page.goto(`${base}/healthz`)
    await page.evaluate(listen, { property, email: owner.email, password: owner.password })
    return new Watch(context, page)
  }

  /** Those who are on the site, or left it a moment ago. */
  visits(): Promise<SeenVisit[]> {
    return this.page.evaluate(() => {
      const { order, rows } = (window as unknown as Seen).seen
      return order.map(one => rows[one] as SeenVisit)
    })
  }

  /** Waits until the list is as it should be, and gives it back. */
  async until(holds: (visits: SeenVisit[]) => boolean, what: string, ms = 5000): Promise<SeenVisit[]> {
    let visits: SeenVisit[] = []
    await until(
      async () => {
        visits = await this.visits()
        return holds(visits)
      },
      what,
      ms,
    ).catch(error => {
      throw new Error(`${error}; the list is ${JSON.stringify(visits)}`)
    })
    return visits
  }

  /** The one visitor whose page ends so. */
  async at(path: string): Promise<SeenVisit> {
    const [visit] = await this.until(visits => visits.filter(one => at(one, path)).length === 1, `somebody is at ${path}`)
    return (await this.visits()).find(one => at(one, path)) ?? (visit as SeenVisit)
  }

  /** The pages of a visit, the newest first. */
  trail(visitor: string): Promise<string[]> {
    return this.page.evaluate(async who => {
      const { ask, socket } = (window as unknown as Seen).seen
      const { visit } = await ask('visit', { t: 'visit', id: 'visit', visitor: who })
      socket.send(JSON.stringify({ t: 'visit_stop' }))
      return visit.trail.map((step: { page: { url: string } }) => new URL(step.page.url).pathname)
    }, visitor)
  }

  /** Speaks first. */
  async start(visitor: string, text: string): Promise<void> {
    const answer = await this.page.evaluate(
      ({ id, visitor, text }) => (window as unknown as Seen).seen.ask(id, { t: 'start', id, visitor, text }),
      { id: randomUUID(), visitor, text },
    )
    if (answer.t === 'error') throw new Error(`${answer.code}: ${answer.message}`)
  }

  /** What the team was told of openers, in order. */
  openers(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as Seen).seen.openers)
  }

  close(): Promise<void> {
    return this.context.close()
  }
}

const at = (visit: SeenVisit, path: string) => new URL(visit.page.url).pathname === path && visit.state !== 'left'

interface Seen {
  seen: {
    socket: WebSocket
    order: string[]
    rows: Record<string, SeenVisit>
    openers: string[]
    // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server says
    ask: (id: string, frame: object) => Promise<any>
  }
}

/** Runs in the page: logs in, opens the window on the visitors, and keeps what comes. */
async function listen({ property, email, password }: { property: string; email: string; password: string }): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  await fetch('/api/v1/login', { method: 'POST', headers, body: JSON.stringify({ email, password }) })
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/agent/socket`)
  const waiting: Record<string, (frame: object) => void> = {}
  const seen: Seen['seen'] = {
    socket,
    order: [],
    rows: {},
    openers: [],
    ask(id, frame) {
      socket.send(JSON.stringify(frame))
      return new Promise(answered => {
        waiting[id] = answered
      })
    },
  }
  ;(window as unknown as Seen).seen = seen
  await new Promise<void>((ready, failed) => {
    socket.onclose = () => failed(new Error('the socket was closed'))
    socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', v: 1, property }))
    socket.onmessage = event => {
      const frame = JSON.parse(event.data)
      if (frame.t === 'welcome') socket.send(JSON.stringify({ t: 'visitors', id: 'window', size: 100, filter: {} }))
      if (frame.t === 'visitors') {
        seen.order = frame.order ?? []
        for (const row of frame.rows ?? []) seen.rows[row.id] = row
        ready()
      }
      if (frame.t === 'opener') seen.openers.push(frame.state)
      if (frame.t !== 'visitors') waiting[frame.id]?.(frame)
    }
  })
}
