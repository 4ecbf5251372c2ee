import type { AgentMessage, Row } from '@parley/core'
import { call, search } from '../../lib/http'

export interface Page<T> {
  items: T[]
  next?: string
}

/** One chat, also an old one. */
export const getChat = (property: string, chat: string): Promise<Row> => call('GET', `/properties/${property}/chats/${chat}`)

export interface HistoryFilter {
  state?: string
  agent?: string
  visitor?: string
  from?: number
  to?: number
  q?: string
}

export interface Found {
  row: Row
  /** Where the words were found, cut out; the hits stand between U+0001 and U+0002. */
  snippet?: string
}

/** Chats of the past, newest first, page by page. */
export const findChats = (property: string, filter: HistoryFilter, cursor?: string, limit?: number): Promise<Page<Found>> =>
  call('GET', `/properties/${property}/history${search({ ...filter, cursor, limit })}`)

export const getMessages = (property: string, chat: string, before?: number): Promise<{ items: AgentMessage[]; more: boolean }> =>
  call('GET', `/properties/${property}/chats/${chat}/messages${search({ before })}`)

/** What the team knows of the visitor. An empty name is the number again. */
export const patchVisitor = (property: string, visitor: string, change: { name?: string; email?: string }): Promise<void> =>
  call('PATCH', `/properties/${property}/visitors/${visitor}`, change)
