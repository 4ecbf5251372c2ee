import type { components, operations } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'
import type { Page } from '../../lib/pages'

type Schemas = components['schemas']

/** A ban as the list shows it. */
export type Ban = Schemas['BanView']
/** A ban with what happened. */
export type BanRecord = Schemas['BanRecordView']
/** What a ban covers. An address is one IPv4 address or one IPv6 household (/64); every other network is a range. */
export type Kind = Ban['kinds'][number]
export const kinds = ['visitor', 'address', 'range', 'email', 'domain'] as const satisfies readonly Kind[]
/** What to ban. From a chat: its visitor, and their address where address is true. By hand: the others. */
export type Target = Pick<Schemas['MakeBanInputBody'], 'chat' | 'address' | 'network' | 'email' | 'domain'>
/** What a ban would cover, and whom else it would hit. */
export type Preview = Schemas['BanPreviewOutputBody']
export type Allowed = Schemas['AllowedNetworkView']
export type Verdict = Schemas['BanTestOutputBody']
export type ImportReport = Schemas['ImportedBansOutputBody']
/** What the list is asked for, as it stands in the page's address too. */
export type BanFilter = Omit<NonNullable<operations['list-bans']['parameters']['query']>, 'cursor' | 'limit'>

const root = '/api/v1/properties/{property}/bans'
const one = '/api/v1/properties/{property}/bans/{ban}'
const allowed = '/api/v1/properties/{property}/allowed-networks'
const at = (property: string) => ({ path: { property } })

export const listBans = (property: string, filter: BanFilter, cursor?: string): Promise<Page<Ban>> =>
  answer(api.GET(root, { params: { ...at(property), query: { ...filter, cursor } } }))

export const getBan = (property: string, ban: string): Promise<BanRecord> => answer(api.GET(one, { params: { path: { property, ban } } }))

/** What a ban would cover and whom else it would hit; nothing is made. */
export const previewBan = (property: string, target: Target): Promise<Preview> =>
  answer(api.POST(`${root}/preview`, { params: at(property), body: target }))

export const makeBan = (property: string, ban: Target & { reason: string; ends_at: number }): Promise<BanRecord> =>
  answer(api.POST(root, { params: at(property), body: ban }))

export const editBan = (property: string, ban: string, change: { reason?: string; ends_at?: number }): Promise<BanRecord> =>
  answer(api.PATCH(one, { params: { path: { property, ban } }, body: change }))

/** Lifts a ban; Past bans keep it. */
export const liftBan = (property: string, ban: string) => answer(api.DELETE(one, { params: { path: { property, ban } } }))

export const liftBans = (property: string, ids: string[]) => answer(api.POST(`${root}/lift`, { params: at(property), body: { ids } }))

export const testBan = (property: string, who: { address?: string; email?: string; visitor?: string }): Promise<Verdict> =>
  answer(api.GET(`${root}/test`, { params: { ...at(property), query: who } }))

export const exportAddress = (property: string): string => `${root}/export.csv`.replace('{property}', encodeURIComponent(property))

export const importBans = (property: string, csv: string): Promise<ImportReport> =>
  answer(
    api.POST(`${root}/import`, {
      params: at(property),
      body: csv,
      bodySerializer: body => body,
      headers: { 'Content-Type': 'text/csv' },
    }),
  )

export const listAllowed = (property: string) => answer(api.GET(allowed, { params: at(property) }))

export const allow = (property: string, network: string, note: string): Promise<Allowed> =>
  answer(api.POST(allowed, { params: at(property), body: { network, note } }))

export const removeAllowed = (property: string, network: string) =>
  answer(api.DELETE('/api/v1/properties/{property}/allowed-networks/{network}', { params: { path: { property, network } } }))
