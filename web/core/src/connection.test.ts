import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ConnectionOptions, connection } from './connection.ts'
import type { AnyFrame } from './frame.ts'
import { fakeServer } from './testing.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const turn = () => vi.advanceTimersByTimeAsync(0)

async function start(more: Partial<ConnectionOptions> = {}) {
  const server = fakeServer()
  const frames: AnyFrame[] = []
  const states: string[] = []
  const line = connection({
    dial: server.dial,
    hello: () => ({ t: 'hello' }),
    frame: f => frames.push(f),
    state: (s, code) => states.push(code ? `${s} ${code}` : s),
    ...more,
  })
  line.start()
  await turn()
  return { server, line, frames, states }
}

test('is live after the welcome, and only then sends', async () => {
  const { server, line, states } = await start()
  server.line.open()
  expect(line.send({ t: 'page' })).toBe(false)
  server.line.push({ t: 'welcome' })
  expect(line.send({ t: 'page' })).toBe(true)
  expect(server.line.sent).toEqual([{ t: 'hello' }, { t: 'page' }])
  expect(states).toEqual(['connecting', 'live'])
})

test('comes back within a second, then more and more slowly', async () => {
  const { server } = await start()
  const gaps: number[] = []
  for (let i = 0; i < 8; i++) {
    const before = server.lines.length
    server.line.drop()
    let waited = 0
    for (; server.lines.length === before; waited += 50) await vi.advanceTimersByTimeAsync(50)
    gaps.push(waited)
  }
  expect(gaps[0]).toBeLessThanOrEqual(1000)
  expect(gaps).toEqual([...gaps].sort((a, b) => a - b))
  expect(gaps.at(-1)).toBeLessThanOrEqual(30_000)
})

test('whom nobody waits for comes back within 15 s: thousands do after a restart, and those who chat go first', async () => {
  vi.mocked(Math.random).mockReturnValue(0.999)
  let calm = true
  const { server } = await start({ calm: () => calm })
  const gap = async (code?: number) => {
    const before = server.lines.length
    server.line.drop(code)
    let waited = 0
    for (; server.lines.length === before; waited += 50) await vi.advanceTimersByTimeAsync(50)
    return waited
  }
  server.line.welcome()
  expect(await gap()).toBeGreaterThan(14_000)
  server.line.welcome()
  expect(await gap(1001)).toBeGreaterThan(14_000)
  server.line.welcome()
  expect(await gap(4006)).toBeLessThanOrEqual(1000)
  server.line.welcome()
  calm = false
  expect(await gap()).toBeLessThanOrEqual(1000)
  server.line.welcome()
  expect(await gap(1001)).toBeLessThanOrEqual(5300)
})

test('the codes that mean stay away are obeyed', async () => {
  for (const code of [4001, 4003, 4010]) {
    const { server, states } = await start()
    server.line.welcome()
    server.line.drop(code)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(server.lines).toHaveLength(1)
    expect(states.at(-1)).toBe(`stopped ${code}`)
  }
})

test('after a flood it waits 30 s, after a restart of the server up to 5', async () => {
  const { server } = await start()
  server.line.welcome()
  server.line.drop(4005)
  await vi.advanceTimersByTimeAsync(29_999)
  expect(server.lines).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  server.line.welcome()
  server.line.drop(1001)
  await vi.advanceTimersByTimeAsync(2800)
  expect(server.lines).toHaveLength(3)
})

test('a command without an answer within 10 s means a dead line', async () => {
  const { server, line } = await start()
  server.line.welcome()
  line.send({ t: 'send', id: 'a' })
  await vi.advanceTimersByTimeAsync(9_000)
  server.line.push({ t: 'ack', id: 'a' })
  await vi.advanceTimersByTimeAsync(20_000)
  expect(server.lines).toHaveLength(1)
  line.send({ t: 'send', id: 'b' })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(server.line.closed).toBe(true)
})

test('events of an earlier line change nothing', async () => {
  const { server, frames, states } = await start()
  const first = server.line
  first.welcome()
  first.drop()
  await vi.advanceTimersByTimeAsync(1000)
  server.line.welcome()
  first.drop(4001)
  first.push({ t: 'team' })
  expect(states.at(-1)).toBe('live')
  expect(frames.map(f => f.t)).toEqual(['welcome', 'welcome'])
})

test('resync says hello again on the same line', async () => {
  const { server, frames } = await start()
  server.line.welcome()
  server.line.push({ t: 'resync' })
  expect(server.line.sent).toEqual([{ t: 'hello' }, { t: 'hello' }])
  expect(frames.map(f => f.t)).toEqual(['welcome'])
})

test('what is not a frame is passed over', async () => {
  const { server, frames, states } = await start()
  server.line.welcome()
  for (const text of ['', '{', '[]', '{"t":1}', 'null']) server.line.text(text)
  expect(frames).toHaveLength(1)
  expect(states.at(-1)).toBe('live')
})

test('check reconnects at once, or makes sure that the line lives', async () => {
  const { server, line } = await start()
  server.line.welcome()
  line.check()
  line.check()
  expect(server.line.sent).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(server.line.closed).toBe(true)
  line.check()
  await turn()
  expect(server.lines).toHaveLength(2)
})

test('a paused line stays down until check', async () => {
  const { server, line } = await start()
  server.line.welcome()
  line.pause()
  expect(server.line.closed).toBe(true)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(server.lines).toHaveLength(1)
  line.check()
  await turn()
  expect(server.lines).toHaveLength(2)
})

test('two WebSockets that never opened: the other road, kept for the page', async () => {
  const other = fakeServer()
  const { server, states } = await start({ fallback: async () => other.dial })
  server.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  server.line.drop()
  await vi.advanceTimersByTimeAsync(2000)
  expect(other.lines).toHaveLength(1)
  other.line.welcome()
  expect(states.at(-1)).toBe('live')
  other.line.drop()
  await vi.advanceTimersByTimeAsync(2000)
  expect(server.lines).toHaveLength(2)
  expect(other.lines).toHaveLength(2)
})

test('where WebSockets have worked, the other road is not for ever', async () => {
  const other = fakeServer()
  const { server } = await start({ fallback: async () => other.dial })
  server.line.welcome()
  server.line.drop()
  for (let i = 0; i < 2; i++) {
    await vi.advanceTimersByTimeAsync(3000)
    if (other.lines.length === 0) server.line.drop()
  }
  await vi.advanceTimersByTimeAsync(5000)
  other.line.welcome()
  const before = server.lines.length
  other.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  expect(server.lines).toHaveLength(before + 1)
})

test('a browser that forbids the socket is like a lost line', async () => {
  const { states } = await start({
    dial: () => {
      throw new Error('SecurityError')
    },
  })
  expect(states).toEqual(['connecting', 'waiting'])
})

test('forgotten, it says so and comes back soon', async () => {
  const { server, states } = await start()
  server.line.welcome()
  server.line.drop(4006)
  expect(states.at(-1)).toBe('banned 4006')
  await vi.advanceTimersByTimeAsync(1000)
  server.line.welcome()
  expect(states.at(-1)).toBe('live')
})

test('banned, it forgets who was here and asks again alone after 35 to 55 s', async () => {
  const { server, line, states } = await start()
  server.line.welcome()
  server.line.drop(4002)
  line.check() // the network is back, the page shows again: that is no reason to ask
  await vi.advanceTimersByTimeAsync(44_999)
  expect(server.lines).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  server.line.open()
  server.line.drop(4002) // as the first answer, too
  expect(states.at(-1)).toBe('banned 4002')
  await vi.advanceTimersByTimeAsync(45_000)
  server.line.welcome()
  expect(states.at(-1)).toBe('live')
  expect(server.lines).toHaveLength(3)
})
