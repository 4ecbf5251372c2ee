/** Something that the palette can do. */
export interface Choice {
  id: string
  group: 'chats' | 'places' | 'actions' | 'members'
  text: string
  hint?: string
  run: () => void
}

/** The choices that fit what was typed: every word in it, those that begin with it first. */
export function matching(all: readonly Choice[], typed: string, most = 30): Choice[] {
  const words = fold(typed).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return all.slice(0, most)
  const scored: { choice: Choice; score: number; at: number }[] = []
  for (const [at, choice] of all.entries()) {
    const text = fold(`${choice.text} ${choice.hint ?? ''}`)
    if (!words.every(word => text.includes(word))) continue
    const first = words[0] ?? ''
    scored.push({ choice, at, score: text.startsWith(first) ? 0 : text.includes(` ${first}`) ? 1 : 2 })
  }
  const best = scored
    .sort((a, b) => a.score - b.score || a.at - b.at)
    .slice(0, most)
    .map(one => one.choice)
  // Each group once, the one with the best hit first.
  const groups = [...new Set(best.map(choice => choice.group))]
  return groups.flatMap(group => best.filter(choice => choice.group === group))
}

/** Without case and accents: "jose" finds José. */
const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()
