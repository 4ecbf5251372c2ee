import type { AgentMessage, Card } from '@parley/core'
import type { components } from '../../lib/api.gen'

/** An article that was found. */
export type Hit = components['schemas']['HitView']

/** The language to look in for a visitor: theirs, if the help centre has it. */
export function languageFor(visitor: string | undefined, languages: readonly string[]): string | undefined {
  const short = visitor?.toLowerCase().split('-')[0]
  return short && languages.includes(short) ? short : undefined
}

/** What the card of an article that was found will be. */
export const cardOf = (hit: Hit): Card => ({
  article: hit.article,
  language: hit.language,
  title: hit.title,
  ...(hit.description && { description: hit.description }),
  ...(hit.url && { url: hit.url }),
})

const askedRunes = 200

/** What the visitor said last, to look for an answer to: the end of a long story, whole words only. */
export function lastQuestion(messages: readonly AgentMessage[]): string {
  const text =
    messages
      .findLast(message => message.kind === 'text' && message.from === 'visitor')
      ?.text?.replace(/\s+/g, ' ')
      .trim() ?? ''
  const runes = [...text]
  if (runes.length <= askedRunes) return text
  return runes
    .slice(-askedRunes)
    .join('')
    .replace(/^\S*\s/, '')
}
