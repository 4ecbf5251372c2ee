import { memoryStore } from '@parley/core'
import { expect, it } from 'vitest'
import { keeper } from './kept'

const words = (markdown: string) => ({ title: 't', description: '', slug: 't', markdown })
const kept = (markdown: string, at: number) => ({ words: words(markdown), base: { words: words('a'), revision: 1 }, at })

it('gives back the newest words of any window once, and forgets what is stored', () => {
  const store = memoryStore()
  const [one, two] = [keeper(store, 'me.a1.en', 'w1'), keeper(store, 'me.a1.en', 'w2')]
  one.keep(kept('ab', 1))
  two.keep(kept('abc', 2))
  expect(keeper(store, 'me.a1.ar', 'w3').take(words('a'))).toBeUndefined()
  const later = keeper(store, 'me.a1.en', 'w3')
  expect(later.take(words('a'))?.words.markdown).toBe('abc')
  later.keep(kept('abcd', 3))
  later.keep(undefined)
  expect(later.take(words('abcd'))?.words.markdown, 'other words of another window stay').toBe('ab')
})

it('forgets what was stored while nobody was left to hear it', () => {
  const store = memoryStore()
  keeper(store, 'me.a1.en', 'w1').keep(kept('ab', 1))
  const later = keeper(store, 'me.a1.en', 'w2')
  expect(later.take(words('ab'))).toBeUndefined()
  expect(later.take(words('abc')), 'also when others wrote on').toBeUndefined()
})

it('sets words aside', () => {
  const store = memoryStore()
  const one = keeper(store, 'me.a1.en', 'w1')
  one.aside(words('mine'), 7)
  expect(one.take(words('a'))).toBeUndefined()
  expect(one.asides()).toMatchObject([{ at: 7, words: words('mine') }])
  one.forget(one.asides()[0]?.key ?? '')
  expect(one.asides()).toEqual([])
})

it('takes nothing that it has not written', () => {
  const store = memoryStore()
  store.set('me.a1.en.w1', 'null')
  store.set('me.a1.en.w2', '{"words":{}}')
  store.set('me.a1.en.w3', '{')
  expect(keeper(store, 'me.a1.en', 'w4').take(words('a'))).toBeUndefined()
})
