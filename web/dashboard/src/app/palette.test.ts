import { expect, it } from 'vitest'
import { type Choice, matching } from './palette'

const choice = (text: string, hint?: string, group: Choice['group'] = 'chats'): Choice => ({ id: text, group, text, hint, run: () => {} })
const all = [choice('Maria Novak', 'Is it oven safe?'), choice('José Vega'), choice('History'), choice('Tomás Novák')]

it('finds without accents and case, by every word, in text and hint', () => {
  expect(matching(all, 'jose').map(one => one.text)).toEqual(['José Vega'])
  expect(matching(all, 'novak').map(one => one.text)).toEqual(['Maria Novak', 'Tomás Novák'])
  expect(matching(all, 'maria oven').map(one => one.text)).toEqual(['Maria Novak'])
  expect(matching(all, 'xyz')).toEqual([])
})

it('puts what begins with the words first', () => {
  expect(matching([choice('Go to history'), choice('History')], 'hist').map(one => one.text)).toEqual(['History', 'Go to history'])
})

it('shows each group once', () => {
  const mixed = [choice('The bowl'), choice('Theme: dark', '', 'actions'), choice('Ask the cook')]
  expect(matching(mixed, 'the').map(one => one.text)).toEqual(['The bowl', 'Ask the cook', 'Theme: dark'])
})
