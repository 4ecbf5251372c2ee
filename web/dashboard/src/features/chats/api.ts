import type { Row } from '@parley/core'
import { answer, api } from '../../lib/http'
import type { Page } from '../../lib/pages'

/** One chat, also an old one. */
export const getChat = async (property: string, chat: string): Promise<Row> =>
  (await answer(api.GET('/api/v1/properties/{property}/chats/{chat}', { params: { path: { property, chat } } }))) as Row

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
  /** With q: the newest words of the chat that match. */
  snippet?: string
}

/** Chats of the past, newest first, page by page. */
export const findChats = async (property: string, filter: HistoryFilter, cursor?: string, limit?: number): Promise<Page<Found>> =>
  (await answer(
    api.GET('/api/v1/properties/{property}/history', { params: { path: { property }, query: { ...filter, cursor, limit } } }),
  )) as Page<Found>

/** What the team knows of the visitor. An empty name is the number again. */
export const patchVisitor = (property: string, visitor: string, change: { name?: string; email?: string }) =>
  answer(api.PATCH('/api/v1/properties/{property}/visitors/{visitor}', { params: { path: { property, visitor } }, body: change }))
