import type { Person } from '@parley/core'

/** We say that we are writing again after this time (ADR 4, decision 12). */
export const repeatMS = 20_000
/** Who has not said so for this time has gone without a word. */
export const forgetMS = 45_000

/** Somebody who has an article open in the editor. */
export interface Editor {
  agent: Person
  /** The languages that they have open. */
  languages: string[]
}

interface Heard {
  agent: Person
  language: string
  until: number
}

/** Who has an article open, by what was heard of them. */
export type Presence = ReadonlyMap<string, Heard>

interface EditingFrame {
  article: string
  language: string
  agent: Person
  on: boolean
}

/** What is known after a frame about this article. */
export function heard(presence: Presence, frame: EditingFrame, at: number): Presence {
  const next = new Map(presence)
  const key = `${frame.agent.id} ${frame.language}`
  if (frame.on) next.set(key, { agent: frame.agent, language: frame.language, until: at + forgetMS })
  else next.delete(key)
  return next
}

/** Without those who were not heard for too long. The same object where nobody goes. */
export function still(presence: Presence, at: number): Presence {
  const left = [...presence].filter(([, one]) => one.until > at)
  return left.length === presence.size ? presence : new Map(left)
}

/** The others, each once. */
export function editors(presence: Presence, me: string): Editor[] {
  const by = new Map<string, Editor>()
  for (const { agent, language } of presence.values()) {
    if (agent.id === me) continue
    const known = by.get(agent.id)
    if (known) known.languages.push(language)
    else by.set(agent.id, { agent, languages: [language] })
  }
  return [...by.values()].sort((a, b) => a.agent.name.localeCompare(b.agent.name))
}
