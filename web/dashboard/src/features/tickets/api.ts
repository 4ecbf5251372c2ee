import type { Page as WebPage } from '@parley/core'
import { call, search } from '../../lib/http'
import type { Page } from '../chats/api'

export interface Ticket {
  id: string
  number: number
  visitor: string
  name: string
  email: string
  text: string
  state: 'open' | 'closed'
  /** Who has it; absent: nobody yet. */
  agent?: string
  page?: WebPage
  created_at: number
  closed_at?: number
  /** The missed chat that it came from. */
  chat?: string
}

export const listTickets = (property: string, filter: { state?: string; agent?: string }, cursor?: string): Promise<Page<Ticket>> =>
  call('GET', `/properties/${property}/tickets${search({ ...filter, cursor })}`)

export const getTicket = (property: string, ticket: string): Promise<Ticket> => call('GET', `/properties/${property}/tickets/${ticket}`)

export const changeTicket = (property: string, ticket: string, change: { state?: Ticket['state']; agent?: string }): Promise<Ticket> =>
  call('PATCH', `/properties/${property}/tickets/${ticket}`, change)

/** The address that opens the agent's own mail program with an answer begun. */
export function answerAddress(ticket: Ticket, subject: string): string {
  const quoted = ticket.text
    .split('\n')
    .map(line => `> ${line}`)
    .join('\r\n')
  return `mailto:${encodeURIComponent(ticket.email).replaceAll('%40', '@')}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(`\r\n\r\n${quoted.slice(0, 1500)}`)}`
}
