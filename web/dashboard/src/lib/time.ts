/** m:ss below an hour, h:mm:ss above: how long somebody has waited. */
export function clockText(ms: number, digits: (n: number, least: number) => string = padded): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const s = digits(seconds % 60, 2)
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${digits(minutes, 1)}:${s}` : `${digits(Math.floor(minutes / 60), 1)}:${digits(minutes % 60, 2)}:${s}`
}

const padded = (n: number, least: number): string => String(n).padStart(least, '0')

/** How long ago, in the largest unit that fits. */
export function ago(ms: number): { unit: 'now' | 'minutes' | 'hours' | 'days'; n: number } {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return { unit: 'now', n: 0 }
  if (minutes < 60) return { unit: 'minutes', n: minutes }
  if (minutes < 24 * 60) return { unit: 'hours', n: Math.floor(minutes / 60) }
  return { unit: 'days', n: Math.floor(minutes / 1440) }
}

/** The start of a day given as yyyy-mm-dd, where the reader is, and of the next one, in unix ms. */
export function dayBounds(day: string): { from: number; to: number } | undefined {
  const [year, month, date] = day.split('-').map(Number)
  if (!year || !month || !date) return undefined
  return { from: new Date(year, month - 1, date).getTime(), to: new Date(year, month - 1, date + 1).getTime() }
}

/** Whether a time zone is known by its clock alone: +01:00. Who only browses says no more. */
export const isOffset = (zone: string): boolean => /^[+-]/.test(zone)

/** What to call a time zone: its city, or UTC+01:00. */
export const zoneText = (zone: string): string => (isOffset(zone) ? `UTC${zone}` : (zone.split('/').at(-1) ?? '').replaceAll('_', ' '))

/** The clock time somewhere else, and nothing where the zone is unknown to this browser. */
export function timeIn(zone: string, locale: string, at: number): string {
  // Not every browser knows a zone by its clock alone.
  if (isOffset(zone)) return timeIn('UTC', locale, at + offsetMS(zone))
  try {
    return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(at)
  } catch {
    return ''
  }
}

function offsetMS(zone: string): number {
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number)
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
