import type { Person } from './wire.gen.ts'

/** What a visitor calls an agent: the first name, where it is written as one word of Latin letters before another. */
export function firstName(person: Person | undefined): string {
  return /^(\p{Script=Latin}{3,})\s/u.exec(person?.name ?? '')?.[1] ?? person?.name ?? ''
}

/** Two letters for somebody without a picture. */
export function initials(person: Person | undefined): string {
  return (person?.name ?? '')
    .split(/\s+/)
    .slice(0, 2)
    .map(word => [...word][0] ?? '')
    .join('')
    .toLocaleUpperCase()
}

/** Which of the six tints is behind the letters: always the same for one person. */
export function tintOf(person: Person | undefined): number {
  return ([...(person?.id ?? '')].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 6) + 1
}
