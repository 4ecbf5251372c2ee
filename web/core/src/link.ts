import { type ConnectionState, connection, type Dial } from './connection.ts'
import type { AnyFrame } from './frame.ts'
import {
  type ServerToVisitor,
  type Team,
  Version,
  type VisitorHello,
  type VisitorMessage,
  type VisitorSession,
  type VisitorToServer,
  type WidgetSettings,
} from './wire.gen.ts'

/** Who this browser is, shared by all tabs of the site. */
export interface Identity {
  /** The token, looked up anew: another tab may have had a chat meanwhile. */
  token(): string | undefined
  /** A token from a welcome. lasting: keep it beyond this page. */
  take(token: string, lasting?: boolean): void
  /** The visitor starts a chat: keep the token from here on. */
  keep(): void
  /** Whether this tab is, by now, the same lasting visitor as the others. */
  shared(): boolean
}

export interface LinkOptions {
  property: string
  dial: Dial
  fallback?: () => Promise<Dial>
  identity: Identity
  /** Page, language and, for somebody who chats, time zone: finding that out is slow, and most visitors only browse. */
  about: (chats: boolean) => Pick<VisitorHello, 'page' | 'language' | 'time_zone'>
  /** Settings, team, session, unread count or connection changed. */
  changed: () => void
}

/** What the panel hears: the server's frames, and undefined after a change of the connection. */
export type LinkListener = (frame?: ServerToVisitor) => void

/** A visitor's line to the server: the loader makes it, the panel uses the same one. */
export interface VisitorLink {
  /** Undefined before the start. */
  readonly state?: ConnectionState
  readonly settings?: WidgetSettings
  readonly team: Team
  readonly session?: VisitorSession
  readonly unread: number
  /** Path of the panel's script. */
  readonly panel?: string
  readonly identity: Identity
  start(): void
  send(frame: VisitorToServer): boolean
  /** The panel listens, and says how far it has the session. */
  listen(fn: LinkListener, have: () => { session?: string; last?: number }): void
  /** The panel opens or closes. */
  open(open: boolean): void
  check(): void
  restart(): void
  pause(): void
}

/** The link as it is written to here; for everybody else it is read only. */
type Known = { -readonly [K in keyof VisitorLink]: VisitorLink[K] }

/** Whether a message counts for the badge. */
export function isNews(m: VisitorMessage): boolean {
  return m.kind === 'text' && m.from === 'agent'
}

/** Makes the line: the connection, and the few facts that the launcher shows. The rest is the panel's. */
export function visitorLink(o: LinkOptions): VisitorLink {
  let isOpen = false
  let early: ServerToVisitor[] = [] // what came since the last welcome, for a panel that is still being loaded
  let listener: LinkListener | undefined
  let have: (() => { session?: string; last?: number }) | undefined

  const line = connection({
    dial: o.dial,
    fallback: o.fallback,
    hello() {
      const token = o.identity.token()
      return {
        t: 'hello',
        v: Version,
        property: o.property,
        token,
        ...have?.(),
        settings: link.settings?.version,
        ...o.about(isOpen || !!token),
        open: isOpen,
      }
    },
    frame: received,
    state(next) {
      link.state = next
      if (next === 'banned') forget()
      listener?.()
      o.changed()
    },
    // An idle visitor costs nothing; in a chat a dead line is found out.
    quiet: () => (link.session?.active ? 60_000 : 0),
  })

  const link: Known = {
    ...line,
    team: { status: 'offline', agents: [] },
    unread: 0,
    identity: o.identity,
    send(frame: VisitorToServer) {
      if (frame.t === 'mark') seen(frame.read)
      return line.send(frame)
    },
    listen(fn: LinkListener, what: () => { session?: string; last?: number }) {
      listener = fn
      have = what
      for (const frame of early) fn(frame)
    },
    open(open: boolean) {
      const ask = open && !isOpen
      isOpen = open
      if (ask) line.check()
    },
  }

  /** As if nothing had ever been: the server tells all of it again, once it wants to know us. */
  function forget() {
    link.settings = link.session = listener = have = undefined
    isOpen = false // the next welcome says the rest
  }

  function seen(read = 0) {
    if (link.session && read >= link.session.last) link.unread = 0
    o.changed()
  }

  function received(any: AnyFrame) {
    const frame = any as ServerToVisitor
    const { session } = link
    if ('team' in frame) link.team = frame.team
    if ('settings' in frame && frame.settings) link.settings = frame.settings
    if (frame.t === 'welcome') {
      link.session = frame.session
      link.panel = frame.panel
      if (frame.token) o.identity.take(frame.token, link.settings?.early_cookie)
      askUnread()
    } else if (frame.t === 'session') link.session = frame.session
    else if (frame.t === 'history') {
      if (frame.id === 'unread') link.unread = frame.messages.filter(isNews).length
    } else if (session && 'session' in frame && frame.session === session.id) {
      if (frame.t === 'message') {
        link.session = { ...session, last: frame.m.seq }
        if (isNews(frame.m)) link.unread++
      } else if (frame.t === 'marks') {
        link.session = { ...session, marks: frame.marks }
        seen(frame.marks.visitor_read)
      }
    }
    if (listener) listener(frame)
    else early = frame.t === 'welcome' ? [frame] : [...early, frame]
    o.changed()
  }

  /** The badge after a welcome: what of the team's was not read. */
  function askUnread() {
    const { session } = link
    const after = session?.marks.visitor_read ?? 0
    if (session && session.last > after) line.send({ t: 'history', id: 'unread', session: session.id, after } as AnyFrame)
    else link.unread = 0
  }

  return link
}
