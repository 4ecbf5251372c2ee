import type { AnyFrame } from './frame.ts'
import type { Store } from './storage.ts'
import type { ErrorFrame } from './wire.gen.ts'

/** A command that must reach the server: a message, an end, a rating, a form. It carries its id. */
export type Command = AnyFrame & { id: string }

/** Why the server refused a command. */
export type Refusal = Pick<ErrorFrame, 'code' | 'message' | 'field'>

export interface Item<C extends Command = Command> {
  /** Its place in the order in which things go out. */
  readonly n: number
  readonly frame: C
  readonly state: 'queued' | 'sent' | 'refused'
  readonly error?: Refusal
  /** Not again before this time. */
  readonly after?: number
}

export type Outbox<C extends Command = Command> = readonly Item<C>[]

export type OutboxEvent<C extends Command = Command> =
  | { type: 'added'; item: Item<C> }
  | { type: 'sent' | 'settled' | 'retried'; id: string }
  | { type: 'postponed'; id: string; until: number }
  | { type: 'refused'; id: string; error: Refusal }
  | { type: 'disconnected' }

/** The outbox as a pure function: nothing leaves it but by an answer of the server, or because somebody took it back. */
export function reduceOutbox<C extends Command>(box: Outbox<C>, e: OutboxEvent<C>): Outbox<C> {
  const change = (id: string, to: Partial<Item<C>>) =>
    box.map(i => (i.frame.id === id ? { ...i, error: undefined, after: undefined, ...to } : i))
  switch (e.type) {
    case 'added':
      return box.some(i => i.frame.id === e.item.frame.id) ? box : [...box, e.item].sort(byOrder)
    case 'sent':
      return change(e.id, { state: 'sent' })
    case 'settled':
      return box.filter(i => i.frame.id !== e.id)
    case 'retried':
      return change(e.id, { state: 'queued' })
    case 'postponed':
      return change(e.id, { state: 'queued', after: e.until })
    case 'refused':
      return change(e.id, { state: 'refused', error: e.error })
    case 'disconnected':
      return box.map(i => (i.state === 'sent' ? { ...i, state: 'queued' } : i))
  }
}

const byOrder = (a: Item, b: Item) => a.n - b.n || (a.frame.id < b.frame.id ? -1 : 1)

/**
 * What to send now. One command is under way at a time: were two, the first could be put off and the second taken,
 * and the words would change places. Refused ones do not hold up the others.
 */
export function nextInOutbox<C extends Command>(box: Outbox<C>): Item<C> | undefined {
  const first = box.find(i => i.state !== 'refused')
  return first?.state === 'queued' ? first : undefined
}

export interface OutboxOptions<C extends Command> {
  store: Store
  /** Sends if there is a live line, and says whether it did. */
  send: (frame: C) => boolean
  changed: (box: Outbox<C>) => void
}

export interface OutboxKeeper<C extends Command> {
  readonly items: Outbox<C>
  /** Keeps the command in storage, then sends it when its turn comes. */
  add(frame: C): void
  retry(id: string): void
  /** Takes a refused command back. */
  remove(id: string): void
  /** The line is live: send what waits. */
  connected(): void
  disconnected(): void
  /** Looks whether a frame (ack, error, or the message itself from another tab) answers a command, and gives that command back. */
  answered(id: string, error?: ErrorFrame): Item<C> | undefined
  /** Takes in what other tabs added or settled. */
  reload(): void
}

/** Longer waits than this are told instead of kept quiet. */
const patience = 60_000

/** The outbox with its storage, timers and turn-taking. */
export function keepOutbox<C extends Command>(o: OutboxOptions<C>): OutboxKeeper<C> {
  let box: Outbox<C> = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function apply(e: OutboxEvent<C>) {
    const before = box
    box = reduceOutbox(box, e)
    if (box !== before) o.changed(box)
  }

  function keep(id: string) {
    const item = box.find(i => i.frame.id === id)
    if (item) o.store.set(id, JSON.stringify({ n: item.n, frame: item.frame, error: item.error }))
    else o.store.remove(id)
  }

  function flush() {
    clearTimeout(timer)
    const item = nextInOutbox(box)
    if (!item) return
    const wait = (item.after ?? 0) - Date.now()
    if (wait > 0) timer = setTimeout(flush, wait)
    else if (o.send(item.frame)) apply({ type: 'sent', id: item.frame.id })
  }

  function settle(id: string) {
    apply({ type: 'settled', id })
    keep(id)
    flush()
  }

  function reload() {
    const kept = new Set<string>()
    for (const [key, text] of o.store.all()) {
      const item = read<C>(text)
      if (!item) continue
      kept.add(key)
      apply({ type: 'added', item })
    }
    // Gone from storage: another tab has had the answer. Not what we have sent as well: if the server heard us first, our
    // own answer is the only one that says where the words belong. Where storage does not work nothing was ever there.
    if (o.store.lasting) for (const i of box) if (!kept.has(i.frame.id) && i.state !== 'sent') apply({ type: 'settled', id: i.frame.id })
    flush()
  }

  reload()
  return {
    get items() {
      return box
    },
    add(frame) {
      const n = Math.max(Date.now(), (box.at(-1)?.n ?? 0) + 1)
      apply({ type: 'added', item: { n, frame, state: 'queued' } })
      keep(frame.id)
      flush()
    },
    retry(id) {
      apply({ type: 'retried', id })
      keep(id)
      flush()
    },
    remove: settle,
    connected: flush,
    disconnected() {
      clearTimeout(timer)
      apply({ type: 'disconnected' })
    },
    answered(id, error) {
      const item = box.find(i => i.frame.id === id)
      if (!item) return
      if (!error) {
        settle(id)
        return item
      }
      const again = error.retry_after_ms ?? 0
      if (again > 0 && again <= patience) apply({ type: 'postponed', id, until: Date.now() + again })
      else apply({ type: 'refused', id, error: { code: error.code, message: error.message, field: error.field } })
      keep(id)
      flush()
      return item
    },
    reload,
  }
}

function read<C extends Command>(text: string): Item<C> | undefined {
  try {
    const { n, frame, error } = JSON.parse(text)
    if (typeof n === 'number' && typeof frame?.t === 'string' && typeof frame.id === 'string')
      return { n, frame, error, state: error ? 'refused' : 'queued' }
  } catch {
    // Somebody else wrote under our name: not ours.
  }
  return undefined
}
