import { describe, expect, it } from 'vitest'
import { again, further, type Page, pager, type Shown } from './pages'

const page = (words: string, next?: string): Page<string> => ({ items: words === '' ? [] : words.split(' '), next })
const key = (item: string) => item
const two = page('a b', 'n')

describe('a list of pages', () => {
  it('adds a page without repeating what is there', () => {
    expect(further(two, page('b c'), key)).toEqual(page('a b c'))
  })

  it('takes news of the first page and keeps the pages after it', () => {
    const three = further(two, page('c', 'm'), key)
    expect(again(three, page('new a b', 'n'), key)).toEqual(page('new a b c', 'm'))
    expect(again(three, page('a'), key), 'one page now').toEqual(page('a'))
    expect(again(three, page('x y', 'n'), key), 'nothing of what was shown is there').toEqual(page('x y', 'n'))
    expect(again(three, page(''), key)).toEqual(page(''))
  })

  it('shows what moved up once', () => {
    expect(again(page('a b c d'), page('d a', 'n'), key)).toEqual(page('d a b c'))
  })
})

/** A server that answers when the test lets it. */
function server() {
  const asked: { cursor?: string; answer: (page: Page<string>) => void; fail: () => void }[] = []
  const seen: { now: Shown<string> } = { now: { items: [], loading: true } }
  const pages = pager<string>(
    cursor => new Promise((answer, refuse) => asked.push({ cursor, answer, fail: () => refuse(new Error('broken')) })),
    key,
    shown => {
      seen.now = shown
    },
  )
  return { asked, pages, seen }
}
const settled = () => new Promise(next => setTimeout(next))

describe('a list that is asked for', () => {
  it('shows the first page, the next one, and looks once after any amount of news', async () => {
    const { asked, pages, seen } = server()
    void pages.first()
    expect(seen.now.loading).toBe(true)
    for (let news = 0; news < 5; news++) void pages.again()
    expect(asked.length).toBe(1)
    asked[0]?.answer({ items: ['b'], next: 'n' })
    await settled()
    expect(seen.now.items).toEqual(['b'])
    expect(seen.now.loading).toBe(false)
    expect(asked.length, 'the news that came meanwhile').toBe(2)
    asked[1]?.answer({ items: ['a', 'b'], next: 'n' })
    await settled()
    expect(asked.length, 'and no more').toBe(2)
    void pages.more()
    expect(asked[2]?.cursor).toBe('n')
    asked[2]?.answer({ items: ['c'] })
    await settled()
    expect(seen.now.items).toEqual(['a', 'b', 'c'])
    expect(seen.now.next).toBeUndefined()
  })

  it('forgets the answers to what is not wanted any more', async () => {
    const { asked, pages, seen } = server()
    void pages.first()
    void pages.first()
    asked[1]?.answer({ items: ['new'] })
    asked[0]?.answer({ items: ['old'] })
    await settled()
    expect(seen.now.items).toEqual(['new'])
  })

  it('says what went wrong, but keeps quiet when only news could not be had', async () => {
    const { asked, pages, seen } = server()
    void pages.first()
    asked[0]?.fail()
    await settled()
    expect(seen.now.failed).toBeInstanceOf(Error)
    void pages.first()
    expect(seen.now.failed).toBeUndefined()
    asked[1]?.answer({ items: ['a'] })
    await settled()
    void pages.again()
    asked[2]?.fail()
    await settled()
    expect(seen.now.items).toEqual(['a'])
    expect(seen.now.failed).toBeUndefined()
  })
})
