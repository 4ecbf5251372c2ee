import type { components, operations } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'
import type { Page } from '../../lib/pages'

/** Who did what, when and from where. */
export type AuditEntry = components['schemas']['EntryView']

export type AuditFilter = Omit<NonNullable<operations['list-audit']['parameters']['query']>, 'cursor' | 'limit'>

/** The property's log, newest first. */
export const listAudit = (property: string, filter: AuditFilter, cursor?: string): Promise<Page<AuditEntry>> =>
  answer(api.GET('/api/v1/properties/{property}/audit', { params: { path: { property }, query: { ...filter, cursor } } }))
