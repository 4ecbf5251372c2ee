/** The tint (1 to 6) of somebody without a picture: the same for the same key, everywhere. */
export function tintOf(key: string): number {
  let sum = 0
  for (const sign of key) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0
  return (sum % 6) + 1
}

/** One or two letters for somebody without a picture; empty where the name has none. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const first = [...(words[0] ?? '')][0] ?? ''
  const last = words.length > 1 ? ([...(words[words.length - 1] ?? '')][0] ?? '') : ''
  return (first + last).toLocaleUpperCase()
}
