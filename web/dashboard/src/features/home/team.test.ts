import type { ChatMember, Member, Row } from '@parley/core'
import { expect, it } from 'vitest'
import { team } from './team'

const member = (id: string, status: Member['status']): Member => ({ id, name: id, role: 'agent', status })
const row = (state: Row['state'], ...members: [string, ChatMember['state']][]): Row =>
  ({ state, members: members.map(([id, part]) => ({ id, name: id, state: part })) }) as unknown as Row

it('the team: this agent, then who is here by how much they do', () => {
  const members = [
    member('Leila', 'offline'),
    member('Tomas', 'away'),
    member('Ben', 'online'),
    member('Ana', 'away'),
    member('Mira', 'online'),
  ]
  const rows = [
    row('served', ['Mira', 'joined'], ['Ben', 'invited']),
    row('served', ['Mira', 'joined'], ['Ana', 'joined']),
    row('ended', ['Ben', 'joined']),
    row('waiting', ['Ben', 'left']),
  ]
  expect(team(members, rows, 'Ana').map(one => `${one.member.id} ${one.chats}`)).toEqual(['Ana 1', 'Mira 2', 'Ben 0', 'Tomas 0', 'Leila 0'])
})
