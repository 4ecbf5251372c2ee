const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** The name of what it was done to, as it was then. */
export function targetName(detail: Record<string, unknown>): string {
  return [detail.label, detail.name, detail.title, detail.email, detail.network].find(isText) ?? ''
}

/** How many, where an entry says so. */
export function countOf(detail: Record<string, unknown>): number {
  return Object.values(detail).find((value): value is number => typeof value === 'number') ?? 0
}

export interface RawFact {
  field: string
  was?: unknown
  is: unknown
  changed: boolean
}

interface Change {
  was?: unknown
  now?: unknown
}

/** What an entry holds, one by one; of changes what was before and what is now. */
export function rawFacts(detail: Record<string, unknown>): RawFact[] {
  return Object.entries(detail).flatMap(([field, value]): RawFact[] => {
    if (typeof value !== 'object' || value === null) return [{ field, is: value, changed: false }]
    if ('was' in value && 'now' in value) return [{ field, was: value.was, is: value.now, changed: true }]
    if (field !== 'changes') return [{ field, is: value, changed: false }]
    return Object.entries(value as Record<string, Change | undefined>).map(([name, change]) => ({
      field: name,
      was: change?.was,
      is: change?.now,
      changed: true,
    }))
  })
}
