import type { Settings } from './api'

/** The settings that are not as they were. */
export function changed(was: Settings, is: Settings): Partial<Settings> {
  const keys = Object.keys(is) as (keyof Settings)[]
  return Object.fromEntries(keys.filter(key => JSON.stringify(was[key]) !== JSON.stringify(is[key])).map(key => [key, is[key]]))
}

/** One domain a line, as somebody types them: spaces, commas and whole addresses are forgiven. */
export function domainsOf(text: string): string[] {
  const words = text.split(/[\s,;]+/u).filter(Boolean)
  return [
    ...new Set(
      words.map(word =>
        word
          .replace(/^[a-z]+:\/\//i, '')
          .replace(/\/.*$/, '')
          .toLowerCase(),
      ),
    ),
  ]
}

/** Minutes as the largest unit that is whole: 1440 is 1 day. */
export function minutesAs(minutes: number): { unit: 'minutes' | 'hours' | 'days'; n: number } {
  if (minutes >= 1440 && minutes % 1440 === 0) return { unit: 'days', n: minutes / 1440 }
  if (minutes >= 60 && minutes % 60 === 0) return { unit: 'hours', n: minutes / 60 }
  return { unit: 'minutes', n: minutes }
}

/** Whether days is less to keep than was; 0 keeps for ever. */
export const shorter = (was: number, days: number): boolean => days > 0 && (was === 0 || days < was)
