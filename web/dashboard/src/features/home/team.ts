import type { Member, Row } from '@parley/core'
import { serving } from '../chats/lists'

/** Somebody of the team, and in how many open chats they are. */
export interface Busy {
  member: Member
  chats: number
}

const order: readonly Member['status'][] = ['online', 'away', 'invisible', 'offline']

/** The team: this agent first, then who is here. */
export function team(members: readonly Member[], rows: readonly Row[], me: string): Busy[] {
  const chats = new Map<string, number>()
  for (const row of rows) if (row.state === 'served') for (const one of serving(row)) chats.set(one.id, (chats.get(one.id) ?? 0) + 1)
  return members
    .map(member => ({ member, chats: chats.get(member.id) ?? 0 }))
    .toSorted(
      (a, b) =>
        Number(b.member.id === me) - Number(a.member.id === me) ||
        order.indexOf(a.member.status) - order.indexOf(b.member.status) ||
        b.chats - a.chats ||
        a.member.name.localeCompare(b.member.name),
    )
}

/** Invisible is for visitors: the team sees who works. */
export const isHere = ({ status }: Member): boolean => status !== 'offline'
