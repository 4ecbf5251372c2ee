import { answer, call } from '../../lib/http'
import type { Page } from '../chats/api'

/** What a ban covers. An address is one IPv4 address or one IPv6 household (/64); every other network is a range. */
export type Kind = 'visitor' | 'address' | 'range' | 'email' | 'domain'
export const kinds = ['visitor', 'address', 'range', 'email', 'domain'] as const

export interface Person {
  id: string
  name: string
  picture?: string
}

/** A ban as the list shows it. */
export interface Ban {
  id: string
  kinds: Kind[]
  visitor?: { id: string; number: number; name?: string; email?: string }
  network?: string
  email?: string
  domain?: string
  reason: string
  by: Person
  made_at: number
  /** 0: never. */
  ends_at: number
  state: 'active' | 'lapsed' | 'lifted'
  lifted_by?: Person
  lifted_at?: number
  hits: number
  hit_at?: number
  /** The chat it was made from. */
  chat?: string
  /** The visitor's name, or the network, email address or domain. */
  label: string
}

/** A ban with what happened. */
export interface BanRecord extends Ban {
  record?: {
    name?: string
    email?: string
    address?: string
    country?: string
    browser?: string
    system?: string
    page?: { url: string; title?: string }
    language?: string
    messages?: { at: number; from: 'visitor' | 'agent' | 'system'; author?: Person | string; text?: string }[]
  }
}

/** What to ban. From a chat: its visitor, and their address where address is true. By hand: the others. */
export interface Target {
  chat?: string
  address?: boolean
  network?: string
  email?: string
  domain?: string
}

export interface Preview {
  /** What an address would cover. */
  network?: string
  /** Visitors of the last 24 hours whom it would hit besides the one it is meant for. */
  others: number
  others_in_chat: number
  refused?: { code: string; message: string }
}

export interface Allowed {
  id: string
  network: string
  note: string
  by: Person
  made_at: number
}

export interface Verdict {
  banned: boolean
  ban?: Ban
  allowed?: Allowed
}

export interface ImportReport {
  made: number
  refused: { line: number; text?: string; code: string; message: string }[]
}

/** What the list is asked for, as it stands in the page's address too. */
export interface BanFilter {
  state?: 'active' | 'past'
  kind?: string
  agent?: string
  q?: string
  end?: string
  sort?: string
}

const at = (property: string, rest = ''): string => `/api/v1/properties/${encodeURIComponent(property)}/${rest}`
const one = (property: string, ban: string): string => at(property, `bans/${encodeURIComponent(ban)}`)

export const listBans = (property: string, filter: BanFilter, cursor?: string): Promise<Page<Ban>> =>
  answer(call('GET', at(property, 'bans'), { query: { ...filter, cursor } }))

export const getBan = (property: string, ban: string): Promise<BanRecord> => answer(call('GET', one(property, ban)))

/** What a ban would cover and whom else it would hit; nothing is made. */
export const previewBan = (property: string, target: Target): Promise<Preview> =>
  answer(call('POST', at(property, 'bans/preview'), { body: target }))

export const makeBan = (property: string, ban: Target & { reason: string; ends_at: number }): Promise<BanRecord> =>
  answer(call('POST', at(property, 'bans'), { body: ban }))

export const editBan = (property: string, ban: string, change: { reason?: string; ends_at?: number }): Promise<BanRecord> =>
  answer(call('PATCH', one(property, ban), { body: change }))

/** Lifts a ban; Past bans keep it. */
export const liftBan = (property: string, ban: string): Promise<unknown> => answer(call('DELETE', one(property, ban)))

export const liftBans = (property: string, ids: string[]): Promise<unknown> =>
  answer(call('POST', at(property, 'bans/lift'), { body: { ids } }))

export const testBan = (property: string, who: { address?: string; email?: string; visitor?: string }): Promise<Verdict> =>
  answer(call('GET', at(property, 'bans/test'), { query: who }))

export const exportAddress = (property: string): string => at(property, 'bans/export.csv')

export const importBans = (property: string, csv: Blob): Promise<ImportReport> => answer(call('POST', at(property, 'bans/import'), { csv }))

export const listAllowed = (property: string): Promise<Page<Allowed>> => answer(call('GET', at(property, 'allowed-networks')))

export const allow = (property: string, network: string, note: string): Promise<Allowed> =>
  answer(call('POST', at(property, 'allowed-networks'), { body: { network, note } }))

export const removeAllowed = (property: string, id: string): Promise<unknown> =>
  answer(call('DELETE', at(property, `allowed-networks/${encodeURIComponent(id)}`)))
