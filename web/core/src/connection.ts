import { type AnyFrame, parseFrame } from './frame.ts'
import { CloseBanned, CloseFlood, CloseForgotten, CloseGoingAway, CloseLoggedOut, CloseNotAllowed, CloseWrongClient } from './wire.gen.ts'

/** One open transport. */
export interface Line {
  send(text: string): void
  close(): void
}

/** What a transport tells. After closed it tells nothing more. */
export interface LineEvents {
  open(): void
  data(text: string): void
  closed(code: number): void
}

/** Opens a transport and says hello on it. It may throw where the browser forbids it. */
export type Dial = (hello: () => AnyFrame, on: LineEvents) => Line

/**
 * live: the server has welcomed us. stopped: it told us not to come back, or stop was called.
 * banned: nothing of us may stay; it asks again by itself, and alone (soon, where we were only forgotten).
 */
export type ConnectionState = 'connecting' | 'live' | 'waiting' | 'banned' | 'stopped'

export interface ConnectionOptions {
  dial: Dial
  /** Loads the other road, taken when two attempts in a row never opened. */
  fallback?: () => Promise<Dial>
  /** Made anew for every hello: it carries what we have by then. */
  hello: () => AnyFrame
  /** Every frame of the server, in order, resync excepted. */
  frame: (frame: AnyFrame) => void
  state: (state: ConnectionState, code: number) => void
  /** Nobody waits for the line: it may come back when it suits a server that thousands come back to. */
  calm?: () => boolean
}

export interface Connection {
  start(): void
  /** Sends now, or says that it could not. A frame with an id is a command: no answer within 10 s means that the line is dead. */
  send(frame: AnyFrame): boolean
  /** Something may have changed (network back, page shown again): reconnect now, or make sure that the line lives. */
  check(): void
  /** Hello on a new line: we are somebody else now. */
  restart(): void
  /** The page goes to sleep: hang up and stay so until check. */
  pause(): void
  stop(): void
}

const answerWithin = 10_000
const dialWithin = 20_000

/** Keeps one line to the server open for as long as it is wanted. */
export function connection(o: ConnectionOptions): Connection {
  let state: ConnectionState = 'stopped'
  let line: Line | undefined
  let turn = 0 // events of an earlier line are not ours
  let attempt = 0
  let unopened = 0 // attempts in a row that never opened
  let direct = false // a WebSocket has opened on this page: the network lets them through
  let fallback: Dial | undefined // the other road, once it is known to be the only one
  let retry: ReturnType<typeof setTimeout> | undefined
  let deadline: ReturnType<typeof setTimeout> | undefined
  const unanswered = new Set<string>()

  function become(next: ConnectionState, code = 0) {
    if (next === state) return
    state = next
    o.state(next, code)
  }

  function hangUp() {
    turn++
    clearTimeout(retry)
    clearTimeout(deadline)
    unanswered.clear()
    const old = line
    line = undefined
    old?.close()
  }

  function expect(ms: number) {
    clearTimeout(deadline)
    deadline = setTimeout(lost, ms, 0)
  }

  function lost(code: number) {
    hangUp()
    if (code === CloseLoggedOut || code === CloseNotAllowed || code === CloseWrongClient) return become('stopped', code)
    retry = setTimeout(start, delay(code, attempt++, o.calm?.()))
    become(code === CloseBanned || code === CloseForgotten ? 'banned' : 'waiting', code)
  }

  async function start() {
    hangUp()
    const mine = turn
    const ours =
      <A extends unknown[]>(fn: (...args: A) => void) =>
      (...args: A) => {
        if (mine === turn) fn(...args)
      }
    const roundabout = fallback || (o.fallback && ++unopened % 3 === 0)
    expect(dialWithin)
    become('connecting')
    try {
      const road = roundabout ? (fallback ?? (await o.fallback?.()) ?? o.dial) : o.dial
      if (mine !== turn) return
      line = road(o.hello, {
        open: ours(() => {
          unopened = 0
          if (!roundabout) direct = true
          else if (!direct) fallback = road
          expect(answerWithin)
        }),
        data: ours(received),
        closed: ours(lost),
      })
    } catch {
      ours(lost)(0)
    }
  }

  function received(text: string) {
    const frame = parseFrame(text)
    if (!frame) return
    if (frame.t === 'resync') return greet()
    unanswered.delete(frame.t === 'welcome' ? 'hello' : (frame.id ?? ''))
    const welcomed = frame.t === 'welcome' && state !== 'live'
    if (welcomed) state = 'live' // told below: first the welcome itself, which may say who we are
    if (unanswered.size) expect(answerWithin)
    else clearTimeout(deadline)
    o.frame(frame)
    if (!welcomed || state !== 'live') return
    attempt = 0
    o.state('live', 0)
  }

  function send(frame: AnyFrame, id = frame.id): boolean {
    if (state !== 'live' || !line) return false
    line.send(JSON.stringify(frame))
    if (id) {
      if (unanswered.size === 0) expect(answerWithin)
      unanswered.add(id)
    }
    return true
  }

  function greet() {
    if (!unanswered.has('hello')) send(o.hello(), 'hello')
  }

  return {
    start,
    send,
    check() {
      if (state === 'waiting') start()
      else greet()
    },
    restart: start,
    pause() {
      if (state === 'stopped') return
      hangUp()
      become('waiting')
    },
    stop() {
      hangUp()
      become('stopped')
    },
  }
}

/**
 * How long to wait before the next attempt: spread out, so that a restarted server is not run over. 19,000 idle visitors who
 * come back within 15 s are 1,300 a second, which leaves the server time for those who chat; all at once they took 450 MB and
 * kept every chat waiting for 14 s (`parley bench storm`).
 */
function delay(code: number, attempt: number, calm?: boolean): number {
  if (code === CloseBanned) return 35_000 + Math.random() * 20_000
  if (code === CloseFlood) return 30_000
  const least = calm && code !== CloseForgotten ? 15_000 : code === CloseGoingAway ? 5000 : 0
  return 300 + Math.random() * Math.max(least, Math.min(29_700, 700 * 2 ** attempt))
}
