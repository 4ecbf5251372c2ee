import type { components } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'
import type { Page } from '../../lib/pages'

export type Ticket = components['schemas']['TicketView']

export const listTickets = async (
  property: string,
  filter: { state?: Ticket['state']; agent?: string },
  cursor?: string,
): Promise<Page<Ticket>> =>
  (await answer(
    api.GET('/api/v1/properties/{property}/tickets', { params: { path: { property }, query: { ...filter, cursor } } }),
  )) as Page<Ticket>

export const getTicket = (property: string, ticket: string): Promise<Ticket> =>
  answer(api.GET('/api/v1/properties/{property}/tickets/{ticket}', { params: { path: { property, ticket } } }))

export const changeTicket = (property: string, ticket: string, change: { state?: Ticket['state']; agent?: string }): Promise<Ticket> =>
  answer(api.PATCH('/api/v1/properties/{property}/tickets/{ticket}', { params: { path: { property, ticket } }, body: change }))

/** The address that opens the agent's own mail program with an answer begun. */
export function answerAddress(ticket: Ticket, subject: string): string {
  const quoted = ticket.text
    .split('\n')
    .map(line => `> ${line}`)
    .join('\r\n')
  const body = `\r\n\r\n${quoted.slice(0, 1500)}`
  return `mailto:${encodeURIComponent(ticket.email).replaceAll('%40', '@')}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`
}
