/** A rough strength from 0 to 4, by length and variety: a hint while typing. The server decides. */
export function strength(password: string): number {
  const length = [...password].length
  if (length === 0) return 0
  if (length < 10 || new Set(password).size < 5) return 1
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter(kind => kind.test(password)).length
  return Math.min(4, 1 + (length >= 10 ? 1 : 0) + (length >= 14 ? 1 : 0) + (length >= 18 || kinds >= 3 ? 1 : 0))
}
