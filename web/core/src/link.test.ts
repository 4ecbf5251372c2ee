import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type LinkOptions, visitorLink } from './link.ts'
import { fakeServer } from './testing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const opener = { id: 'o', agent: { id: 'a', name: 'Ana' }, text: 'Looking for a gift?', at: 7 }

async function open(about: Partial<ReturnType<LinkOptions['about']>> = {}) {
  const server = fakeServer()
  const identity = { token: () => 'token', take: vi.fn(), keep: vi.fn(), shared: () => true, forget: vi.fn() }
  const changed = vi.fn()
  const link = visitorLink({
    property: 'p',
    dial: server.dial,
    identity,
    about: () => ({ page: { url: 'https://shop.example/' }, ...about }),
    changed,
  })
  link.start()
  await vi.advanceTimersByTimeAsync(0)
  return { server, link, identity, changed }
}

test('hello says what the page knows of the visitor', async () => {
  const { server } = await open({ idle: true, consent: true, private: true })
  server.line.open()
  expect(server.line.sent[0]).toMatchObject({ t: 'hello', token: 'token', idle: true, consent: true, private: true, open: false })
})

test('the token is kept as far as the welcome allows', async () => {
  const { server, identity } = await open()
  server.line.welcome({ token: 'new', keep: true, settings: { early_cookie: false } })
  expect(identity.take).toHaveBeenLastCalledWith('new', true, false)
  server.line.push({ t: 'welcome' }) // consent was taken back
  expect(identity.take).toHaveBeenLastCalledWith(undefined, undefined, undefined)
  server.line.push({ t: 'welcome', keep: true, settings: { early_cookie: true } })
  expect(identity.take).toHaveBeenLastCalledWith(undefined, true, true)
})

test('an opener comes with the welcome or alone, and goes when it is answered', async () => {
  const { server, link, changed } = await open()
  server.line.welcome({ opener })
  expect(link.opener).toEqual(opener)
  changed.mockClear()
  server.line.push({ t: 'opener' })
  expect(link.opener).toBeUndefined()
  expect(changed).toHaveBeenCalled()
  server.line.push({ t: 'opener', opener })
  server.line.push({ t: 'team', team: { status: 'online', agents: [] } })
  expect(link.opener).toEqual(opener)
  server.line.push({ t: 'welcome' })
  expect(link.opener).toBeUndefined()
})

test('a panel that listens is told everything anew, with faces when it is open', async () => {
  const { server, link } = await open()
  link.open(true)
  server.line.welcome()
  expect(server.line.sent).toMatchObject([{ t: 'hello', open: false }]) // nobody would hear them yet
  const heard = vi.fn()
  link.listen(heard, () => ({ session: 's', last: 3 }))
  expect(server.line.sent[1]).toMatchObject({ t: 'hello', open: true, session: 's', last: 3 })
  server.line.push({ t: 'welcome' })
  expect(heard).toHaveBeenCalledTimes(1)
})

test('erased: everything is forgotten, and somebody new calls', async () => {
  const { server, link, identity } = await open()
  server.line.welcome({ settings: { version: '1' }, opener, session: { id: 's', active: true, last: 1 } })
  const heard = vi.fn()
  link.listen(heard, () => ({ session: 's', last: 1 }))
  heard.mockClear()
  server.line.drop(4006)
  expect(identity.forget).toHaveBeenCalledTimes(1)
  expect([link.settings, link.session, link.opener]).toEqual([undefined, undefined, undefined])
  expect(heard).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1000)
  server.line.open()
  expect(server.line.sent[0]).not.toHaveProperty('session')
})

test('banned: who it is stays known, or they would be somebody new', async () => {
  const { server, identity } = await open()
  server.line.welcome({ keep: true })
  server.line.drop(4002)
  expect(identity.forget).not.toHaveBeenCalled()
})

test('after a restart it is in no hurry until somebody waits for it', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  const { server, link } = await open()
  const within = async (ms: number) => {
    const before = server.lines.length
    server.line.drop()
    await vi.advanceTimersByTimeAsync(ms)
    const back = server.lines.length > before
    await vi.advanceTimersByTimeAsync(15_300 - ms)
    return back
  }
  expect(await within(1000)).toBe(true) // never live: perhaps only the other road gets through
  server.line.welcome({ settings: {} })
  expect(await within(14_000)).toBe(false)
  server.line.welcome({ session: { active: true } })
  expect(await within(1000)).toBe(true)
  server.line.welcome()
  server.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  const before = server.lines.length
  link.listen(vi.fn(), () => ({})) // the panel opens
  expect(server.lines.length).toBe(before + 1)
  server.line.welcome()
  expect(await within(1000)).toBe(true)
  vi.restoreAllMocks()
})
