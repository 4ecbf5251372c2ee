import type { Row } from '@parley/core'
import type { Live, LiveEvent } from './data'
import { isListed, myPart, needsMe } from './lists'

/** Something that calls this agent. */
export interface Alert {
  why: 'new' | 'invited' | 'message'
  row: Row
  text: string
}

/**
 * What calls this agent in the step from before to after. After a reconnect the welcome tells of the chats that came
 * in the meantime: they announce themselves as if they came now. The first welcome of a window announces nothing.
 */
export function alertsOf(before: Live, after: Live, event: LiveEvent): Alert[] {
  switch (event.t) {
    case 'chat': {
      const row = event.chat
      if (!event.alert || (event.for && event.for !== after.me) || !isListed(row, after.me)) return []
      return [{ why: event.for ? 'invited' : 'new', row, text: row.last.text ?? '' }]
    }
    case 'message': {
      const row = after.rows[event.m.chat]
      const fresh = event.m.seq > (before.rows[event.m.chat]?.last.seq ?? 0)
      if (!row || !fresh || event.m.kind !== 'text' || event.m.from !== 'visitor' || myPart(row, after.me) !== 'joined') return []
      return [{ why: 'message', row, text: event.m.text || (event.m.card?.title ?? '') }]
    }
    case 'welcome':
      if (!before.ready) return []
      return event.chats
        .filter(
          row =>
            isListed(row, after.me) && needsMe(row, after.me) && !(before.rows[row.id] && needsMe(before.rows[row.id] as Row, after.me)),
        )
        .map(row => ({ why: myPart(row, after.me) === 'invited' ? 'invited' : 'new', row, text: row.last.text ?? '' }))
    default:
      return []
  }
}
