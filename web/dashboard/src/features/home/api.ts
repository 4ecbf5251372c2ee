import type { components } from '../../lib/api.gen'
import { answer, api } from '../../lib/http'

type Schemas = components['schemas']

/** The figures of some days, today included. */
export type Figures = Schemas['HomeView']
/** An hour of one day, or a day of more. */
export type Bin = Schemas['BinView']

export const periods = ['1', '7', '30'] as const
export type Period = (typeof periods)[number]

/** Days begin where the reader is. */
export const getFigures = (property: string, days: Period): Promise<Figures> =>
  answer(
    api.GET('/api/v1/properties/{property}/home', {
      params: {
        path: { property },
        query: { days: Number(days), time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      },
    }),
  )
