/** A piece of a text: a hit, or what is between. */
export interface Piece {
  text: string
  hit: boolean
}

/** Cuts a text where one of the sought words begins a word in it, whatever the case and the accents. */
export function highlight(text: string, sought: string): Piece[] {
  const words = sought
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map(fold)
  if (words.length === 0) return [{ text, hit: false }]
  const pieces: Piece[] = []
  const push = (part: string, hit: boolean) => {
    const last = pieces.at(-1)
    if (last && last.hit === hit) last.text += part
    else if (part) pieces.push({ text: part, hit })
  }
  for (const part of text.split(/([\p{L}\p{N}\p{M}]+)/u)) {
    const hit = words.find(word => fold(part).startsWith(word))
    if (!hit) {
      push(part, false)
      continue
    }
    const length = lengthOf(part, hit.length)
    push(part.slice(0, length), true)
    push(part.slice(length), false)
  }
  return pieces
}

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** How many signs of a word make so many folded ones. */
function lengthOf(word: string, folded: number): number {
  for (let at = 1; at <= word.length; at++) if (fold(word.slice(0, at)).length >= folded) return at
  return word.length
}
