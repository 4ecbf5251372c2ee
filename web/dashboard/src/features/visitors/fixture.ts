import type { VisitorsFrame, VisitRow } from '@parley/core'

/** A visitor for tests: somebody who browses, changed as asked. */
export function visit(id: string, change: Partial<VisitRow> = {}): VisitRow {
  return {
    id,
    number: 1,
    state: 'active',
    page: { url: 'https://kiln.example/mugs', title: 'Mugs' },
    since: 1000,
    page_at: 2000,
    pages: 3,
    visits: 1,
    chats: 0,
    ...change,
  }
}

/** A frame for tests: these visitors from a place on, all of their rows with it. */
export function frame(id: string, from: number, visitors: string[], change: Partial<VisitorsFrame> = {}): VisitorsFrame {
  return {
    t: 'visitors',
    id,
    now: 5000,
    counts: { here: 500, waiting: 1, chatting: 2, active: 400, idle: 97, countries: [], pages: [] },
    total: 500,
    from,
    order: visitors,
    rows: visitors.map(one => visit(one)),
    ...change,
  }
}
