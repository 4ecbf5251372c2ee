import { expect, it } from 'vitest'
import { cardOf, type Hit, languageFor, lastQuestion } from './finding'
import { message } from './fixture'

it('looks for an answer to what the visitor said last', () => {
  const agent = message(3, { from: 'agent', text: 'One moment' })
  const whisper = message(4, { kind: 'whisper', from: 'agent', text: 'Who knows?' })
  expect(lastQuestion([message(1, { text: 'Hello' }), message(2, { text: ' Is it\nsafe ' }), agent, whisper])).toBe('Is it safe')
  expect(lastQuestion([])).toBe('')
})

it('takes the end of a long story, in whole words', () => {
  const asked = lastQuestion([message(1, { text: `${'story '.repeat(100)}is stoneware safe?` })])
  expect(asked).toMatch(/^story .* is stoneware safe\?$/)
  expect(asked.length).toBeLessThanOrEqual(200)
})

it('looks in the language of the visitor where there is one', () => {
  expect(languageFor('ar-EG', ['en', 'ar'])).toBe('ar')
  expect(languageFor('de', ['en', 'ar'])).toBeUndefined()
  expect(languageFor(undefined, ['en'])).toBeUndefined()
})

it('makes a card of what was found; one for agents only has no address', () => {
  const hit: Hit = { article: 'a', language: 'en', audience: 'agents', title: 'Refunds', parts: [], snippet: [], path: [] }
  expect(cardOf(hit)).toEqual({ article: 'a', language: 'en', title: 'Refunds' })
})
