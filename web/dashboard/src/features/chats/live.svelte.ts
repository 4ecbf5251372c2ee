import {
  type AgentMessage,
  type AgentSend,
  type AgentToServer,
  type AnyFrame,
  type Card,
  CloseLoggedOut,
  CloseWrongClient,
  type Connection,
  type ConnectionState,
  keepOutbox,
  lastingStore,
  newID,
  type Outbox,
  type OutboxKeeper,
  type Row,
  type ServerToAgent,
  Version,
} from '@parley/core'
import { t } from '../../lib/i18n.svelte'
import { kept } from '../../lib/kept'
import { loadMe } from '../../lib/session.svelte'
import { type Alert, alertsOf } from './alerts'
import { getChat } from './api'
import { type Answer, type Command, commands } from './commands'
import { emptyLive, type Live, type LiveEvent, reduce } from './data'
import { agentLine } from './line'
import { myPart, newestOf } from './lists'
import { hasGap, lastSeq } from './log'

/** A late neighbour has this long before it is asked for (ADR 0001, decision 6). */
const gapMS = 150
/** Row frames may overtake message frames by up to a second. */
const behindMS = 1500
const typingEveryMS = 3000
/** How many conversations stay in memory for a quick return. */
const keepLogs = 20

/** The living side of the store: the line, the outbox, what this window watches. One for the property that is open. */
export class LiveStore {
  live = $state.raw<Live>(emptyLive)
  box = $state.raw<Outbox<AgentSend>>([])
  connection = $state<ConnectionState>('connecting')
  /** This page speaks a protocol that the server no longer does. */
  outdated = $state(false)
  onalert: (alert: Alert) => void = () => {}

  readonly property: string
  private readonly me: string
  private readonly line: Connection
  private readonly outbox: OutboxKeeper<AgentSend>
  private readonly asked = commands(frame => this.line.send(frame))
  private readonly ears = new Set<(frame: ServerToAgent) => void>()
  private readonly gaps = new Map<string, ReturnType<typeof setTimeout>>()
  /** By session: the seq of a row for which we asked already, so that it is asked for once. */
  private readonly behind = new Map<string, number>()
  private readonly seen = new Map<string, string>()
  /** By message: the cards of articles that this window sends. */
  private readonly cards = new Map<string, Card>()
  private recent: string[] = []
  private open?: Row
  private wanted = ''
  private typedAt = 0
  private readonly tick: ReturnType<typeof setInterval>
  private readonly off = new AbortController()

  constructor(property: string, me: string) {
    this.property = property
    this.me = me
    this.line = agentLine({
      hello: () => ({ t: 'hello', v: Version, property: this.property }) as AnyFrame,
      frame: frame => this.received(frame as ServerToAgent),
      state: (state, code) => this.moved(state, code),
    })
    this.outbox = keepOutbox<AgentSend>({
      store: lastingStore(`parley.out.${me}.${property}.`),
      send: frame => this.line.send(frame),
      changed: box => {
        this.box = box
      },
    })
    this.box = this.outbox.items
    this.tick = setInterval(() => this.apply({ t: 'local.tick' }), 1000)
    const { signal } = this.off
    const check = () => this.line.check()
    addEventListener('online', check, { signal })
    addEventListener('pageshow', check, { signal })
    document.addEventListener('visibilitychange', () => !document.hidden && check(), { signal })
    addEventListener('storage', event => event.key?.startsWith('parley.out.') && this.outbox.reload(), { signal })
    this.line.start()
  }

  stop(): void {
    this.off.abort()
    clearInterval(this.tick)
    for (const timer of this.gaps.values()) clearTimeout(timer)
    this.asked.stop()
    this.outbox.disconnected()
    this.line.stop()
  }

  /** Shows a chat: its row, also of an old one, and its messages as they come. */
  async show(chat: string): Promise<void> {
    this.wanted = chat
    const row = this.live.rows[chat] ?? (await getChat(this.property, chat))
    if (this.wanted !== chat) return
    this.apply({ t: 'local.row', row })
    this.open = row
    this.recent = [row.session, ...this.recent.filter(session => session !== row.session)]
    this.watch(row)
  }

  /** The chat is no longer looked at. */
  hide(chat: string): void {
    const row = this.live.rows[chat]
    if (this.wanted === chat) this.wanted = ''
    if (this.open?.id === chat) this.open = undefined
    // A session's stream is one: the next chat of the same visitor may be open already.
    if (row && this.open?.session !== row.session && myPart(row, this.live.me) !== 'joined')
      this.line.send({ t: 'unwatch', chat } as AnyFrame)
    for (const session of this.recent.splice(keepLogs)) this.apply({ t: 'local.forget', session })
  }

  async older(chat: string, before: number): Promise<void> {
    await this.asked.run({ t: 'history', id: newID(), chat, before })
  }

  /** Kept and shown at once, sent when the line is there; with the card of an article, if there is one. */
  say(chat: string, text: string, whisper: boolean, card?: Card): void {
    const id = newID()
    if (card) this.cards.set(id, card)
    this.outbox.add({
      t: 'send',
      id,
      chat,
      text,
      ...(whisper && { whisper }),
      ...(card && { article: card.article, language: card.language }),
    })
    this.typedAt = 0
  }

  /** The card of words that are not stored yet. Another page of ours may have sent them: then only the article is known. */
  cardOf(frame: AgentSend): Card {
    return this.cards.get(frame.id) ?? { article: frame.article ?? '', language: frame.language ?? '', title: t('card.article') }
  }

  /** Sends refused words again; to the session's newest chat, if the visitor went on there. */
  retry(id: string): void {
    const item = this.box.find(one => one.frame.id === id)
    const row = item && this.live.rows[item.frame.chat]
    const newest = row && newestOf(this.live, row.session)
    if (!item || !newest || newest.id === item.frame.chat) {
      this.outbox.retry(id)
      return
    }
    this.outbox.remove(id)
    this.say(newest.id, item.frame.text, item.frame.whisper ?? false, item.frame.article ? this.cardOf(item.frame) : undefined)
  }

  private goesOn(chat: string): boolean {
    const row = this.live.rows[chat]
    return row !== undefined && newestOf(this.live, row.session)?.id !== chat
  }

  /** Takes refused words back. */
  discard(id: string): void {
    this.outbox.remove(id)
  }

  command(t: 'join' | 'leave' | 'close', chat: string): Promise<unknown> {
    return this.asked.run({ t, id: newID(), chat })
  }

  invite(chat: string, agent: string): Promise<unknown> {
    return this.asked.run({ t: 'invite', id: newID(), chat, agent })
  }

  /** A command that the server acknowledges. After a lost connection it is sent again by itself. */
  ask(command: Command): Promise<Answer> {
    return this.asked.run(command)
  }

  /** Sends a frame; false: there is no line now. Who tells something tells it again when it hears a welcome. */
  tell(frame: AgentToServer): boolean {
    return this.line.send(frame as AnyFrame)
  }

  /** Hears every frame, after the store has taken it in, until the returned function is called. */
  hear(ear: (frame: ServerToAgent) => void): () => void {
    this.ears.add(ear)
    return () => this.ears.delete(ear)
  }

  typing(chat: string, on: boolean): void {
    const now = Date.now()
    if (on ? now - this.typedAt < typingEveryMS : this.typedAt === 0) return
    this.typedAt = on ? now : 0
    this.line.send({ t: 'typing', chat, on } as AnyFrame)
  }

  /** Marks what is on the screen as read. Call as often as you like. */
  sawAll(chat: string): void {
    const row = this.live.rows[chat]
    const log = row && this.live.logs[row.session]
    // A row may be ahead of its messages: what is not here yet was not seen.
    if (!row || !log?.loaded || lastSeq(log) < row.last.seq) return
    const read = newestVisible(log.messages)
    this.mark(row, { got: read, read, count: row.visitor_count })
    this.apply({ t: 'local.read', session: row.session, count: row.visitor_count })
  }

  /** A name given here shows at once; the server tells the others. */
  renamed(row: Row, change: { name: string; email: string }): void {
    this.apply({ t: 'visitor', session: row.session, visitor: { ...row.visitor, ...change } })
  }

  private mark(row: Row, mark: { got?: number; read?: number; count?: number }): void {
    const key = JSON.stringify(mark)
    if (this.seen.get(row.session) === key || row.state === 'missed') return
    if (this.line.send({ t: 'mark', chat: row.id, ...mark } as AnyFrame)) this.seen.set(row.session, key)
  }

  private watch(row: Row): void {
    const log = this.live.logs[row.session]
    void this.asked.run({ t: 'watch', id: newID(), chat: row.id, after: log?.loaded ? lastSeq(log) : 0 }).catch(() => {})
  }

  private apply(event: LiveEvent): void {
    const before = this.live
    this.live = reduce(before, event, Date.now())
    for (const alert of alertsOf(before, this.live, event)) this.onalert(alert)
  }

  private received(frame: ServerToAgent): void {
    if (frame.t === 'ack') {
      const sent = this.outbox.answered(frame.id)
      if (sent && frame.session && frame.seq) {
        this.apply({ t: 'message', session: frame.session, m: this.mine(sent.frame, frame) })
        if (sent.frame.article && !this.cards.has(frame.id)) this.lookAgain(sent.frame.chat, frame.seq)
      }
      this.asked.answered(frame)
    } else if (frame.t === 'error') {
      const refused = frame.id ? this.outbox.answered(frame.id, frame) : undefined
      // The visitor went on in a new chat while the words were under way: they belong there.
      if (refused && frame.code === 'chat.superseded' && this.goesOn(refused.frame.chat)) this.retry(refused.frame.id)
      this.asked.refused(frame)
    } else {
      if (frame.t === 'message') this.outbox.answered(frame.m.id)
      if (frame.t === 'erased') this.forget(frame.visitor)
      this.apply(frame)
    }
    if (frame.t === 'messages') this.asked.answered(frame)
    if (frame.t === 'message') this.got(frame.session, frame.m)
    if (frame.t === 'welcome') this.welcomed()
    this.lookForGaps()
    for (const ear of this.ears) ear(frame)
  }

  /** What this browser keeps for an erased visitor: words that were not sent, and drafts. */
  private forget(visitor: string): void {
    if (this.open?.visitor.id === visitor) this.open = undefined
    kept.remove(`draft.${this.me}.start.${visitor}`)
    for (const row of Object.values(this.live.rows)) {
      if (row.visitor.id !== visitor) continue
      kept.remove(`draft.${this.me}.${row.session}`)
      for (const item of this.box) if (item.frame.chat === row.id) this.outbox.remove(item.frame.id)
    }
  }

  /** Our own words as they are stored: their sender gets the ack instead of the frame. */
  private mine(sent: AgentSend, ack: { chat?: string; seq?: number; vseq?: number; at?: number }): AgentMessage {
    const author = this.live.members.find(member => member.id === this.live.me)
    return {
      seq: ack.seq ?? 0,
      vseq: ack.vseq,
      id: sent.id,
      chat: ack.chat ?? sent.chat,
      at: ack.at ?? Date.now(),
      kind: sent.whisper ? 'whisper' : 'text',
      from: 'agent',
      author,
      text: sent.text,
      ...(sent.article && { card: this.cardOf(sent) }),
    }
  }

  /** Asks for a message that is shown, but of which not everything is known here. */
  private lookAgain(chat: string, seq: number): void {
    void this.older(chat, seq + 1).catch(() => {})
  }

  private got(session: string, message: AgentMessage): void {
    const row = this.live.rows[message.chat]
    if (row && message.from === 'visitor' && message.vseq && this.live.logs[session]) this.mark(row, { got: message.vseq })
  }

  /** After a lost connection: what is open and what is mine catches up, and commands go out again. */
  private welcomed(): void {
    this.seen.clear()
    const open = this.open && (this.live.rows[this.open.id] ?? this.open)
    if (open) {
      this.watch(open)
      // Perhaps somebody closed it in the meantime, and it is not listed any more: ask what became of it.
      getChat(this.property, open.id).then(
        row => this.apply({ t: 'local.row', row }),
        () => {},
      )
    }
    for (const row of Object.values(this.live.rows))
      if (row.session !== open?.session && this.live.logs[row.session]?.loaded && myPart(row, this.live.me) === 'joined') this.watch(row)
    this.asked.again()
    this.outbox.connected()
  }

  private lookForGaps(): void {
    for (const row of Object.values(this.live.rows)) {
      const log = this.live.logs[row.session]
      if (!log?.loaded || this.gaps.has(row.session) || !this.watches(row)) continue
      if (hasGap(log)) this.askLater(row, gapMS)
      else if (row.last.seq > lastSeq(log) && this.behind.get(row.session) !== row.last.seq) {
        this.behind.set(row.session, row.last.seq)
        this.askLater(row, behindMS)
      }
    }
  }

  private watches = (row: Row): boolean => this.open?.session === row.session || myPart(row, this.live.me) === 'joined'

  private askLater(row: Row, ms: number): void {
    const timer = setTimeout(() => {
      this.gaps.delete(row.session)
      const log = this.live.logs[row.session]
      const now = this.live.rows[row.id]
      if (log && now && this.connection === 'live' && (hasGap(log) || now.last.seq > lastSeq(log))) this.watch(now)
    }, ms)
    this.gaps.set(row.session, timer)
  }

  private moved(state: ConnectionState, code: number): void {
    this.connection = state
    if (state === 'live') return
    this.outbox.disconnected()
    if (code === CloseWrongClient) this.outdated = true
    // A refused upgrade looks like any lost line: only the API can say whether the login is over.
    if (code === CloseLoggedOut || state === 'stopped' || state === 'waiting') void loadMe()
  }
}

/** The newest message that the visitor sees too: marks count those. */
function newestVisible(messages: readonly AgentMessage[]): number {
  return messages.findLast(message => message.vseq)?.vseq ?? 0
}
