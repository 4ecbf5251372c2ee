import { agree } from './agree.ts'
import { newID } from './frame.ts'
import type { VisitorLink } from './link.ts'
import { withOpener } from './opener.ts'
import { type Item, keepOutbox } from './outbox.ts'
import { silenceWatch } from './silence.ts'
import type { Store } from './storage.ts'
import { emptyThread, gapWatch, mergeThread, replaceThread, type Thread } from './thread.ts'
import type {
  Person,
  ServerToVisitor,
  VisitorEnd,
  VisitorMessage,
  VisitorRate,
  VisitorSend,
  VisitorSession,
  VisitorTicket,
} from './wire.gen.ts'

/** The commands of a visitor that must not be lost. */
export type VisitorCommand = VisitorSend | VisitorEnd | VisitorRate | VisitorTicket

/** The article that somebody comes from reading, and the language in which it was read. */
export type Reading = Pick<VisitorSend, 'article' | 'language'>

/** Messages of one session, as the panel shows them. */
export interface SessionView {
  session: VisitorSession
  thread: Thread<VisitorMessage>
}

/** What the panel renders. A new object after each change. */
export interface ConversationState {
  /** The newest session, unless the visitor has asked for a new chat. */
  session: VisitorSession | undefined
  thread: Thread<VisitorMessage>
  /** Our messages on their way, in order. */
  pending: readonly Item<VisitorSend>[]
  typing: Person | undefined
  /** An end is on its way. */
  ending: boolean
  /** What the team said and the visitor has not read. */
  unread: number
  /** The earlier session that is being read. */
  earlier: SessionView | undefined
  /** Earlier sessions, newest first; undefined: not asked for yet. */
  sessions: readonly VisitorSession[] | undefined
  moreSessions: boolean
  /** Older messages were asked for. */
  loading: boolean
}

export interface ConversationOptions {
  link: VisitorLink
  /** Where commands are kept until the server has them. */
  store: Store
  changed: (state: ConversationState) => void
  /** A message of the team came in now (not from the past). */
  news: (message: VisitorMessage) => void
  /** What happened to a form or a rating: refused with a reason, or taken. */
  answered?: (item: Item<VisitorCommand>, refused: boolean) => void
}

const typingLasts = 8000
const typingEvery = 500
const marksEvery = 1000
const quietInChat = 60_000

/** Whether a message counts for the badge. */
function isNews(m: VisitorMessage): boolean {
  return m.kind === 'text' && m.from === 'agent'
}

/** The visitor's conversation: keeps the thread whole, marks what was received and seen, and turns acts into commands. */
export function conversation(o: ConversationOptions) {
  const { link } = o
  let session = link.session
  let thread: Thread<VisitorMessage> = emptyThread
  let threadOf: string | undefined
  let put: string | undefined // the ended session that was put away for a new chat
  let typing: Person | undefined
  let earlier: SessionView | undefined
  let sessions: VisitorSession[] | undefined
  let cursor: string | undefined
  let loading = false
  let seen = false // open and visible
  let agreed = false // nothing goes out before the tabs of this browser are one visitor
  let ready = false // words of an earlier page may go out while the rest is still being made
  const marked = { got: 0, read: 0 }

  const gaps = gapWatch(after => threadOf && link.send({ t: 'history', id: `gap-${newID()}`, session: threadOf, after }))
  const typed = typingSender(link)
  const outbox = keepOutbox<VisitorCommand>({ store: o.store, send: frame => agreed && link.send(frame), changed: () => tell() })
  const forgetTyping = later(() => {
    typing = undefined
    tell()
  }, typingLasts)
  const mark = throttled(sendMarks, marksEvery)
  // In a chat a dead line is found out; whoever only browses costs nothing.
  const silence = silenceWatch({ quiet: () => (link.state === 'live' && session?.active ? quietInChat : Infinity), check: link.check })

  function snapshot(): ConversationState {
    const items = outbox.items
    const opened = withOpener(link.opener, session, threadOf, thread)
    const shown = opened || (put && session?.id === put) ? undefined : session
    const known = new Set(thread.messages.map(m => m.id))
    return {
      session: shown,
      thread: opened ?? (shown || threadOf !== put ? thread : emptyThread),
      pending: items.filter((i): i is Item<VisitorSend> => i.frame.t === 'send' && !known.has(i.frame.id)),
      typing: shown?.active ? typing : undefined,
      ending: items.some(i => i.frame.t === 'end' && i.state !== 'refused'),
      unread: thread.messages.filter(m => isNews(m) && m.seq > hasRead()).length,
      earlier,
      sessions,
      moreSessions: cursor !== undefined,
      loading,
    }
  }

  function tell() {
    if (ready) o.changed(snapshot())
  }

  /** Turns to another session: a new one has begun, or this browser is another visitor now. */
  function turnTo(session: string | undefined): boolean {
    if (session === threadOf) return false
    threadOf = session
    thread = emptyThread
    typing = undefined
    marked.got = marked.read = 0
    gaps.stop()
    return true
  }

  function received(messages: readonly VisitorMessage[], more?: boolean) {
    thread = mergeThread(thread, messages, more)
    gaps.look(thread)
    mark()
  }

  function hasRead() {
    return Math.max(marked.read, session?.id === threadOf ? (session?.marks.visitor_read ?? 0) : 0)
  }

  function sendMarks() {
    const last = thread.last
    if (!threadOf || session?.id !== threadOf) return
    const got = Math.max(marked.got, session.marks.visitor_got)
    const read = hasRead()
    const sees = seen && last > read
    if (!sees && last <= got) return
    if (!link.send({ t: 'mark', session: threadOf, got: last, ...(sees && { read: last }) })) return
    marked.got = last
    if (!sees) return
    marked.read = last
    tell()
  }

  function ownMessage(item: Item<VisitorCommand>, seq: number, at: number): VisitorMessage | undefined {
    const { frame } = item
    return frame.t === 'send' ? { seq, id: frame.id, at, kind: 'text', from: 'visitor', text: frame.text } : undefined
  }

  function hear(frame?: ServerToVisitor) {
    silence.heard()
    if (frame) take(frame, settle(frame))
    else if (link.state === 'live') outbox.connected()
    else {
      loading = false // nobody answers any more what was asked on that line
      outbox.disconnected()
    }
    tell()
  }

  /** The command that a frame answers. A message that comes back under our id is as good as its acknowledgement. */
  function settle(frame: ServerToVisitor): Item<VisitorCommand> | undefined {
    if (frame.t === 'ack') return outbox.answered(frame.id)
    if (frame.t === 'message') return outbox.answered(frame.m.id)
    return frame.t === 'error' && frame.id ? outbox.answered(frame.id, frame) : undefined
  }

  function take(frame: ServerToVisitor, settled?: Item<VisitorCommand>) {
    switch (frame.t) {
      case 'welcome': {
        session = frame.session
        turnTo(frame.session?.id)
        if (frame.more) thread = replaceThread(frame.messages ?? [], true)
        received(frame.messages ?? [])
        // A server with fewer messages than the session has is still sending them, or we have not asked: ask.
        if (frame.session && thread.messages.length === 0 && frame.session.last > 0) older()
        break
      }
      case 'ack': {
        if (frame.session && settled?.frame.t === 'send' && turnTo(frame.session) && (frame.seq ?? 0) > 1)
          // It begins with an agent's first words: they are on their way, or were lost.
          link.send({ t: 'history', id: `gap-${newID()}`, session: frame.session, before: frame.seq })
        const own = settled && frame.seq ? ownMessage(settled, frame.seq, frame.at ?? Date.now()) : undefined
        if (own && frame.session === threadOf) received([own])
        if (settled) o.answered?.(settled, false)
        break
      }
      case 'error': {
        if (frame.id === 'older' || frame.id === 'sessions') loading = false
        const item = settled && outbox.items.find(i => i.frame.id === settled.frame.id)
        if (item?.state === 'refused') o.answered?.(item, true)
        break
      }
      case 'message':
        if (threadOf && frame.session < threadOf) break // late news of an earlier session: ids sort by the time they were made
        turnTo(frame.session)
        if (session?.id === frame.session) session = { ...session, last: frame.m.seq }
        if (isNews(frame.m)) {
          if (typing?.id === frame.m.author?.id) typing = undefined
          if (!thread.messages.some(m => m.seq === frame.m.seq)) o.news(frame.m)
        }
        received([frame.m])
        break
      case 'marks':
        if (session?.id === frame.session) session = { ...session, marks: frame.marks }
        break
      case 'session':
        session = frame.session
        if (frame.session.active) turnTo(frame.session.id)
        sessions = undefined
        break
      case 'history':
        history(frame)
        break
      case 'sessions':
        sessions = [...(frame.id === 'sessions' ? (sessions ?? []) : []), ...(frame.sessions ?? [])]
        cursor = frame.next || undefined
        loading = false
        break
      case 'typing':
        typing = frame.on ? frame.agent : undefined
        if (frame.on) forgetTyping()
        break
    }
  }

  function history(frame: Extract<ServerToVisitor, { t: 'history' }>) {
    const messages = frame.messages ?? []
    if (frame.id.startsWith('gap-')) {
      if (frame.session === threadOf) received(messages)
      return
    }
    loading = false
    if (earlier?.session.id === frame.session) earlier = { ...earlier, thread: mergeThread(earlier.thread, messages, frame.more ?? false) }
    else if (frame.session === threadOf) received(messages, frame.more ?? false)
  }

  /** Asks for what came before the first message that is shown. */
  function older() {
    const view = earlier ?? { session, thread }
    if (!view.session || loading) return
    const before = view.thread.messages[0]?.seq ?? 0
    loading = link.send({ t: 'history', id: 'older', session: view.session.id, before })
    tell()
  }

  function command(frame: VisitorCommand) {
    outbox.add(frame)
    meet()
  }

  function meet() {
    if (agreed) return
    if (link.identity.shared()) become()
    else void agree(link.identity).then(become)
  }

  function become() {
    agreed = true
    link.identity.keep()
    outbox.connected()
  }

  if (outbox.items.length > 0) meet()
  ready = true
  link.listen(hear, () => ({
    ...(threadOf && thread.last > 0 && { session: threadOf, last: thread.last }),
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }))

  return {
    get state() {
      return snapshot()
    },
    /** from stays with the words until the server has them: it is told to the team if they begin a chat. */
    say(text: string, from?: Reading) {
      typed.stop()
      if (link.opener) put = session?.id // the answer begins a new session
      command({ t: 'send', id: newID(), text, ...from })
    },
    typing: (text: string) => session?.active && typed.write(text),
    end: () => session && command({ t: 'end', id: newID(), session: session.id }),
    rate(rating: number, comment: string) {
      if (!session) return
      for (const i of outbox.items) if (i.frame.t === 'rate') outbox.remove(i.frame.id)
      command({ t: 'rate', id: newID(), session: session.id, rating, ...(comment && { comment }) })
    },
    leaveMessage(name: string, email: string, text: string, from?: Reading) {
      const id = newID()
      command({ t: 'ticket', id, name, email, text, ...from })
      return id
    },
    /** Puts the ended session away: the next message starts a new one. */
    startNew() {
      put = session?.id
      tell()
    },
    /** The panel is open and the page visible: what arrives is seen. */
    see(visible: boolean) {
      if (!visible) sendMarks() // what was seen up to now is read, also if the next second does not come
      seen = visible
      if (visible) mark()
    },
    retry: outbox.retry,
    takeBack: outbox.remove,
    /** Another tab wrote to storage. Only as the same visitor may this tab send the same words. */
    reload: () => link.identity.shared() && outbox.reload(),
    older,
    listSessions(next = false) {
      if (!next) sessions = undefined
      loading = link.send({ t: 'sessions', id: 'sessions', ...(next && cursor && { cursor }) })
      tell()
    },
    read(one: VisitorSession | undefined) {
      earlier = one && { session: one, thread: emptyThread }
      loading = false
      if (one) older()
      tell()
    },
    stop: silence.stop,
  }
}

/** The panel's conversation. */
export type Conversation = ReturnType<typeof conversation>

/** Sends unsent words at most twice a second; without the preview only that somebody types, every 3 s. */
function typingSender(link: VisitorLink) {
  let on = false
  let text = ''
  const send = throttled(() => on && link.send({ t: 'typing', on: true, ...(link.settings?.typing_preview && { text }) }), typingEvery)
  let lastBare = 0
  const stop = () => {
    if (on) link.send({ t: 'typing', on: false })
    on = false
  }
  return {
    stop,
    write(words: string) {
      if (!words.trim()) return stop()
      on = true
      text = words
      if (link.settings?.typing_preview) return send()
      if (Date.now() - lastBare < 3000) return
      lastBare = Date.now()
      send()
    },
  }
}

/** Calls fn at once, and then at most every ms, the last time never left out. */
function throttled(fn: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let again = false
  return function run() {
    if (timer) {
      again = true
      return
    }
    fn()
    timer = setTimeout(() => {
      timer = undefined
      if (again) {
        again = false
        run()
      }
    }, ms)
  }
}

function later(fn: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(fn, ms)
  }
}
