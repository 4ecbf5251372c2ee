import { answer, call } from '../../lib/http'
import type { Page } from '../chats/api'

/** Who did what, when and from where. */
export interface AuditEntry {
  /** Its place in the property's log. */
  n: number
  at: number
  /** Absent: nobody who was logged in. */
  agent?: { id: string; name: string }
  address: string
  action: string
  target: string
  detail: Record<string, unknown>
}

export interface AuditFilter {
  agent?: string
  action?: string
  from?: number
  to?: number
}

/** The property's log, newest first. */
export const listAudit = (property: string, filter: AuditFilter, cursor?: string): Promise<Page<AuditEntry>> =>
  answer(call('GET', `/api/v1/properties/${encodeURIComponent(property)}/audit`, { query: { ...filter, cursor } }))
