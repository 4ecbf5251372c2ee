import { type ConnectionState, connection, type Dial } from './connection.ts'
import type { AnyFrame } from './frame.ts'
import {
  CloseForgotten,
  type Opener,
  type ServerToVisitor,
  type Team,
  Version,
  type VisitorHello,
  type VisitorSession,
  type VisitorToServer,
  type WidgetSettings,
} from './wire.gen.ts'

/** Who this browser is, shared by all tabs of the site. */
export interface Identity {
  /** The token, looked up anew: another tab may have had a chat meanwhile. */
  token(): string | undefined
  /**
   * What a welcome says of the token: a new one, if there is; whether it may be kept for as long as the tab is open, and
   * whether it may be kept beyond that.
   */
  take(token: string | undefined, tab?: boolean, lasting?: boolean): void
  /** The visitor starts a chat: keep the token from here on. */
  keep(): void
  /** Whether this tab is, by now, the same lasting visitor as the others. */
  shared(): boolean
  /** The visitor was erased: nobody was ever here. */
  forget(): void
}

export interface LinkOptions {
  property: string
  dial: Dial
  fallback?: () => Promise<Dial>
  identity: Identity
  /** What the page knows for a hello. */
  about: () => Pick<VisitorHello, 'page' | 'language' | 'offset' | 'idle' | 'consent' | 'private'>
  /** Settings, team, session, opener or connection changed. */
  changed: () => void
}

/** What the panel hears: the server's frames, and undefined after a change of the connection. */
export type LinkListener = (frame?: ServerToVisitor) => void

/** What the panel adds to a hello: how far it has the session, and where the clock of somebody who chats stands. */
export type Have = Pick<VisitorHello, 'session' | 'last' | 'time_zone'>

/** A visitor's line to the server: the loader makes it, the panel uses the same one. */
export interface VisitorLink {
  /** Undefined before the start. */
  readonly state?: ConnectionState
  readonly settings?: WidgetSettings
  /** From the first welcome on, as the panel: nobody asks before. */
  readonly team: Team
  /** The newest session, as the server last told it whole. Its marks go on in the panel. */
  readonly session?: VisitorSession
  /** An agent's first words that wait for an answer; the bubble takes them away when they are dismissed. */
  opener?: Opener
  /** Path of the panel's script. */
  readonly panel?: string
  readonly identity: Identity
  start(): void
  send(frame: VisitorToServer): boolean
  /** The panel listens, and says how far it has the session. It is told everything anew. */
  listen(fn: LinkListener, have: () => Have): void
  /** The panel opens or closes. */
  open(open: boolean): void
  check(): void
  restart(): void
  pause(): void
}

/** The link as it is written to here; for everybody else it is read only. */
type Known = { -readonly [K in keyof VisitorLink]: VisitorLink[K] }

/** Makes the line: the connection, and the few facts that the launcher shows. The rest is the panel's. */
export function visitorLink(o: LinkOptions): VisitorLink {
  let isOpen = false
  let listener: LinkListener | undefined
  let have: (() => Have) | undefined

  const line = connection({
    ...o,
    // Before the first welcome it is in a hurry: perhaps only the other road gets through.
    calm: () => !!link.settings && !listener && !link.session?.active,
    hello() {
      return {
        t: 'hello',
        v: Version,
        property: o.property,
        token: o.identity.token(),
        ...have?.(),
        settings: link.settings?.version,
        ...o.about(),
        // Faces and messages are for the panel: before it listens, they would be told for nothing.
        open: isOpen && !!listener,
      }
    },
    frame: received,
    state(next, code) {
      link.state = next
      if (next === 'banned') {
        // As if nothing had ever been: the server tells all of it again, once it wants to know us.
        link.settings = link.session = link.opener = listener = have = undefined
        isOpen = false
        if (code === CloseForgotten) o.identity.forget()
      }
      listener?.()
      o.changed()
    },
  })

  const link = {
    ...line,
    identity: o.identity,
    listen(fn, what) {
      listener = fn
      have = what
      line.check()
    },
    open(open) {
      isOpen = open
      if (open && listener) line.check()
    },
  } as Omit<Known, 'team'> as Known

  function received(any: AnyFrame) {
    const frame = any as ServerToVisitor
    if ('team' in frame) link.team = frame.team
    if ('settings' in frame && frame.settings) link.settings = frame.settings
    if (frame.t === 'welcome') {
      link.panel = frame.panel
      o.identity.take(frame.token, frame.keep, frame.keep && link.settings?.early_cookie)
    }
    if (frame.t === 'welcome' || frame.t === 'session') link.session = frame.session
    if (frame.t === 'welcome' || frame.t === 'opener') link.opener = frame.opener
    listener?.(frame)
    o.changed()
  }

  return link
}
