import { describe, expect, it } from 'vitest'
import { autosave, type Draft, type Failure, type Kept, merged, mostMS, restMS, type Stored, type Words } from './draft'

const words = (markdown: string, title = 'Title'): Words => ({ title, description: '', slug: 'title', markdown })
const stored = (markdown: string, revision = 1, title = 'Title'): Stored => ({ words: words(markdown, title), revision })
const settled = () => new Promise(next => setTimeout(next))

/** An editor over a server that answers when the test lets it, and a clock that the test moves. */
function desk(first = stored('a'), kept?: Kept) {
  const calls: { words: Words; over: number; answer: (stored: Stored) => void; fail: (why: Failure) => void }[] = []
  const seen = { draft: undefined as unknown as Draft, kept: undefined as Kept | undefined, server: first }
  let at = 1000
  let timers: { due: number; run: () => void }[] = []
  const editor = autosave(first, kept, {
    save: (what, over) => new Promise((answer, refuse) => calls.push({ words: what, over, answer, fail: why => refuse({ why }) })),
    load: async () => seen.server,
    failure: error => (error as { why: Failure }).why,
    keep: one => {
      seen.kept = one
    },
    show: draft => {
      seen.draft = draft
    },
    now: () => at,
    later(run, ms) {
      const timer = { due: at + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter(one => one !== timer)
      }
    },
  })
  const pass = async (ms: number) => {
    at += ms
    const due = timers.filter(one => one.due <= at)
    timers = timers.filter(one => one.due > at)
    for (const one of due) one.run()
    await settled()
  }
  return { editor, calls, seen, pass }
}

describe('saving by itself', () => {
  it('waits until the fingers rest, keeps the words meanwhile, and says Saved', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ markdown: 'ab' })
    await pass(restMS - 1)
    editor.change({ markdown: 'abc' })
    await pass(restMS - 1)
    expect(calls.length).toBe(0)
    expect(seen.kept?.words.markdown).toBe('abc')
    expect(seen.draft.phase).toBe('saving')
    await pass(1)
    expect(calls.map(call => [call.words.markdown, call.over])).toEqual([['abc', 1]])
    calls[0]?.answer(stored('abc', 2))
    await settled()
    expect(seen.draft.phase).toBe('saved')
    expect(seen.kept).toBeUndefined()
  })

  it('saves in between who never rests, one attempt at a time', async () => {
    const { editor, calls, seen, pass } = desk()
    for (let turn = 0; turn <= mostMS / 500; turn++) {
      editor.change({ markdown: `a${turn}` })
      await pass(500)
    }
    expect(calls.length).toBe(1)
    editor.change({ markdown: 'end' })
    await pass(mostMS)
    expect(calls.length).toBe(1)
    calls[0]?.answer({ ...stored('', 2), words: calls[0].words })
    await settled()
    expect(seen.draft.words.markdown).toBe('end')
    await pass(restMS)
    expect(calls[1]?.over).toBe(2)
    expect(calls[1]?.words.markdown).toBe('end')
  })

  it('takes how the server wrote it, without what was typed meanwhile', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ slug: 'Oven Safe' })
    await pass(restMS)
    editor.change({ markdown: 'a and more' })
    calls[0]?.answer({ revision: 2, words: { ...words('a'), slug: 'oven-safe' } })
    await settled()
    expect(seen.draft.words).toEqual({ ...words('a and more'), slug: 'oven-safe' })
    expect(seen.draft.phase).toBe('saving')
  })

  it('tries again without a connection, and loses nothing', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ markdown: 'ab' })
    await pass(restMS)
    calls[0]?.fail('offline')
    await settled()
    expect(seen.draft.phase).toBe('offline')
    editor.change({ markdown: 'abc' })
    expect(seen.kept?.words.markdown).toBe('abc')
    expect(seen.draft.phase).toBe('offline')
    editor.online()
    await settled()
    expect(calls[1]?.words.markdown).toBe('abc')
    calls[1]?.fail('offline')
    await settled()
    await pass(2000)
    expect(calls.length).toBe(3)
    calls[2]?.answer(stored('abc', 2))
    await settled()
    expect(seen.draft.phase).toBe('saved')
  })

  it('says what the server refuses, and tries the next change', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ title: '' })
    await pass(restMS)
    calls[0]?.fail('refused')
    await settled()
    expect(seen.draft.phase).toBe('refused')
    expect(seen.kept?.words.title).toBe('')
    editor.change({ title: 'New' })
    expect(seen.draft.phase).toBe('saving')
    await pass(restMS)
    expect(calls.length).toBe(2)
  })
})

describe('somebody else', () => {
  it('is seen at once by who has nothing unsaved', async () => {
    const { editor, seen } = desk()
    seen.server = stored('theirs', 2)
    editor.news(2)
    await settled()
    expect(seen.draft).toMatchObject({ phase: 'saved', words: words('theirs'), stored: { revision: 2 } })
  })

  it('our own news are none', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ markdown: 'ab' })
    await pass(restMS)
    editor.news(2)
    seen.server = stored('ab', 2)
    calls[0]?.answer(stored('ab', 2))
    await settled()
    await pass(restMS)
    expect(calls.length).toBe(1)
    expect(seen.draft.phase).toBe('saved')
  })

  it('who changed another part is put together with ours', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ markdown: 'mine' })
    await pass(restMS)
    seen.server = stored('a', 2, 'Their title')
    calls[0]?.fail('changed')
    await settled()
    await pass(0)
    expect(calls[1]).toMatchObject({ over: 2, words: { title: 'Their title', markdown: 'mine' } })
  })

  it('who changed the same part is shown, and either can be taken', async () => {
    const conflict = async () => {
      const all = desk()
      all.editor.change({ markdown: 'mine' })
      await all.pass(restMS)
      all.seen.server = stored('theirs', 2)
      all.calls[0]?.fail('changed')
      await settled()
      expect(all.seen.draft).toMatchObject({ phase: 'conflict', words: words('mine'), theirs: stored('theirs', 2) })
      expect(all.seen.kept?.words.markdown).toBe('mine')
      return all
    }
    const first = await conflict()
    first.editor.change({ markdown: 'mine still' })
    await first.pass(mostMS)
    expect(first.calls.length, 'nothing is saved over them').toBe(1)
    void first.editor.mine()
    await settled()
    expect(first.calls[1]).toMatchObject({ over: 2, words: words('mine still') })

    const second = await conflict()
    expect(second.editor.theirs()).toEqual(words('mine'))
    expect(second.seen.draft).toMatchObject({ phase: 'saved', words: words('theirs') })
    expect(second.seen.kept).toBeUndefined()
  })

  it('who wrote the same words is no conflict', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ markdown: 'same' })
    await pass(restMS)
    seen.server = stored('same', 2)
    calls[0]?.fail('changed')
    await settled()
    expect(seen.draft.phase).toBe('saved')
  })

  it('who deleted the article does not delete our words', async () => {
    const { editor, calls, seen, pass } = desk()
    editor.change({ markdown: 'mine' })
    await pass(restMS)
    calls[0]?.fail('gone')
    await settled()
    expect(seen.draft).toMatchObject({ phase: 'gone', words: words('mine') })
    expect(seen.kept?.words.markdown).toBe('mine')
  })
})

describe('words of before', () => {
  it('are taken up and saved', async () => {
    const { calls, seen, pass } = desk(stored('a', 3), { words: words('ab'), base: stored('a', 3), at: 5 })
    expect(seen.draft.words.markdown).toBe('ab')
    await pass(0)
    expect(calls[0]).toMatchObject({ over: 3, words: words('ab') })
  })

  it('are a conflict when somebody wrote meanwhile', () => {
    const { seen } = desk(stored('theirs', 4), { words: words('ab'), base: stored('a', 3), at: 5 })
    expect(seen.draft).toMatchObject({ phase: 'conflict', words: words('ab'), theirs: stored('theirs', 4) })
  })

  it('that were stored after all are none', () => {
    const { seen, calls } = desk(stored('ab', 4), { words: words('ab'), base: stored('a', 3), at: 5 })
    expect(seen.draft.phase).toBe('saved')
    expect(seen.kept).toBeUndefined()
    expect(calls.length).toBe(0)
  })
})

it('puts changes together field by field', () => {
  const base = words('a')
  expect(merged(base, words('b'), words('a', 'T2'))).toEqual({ words: words('b', 'T2'), conflicts: [] })
  expect(merged(base, words('b'), words('c')).conflicts).toEqual(['markdown'])
  expect(merged(base, words('b'), words('b')).conflicts).toEqual([])
})
