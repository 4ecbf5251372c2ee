import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { agree } from './agree.ts'
import type { Identity } from './link.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Tabs with tokens of their own and one jar for the cookie. blind: none sees at first what another has just kept. */
function tabs(blind = false) {
  let jar: string | undefined
  const tab = (own: string): Identity => {
    let token = own
    let lasts = false
    let first = blind
    return {
      token: () => token,
      take: () => {},
      forget: () => {},
      keep() {
        if (!lasts) jar = token
        lasts = true
      },
      shared() {
        const sees = first ? undefined : jar
        first = false
        if (sees) {
          token = sees
          lasts = true
        }
        return !!sees
      },
    }
  }
  return ['a', 'b', 'c'].map(tab)
}

async function all(them: Identity[]) {
  const done = Promise.all(them.map(agree))
  await vi.runAllTimersAsync()
  await done
  return them.map(tab => tab.token())
}

test('with locks, the first tab keeps its token and the others take it', async () => {
  let turn = Promise.resolve()
  const request = (_: string, fn: () => void) => (turn = turn.then(fn))
  vi.stubGlobal('navigator', { locks: { request } })
  expect(await all(tabs())).toEqual(['a', 'a', 'a'])
})

test('without locks they wait, and take what was kept last', async () => {
  vi.stubGlobal('navigator', {})
  expect(await all(tabs(true))).toEqual(['c', 'c', 'c'])
})

test('where locks are forbidden they agree as if there were none', async () => {
  vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new Error('forbidden')) } })
  expect(await all(tabs(true))).toEqual(['c', 'c', 'c'])
})
