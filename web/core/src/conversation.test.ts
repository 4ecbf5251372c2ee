import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ConversationState, conversation } from './conversation.ts'
import { visitorLink } from './link.ts'
import { memoryStore, type Store } from './storage.ts'
import { fakeServer } from './testing.ts'
import type { Marks, VisitorMessage, VisitorSession } from './wire.gen.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const marks: Marks = { visitor_got: 0, visitor_read: 0, team_got: 0, team_read: 0 }
const session = (last: number, more: Partial<VisitorSession> = {}): VisitorSession => ({
  id: 's',
  active: true,
  started_at: 1,
  last,
  marks,
  ...more,
})
const team = (seq: number, text = `team ${seq}`): VisitorMessage => ({
  seq,
  id: `t${seq}`,
  at: seq,
  kind: 'text',
  from: 'agent',
  author: { id: 'a', name: 'Ana' },
  text,
})
const settings = { version: '1', typing_preview: true }

async function open(store: Store = { ...memoryStore(), lasting: true }) {
  const server = fakeServer()
  const kept = vi.fn()
  const news = vi.fn()
  const link = visitorLink({
    property: 'p',
    dial: server.dial,
    identity: { token: () => 'token', take: () => {}, keep: kept, shared: () => true },
    about: () => ({ page: { url: 'https://shop.example/' } }),
    changed: () => {},
  })
  let state: ConversationState | undefined
  const talk = conversation({ link, store, news, changed: s => (state = s) })
  link.start()
  await vi.advanceTimersByTimeAsync(0)
  const welcome = (fields: object = {}) =>
    server.line.welcome({ now: Date.now(), settings, team: { status: 'online', agents: [] }, ...fields })
  return {
    server,
    link,
    talk,
    kept,
    news,
    store,
    welcome,
    texts: () => [...(state ?? talk.state).thread.messages.map(m => m.text), ...talk.state.pending.map(i => `(${i.frame.text})`)],
  }
}

test('a first message is pending until its ack, then stands in the thread once', async () => {
  const { server, talk, welcome, texts, kept } = await open()
  welcome()
  talk.say('hello')
  expect(kept).toHaveBeenCalled()
  expect(texts()).toEqual(['(hello)'])
  const sent = server.line.sent.at(-1)
  server.line.push({ t: 'ack', id: sent?.id, session: 's', seq: 1, at: 5 })
  server.line.push({ t: 'session', session: session(1) })
  server.line.push({ t: 'message', session: 's', m: { seq: 1, id: sent?.id, at: 5, kind: 'text', from: 'visitor', text: 'hello' } })
  expect(texts()).toEqual(['hello'])
})

test('an ack lost with the line: the message goes out again under its id', async () => {
  const { server, talk, welcome } = await open()
  welcome()
  talk.say('hello')
  const first = server.line.sent.at(-1)
  server.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  welcome()
  expect(server.line.sent.at(-1)).toEqual(first)
})

test('hello carries how far we have the session, without a gap', async () => {
  const { server, welcome } = await open()
  welcome({ session: session(2), messages: [team(1), team(2)] })
  server.line.push({ t: 'message', session: 's', m: team(4) })
  server.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  server.line.open()
  expect(server.line.sent[0]).toMatchObject({ t: 'hello', session: 's', last: 2, settings: '1' })
})

test('a gap is asked for after 150 ms and filled in its place', async () => {
  const { server, welcome, texts } = await open()
  welcome({ session: session(1), messages: [team(1)] })
  server.line.push({ t: 'message', session: 's', m: team(3) })
  await vi.advanceTimersByTimeAsync(150)
  const asked = server.line.sent.at(-1)
  expect(asked).toMatchObject({ t: 'history', session: 's', after: 1 })
  server.line.push({ t: 'history', id: asked?.id, session: 's', messages: [team(2), team(3)] })
  expect(texts()).toEqual(['team 1', 'team 2', 'team 3'])
})

test('marks: received at once, read only while seen, at most one a second', async () => {
  const { server, talk, welcome } = await open()
  welcome({ session: session(1), messages: [team(1)] })
  for (const seq of [2, 3, 4]) server.line.push({ t: 'message', session: 's', m: team(seq) })
  await vi.advanceTimersByTimeAsync(1000)
  const sent = () => server.line.sent.filter(f => f.t === 'mark')
  expect(sent()).toEqual([
    { t: 'mark', session: 's', got: 1 },
    { t: 'mark', session: 's', got: 4 },
  ])
  talk.see(true)
  await vi.advanceTimersByTimeAsync(1000)
  expect(sent().at(-1)).toEqual({ t: 'mark', session: 's', got: 4, read: 4 })
})

test('what was seen is marked when the panel closes, before its second is over', async () => {
  const { server, talk, welcome } = await open()
  welcome({ session: session(1), messages: [team(1)] })
  talk.see(true)
  talk.see(false)
  expect(server.line.sent.at(-1)).toEqual({ t: 'mark', session: 's', got: 1, read: 1 })
})

test('the badge counts what the team said since the read mark', async () => {
  const { server, link, welcome } = await open()
  welcome({ session: session(3, { marks: { ...marks, visitor_read: 1 } }) })
  expect(server.line.sent.find(f => f.id === 'unread')).toEqual({ t: 'history', id: 'unread', session: 's', after: 1 })
  server.line.push({ t: 'history', id: 'unread', session: 's', messages: [team(2), team(3)] })
  expect(link.unread).toBe(2)
  server.line.push({ t: 'message', session: 's', m: team(4) })
  expect(link.unread).toBe(3)
  server.line.push({ t: 'marks', session: 's', marks: { ...marks, visitor_read: 4 } })
  expect(link.unread).toBe(0)
})

test('end goes out after the words that wait before it', async () => {
  const { server, talk, welcome } = await open()
  welcome({ session: session(0) })
  talk.say('one last thing')
  talk.end()
  expect(server.line.types).toEqual(['send'])
  server.line.push({ t: 'ack', id: server.line.sent.at(-1)?.id, session: 's', seq: 1, at: 1 })
  expect(server.line.types.filter(t => t !== 'mark')).toEqual(['send', 'end'])
})

test('a new chat puts the ended one away, and a new session brings a new thread', async () => {
  const { server, talk, welcome, texts } = await open()
  welcome({ session: session(1, { active: false, ended_by: 'visitor' }), messages: [team(1)] })
  expect(texts()).toEqual(['team 1'])
  talk.startNew()
  expect(talk.state.session).toBeUndefined()
  expect(texts()).toEqual([])
  talk.say('again')
  server.line.push({ t: 'ack', id: server.line.sent.at(-1)?.id, session: 's2', seq: 1, at: 1 })
  server.line.push({ t: 'session', session: session(1, { id: 's2' }) })
  expect(texts()).toEqual(['again'])
  expect(talk.state.session?.id).toBe('s2')
})

test('typing goes out at most twice a second with the words, and is forgotten after 8 s', async () => {
  const { server, talk, welcome } = await open()
  welcome({ session: session(0) })
  for (const text of ['h', 'he', 'hel']) talk.typing(text)
  await vi.advanceTimersByTimeAsync(500)
  expect(server.line.sent.filter(f => f.t === 'typing')).toEqual([
    { t: 'typing', on: true, text: 'h' },
    { t: 'typing', on: true, text: 'hel' },
  ])
  server.line.push({ t: 'typing', session: 's', agent: { id: 'a', name: 'Ana' }, on: true })
  expect(talk.state.typing?.name).toBe('Ana')
  await vi.advanceTimersByTimeAsync(8000)
  expect(talk.state.typing).toBeUndefined()
})

test('news are what comes in now, not what a welcome brings', async () => {
  const { server, news, welcome } = await open()
  welcome({ session: session(1), messages: [team(1)] })
  expect(news).not.toHaveBeenCalled()
  server.line.push({ t: 'message', session: 's', m: team(2) })
  server.line.push({ t: 'message', session: 's', m: team(2) })
  expect(news).toHaveBeenCalledTimes(1)
})

test('banned, the link knows nothing of the visitor any more and tells the panel nothing', async () => {
  const { server, link, welcome } = await open()
  welcome({ session: session(1), messages: [team(1)] })
  const heard = vi.fn()
  link.listen(heard, () => ({ session: 's', last: 1 }))
  heard.mockClear()
  server.line.drop(4002)
  expect(link.state).toBe('banned')
  expect(link.settings).toBeUndefined()
  expect(link.session).toBeUndefined()
  expect(heard).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(55_000)
  server.line.open()
  expect(server.line.sent[0]).toMatchObject({ t: 'hello', open: false, token: 'token' })
  expect(server.line.sent[0]).not.toHaveProperty('session')
})
