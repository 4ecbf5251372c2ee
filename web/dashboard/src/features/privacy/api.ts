import type { components } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'
import type { Page } from '../../lib/pages'

/** Says that a visitor was erased, by whom and when, and how much that was. Not who they were. */
export type Receipt = components['schemas']['ErasureView']

const root = '/api/v1/properties/{property}'
const filled = (path: string, property: string) => path.replace('{property}', encodeURIComponent(property))

/** Deletes everything that is held of a visitor, for good. */
export const eraseVisitor = (property: string, visitor: string): Promise<Receipt> =>
  answer(api.POST(`${root}/visitors/{visitor}/erase`, { params: { path: { property, visitor } } }))

export const listReceipts = (property: string, cursor?: string): Promise<Page<Receipt>> =>
  answer(api.GET(`${root}/erasures`, { params: { path: { property }, query: { cursor } } }))

/** Where everything that is held of a visitor can be downloaded. */
export const exportAddress = (property: string, visitor: string): string =>
  `${filled(root, property)}/visitors/${encodeURIComponent(visitor)}/export`

/** Where a receipt can be downloaded. */
export const receiptAddress = (property: string, receipt: string): string =>
  `${filled(root, property)}/erasures/${encodeURIComponent(receipt)}`
