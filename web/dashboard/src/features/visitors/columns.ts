import type { VisitSort } from '@parley/core'

/** A column of the table: each can be sorted by. */
export interface Column {
  name: VisitSort
  /** Its share of the grid. */
  width: string
  /** Below that the table scrolls sideways. */
  least: number
  /** Numbers stand at the end. */
  number?: boolean
}

/** All columns, in the order of the screen. */
export const columns: readonly Column[] = [
  { name: 'name', width: 'minmax(180px, 1fr)', least: 180 },
  { name: 'state', width: '132px', least: 132 },
  { name: 'page', width: 'minmax(140px, 1.6fr)', least: 140 },
  { name: 'time', width: '76px', least: 76, number: true },
  { name: 'country', width: '64px', least: 64 },
  { name: 'referrer', width: '128px', least: 128 },
  { name: 'device', width: '92px', least: 92 },
  { name: 'pages', width: '72px', least: 72, number: true },
  { name: 'visits', width: '72px', least: 72, number: true },
  { name: 'chats', width: '72px', least: 72, number: true },
]

const usual: readonly VisitSort[] = ['name', 'state', 'page', 'time', 'country', 'referrer', 'pages']

/** The columns that were chosen, from how they are kept. Who it is always stands there. */
export function chosenColumns(kept: string | null | undefined): readonly Column[] {
  const names = kept ? kept.split(',') : usual
  return columns.filter(column => column.name === 'name' || names.includes(column.name))
}

/** A column taken in or out, as it is kept. */
export function withColumn(chosen: readonly Column[], name: VisitSort): string {
  const on = chosen.some(column => column.name === name)
  return columns
    .filter(column => (column.name === name ? !on : chosen.includes(column)))
    .map(column => column.name)
    .join(',')
}
