/** A piece of a text: words, or words that lead somewhere. Never HTML. */
export interface Segment {
  text: string
  href?: string
}

const candidates = /\bhttps?:\/\/[^\s<>"'`]+|\bwww\.[^\s<>"'`]+\.[^\s<>"'`]+|\b(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu
const closers: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** Cuts a text into words and links. Only http, https and mailto addresses become links. */
export function linkify(text: string): Segment[] {
  const segments: Segment[] = []
  let from = 0
  for (const match of text.matchAll(candidates)) {
    const words = trimEnd(match[0])
    const href = address(words)
    if (!href) continue
    if (match.index > from) segments.push({ text: text.slice(from, match.index) })
    segments.push({ text: words, href })
    from = match.index + words.length
  }
  if (from < text.length) segments.push({ text: text.slice(from) })
  return segments
}

/** A full stop or a bracket after an address belongs to the sentence, unless the bracket was opened inside. */
function trimEnd(words: string): string {
  let end = words.length
  for (; end > 0; end--) {
    const last = words.charAt(end - 1)
    const opener = closers[last]
    const before = words.slice(0, end)
    if (opener ? before.split(opener).length >= before.split(last).length : !'.,;:!?…،؛؟'.includes(last)) break
  }
  return words.slice(0, end)
}

function address(words: string): string | undefined {
  const scheme = /^(https?|mailto):/i.test(words)
  const full = scheme ? words : words.startsWith('www.') || !words.includes('@') ? `https://${words}` : `mailto:${words}`
  try {
    const url = new URL(full)
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}
