import type { Card, Item, Marks, Person, VisitorMessage, VisitorSend } from '@parley/core'

/** How far our message has come. */
export type Mark = 'sending' | 'sent' | 'delivered' | 'read'

export interface Bubble {
  key: string
  text: string
  at: number
  /** An article beside the text, or alone. */
  card?: Card
  /** On its way, or refused. */
  item?: Item<VisitorSend>
}

/** What the thread shows, from top to bottom. */
export type Row =
  | { type: 'day'; key: string; at: number }
  | { type: 'event'; key: string; message: VisitorMessage }
  | { type: 'group'; key: string; mine: boolean; author?: Person; bubbles: Bubble[]; mark?: Mark }

const together = 5 * 60_000

/** Groups messages by who said them, parts the days, puts what is on its way below, and marks our last words. */
export function layout(messages: readonly VisitorMessage[], pending: readonly Item<VisitorSend>[], marks: Marks | undefined): Row[] {
  const rows: Row[] = []
  let day = ''
  let last: { group: Extract<Row, { type: 'group' }>; at: number; who: string } | undefined

  function say(key: string, mine: boolean, at: number, bubble: Bubble, author?: Person) {
    const who = mine ? 'me' : (author?.id ?? 'team')
    if (!last || last.who !== who || at - last.at > together) {
      last = { group: { type: 'group', key, mine, author, bubbles: [] }, at, who }
      rows.push(last.group)
    }
    last.at = at
    last.group.bubbles.push(bubble)
  }

  for (const m of messages) {
    const date = new Date(m.at).toDateString()
    if (date !== day) {
      day = date
      last = undefined
      rows.push({ type: 'day', key: `day-${date}`, at: m.at })
    }
    if (m.kind === 'text') say(m.id, m.from === 'visitor', m.at, { key: m.id, text: m.text ?? '', at: m.at, card: m.card }, m.author)
    else {
      last = undefined
      rows.push({ type: 'event', key: m.id, message: m })
    }
  }
  for (const item of pending) say(item.frame.id, true, last?.at ?? 0, { key: item.frame.id, text: item.frame.text, at: 0, item })

  const mine = rows.findLast(r => r.type === 'group' && r.mine)
  if (mine?.type === 'group') mine.mark = markOf(messages, pending, marks)
  return rows
}

function markOf(messages: readonly VisitorMessage[], pending: readonly Item<VisitorSend>[], marks: Marks | undefined): Mark | undefined {
  const newest = pending.at(-1)
  if (newest) return newest.state === 'refused' ? undefined : 'sending'
  const seq = messages.findLast(m => m.from === 'visitor')?.seq ?? 0
  if (!marks || !seq) return undefined
  return seq <= marks.team_read ? 'read' : seq <= marks.team_got ? 'delivered' : 'sent'
}

/** The agents who have said something, the last one first. */
export function speakers(messages: readonly VisitorMessage[]): Person[] {
  const by = new Map<string, Person>()
  for (const m of [...messages].reverse()) if (m.author && m.kind === 'text' && !by.has(m.author.id)) by.set(m.author.id, m.author)
  return [...by.values()]
}
