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
    identity: { token: () => 'token', take: () => {}, keep: kept, shared: () => true, forget: () => {} },
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
    state: () => state ?? talk.state,
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

test('the article that somebody comes from stays with the words until they are stored', async () => {
  const { server, talk, welcome, store } = await open()
  welcome()
  talk.say('hello', { article: 'a', language: 'en' })
  const first = server.line.sent.at(-1)
  expect(first).toMatchObject({ t: 'send', text: 'hello', article: 'a', language: 'en' })
  server.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  welcome()
  expect(server.line.sent.at(-1)).toEqual(first)
  // Another page of the same browser, after this one was closed.
  expect(JSON.parse(store.all()[0]?.[1] ?? '').frame).toEqual(first)
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

test('words that another tab has had the answer for stay until ours comes: the server tells nobody else of what we sent', async () => {
  const { server, talk, welcome, texts, store } = await open()
  welcome()
  talk.say('from this tab')
  server.line.push({ t: 'ack', id: server.line.sent.at(-1)?.id, session: 's', seq: 1, at: 1 })
  // Another tab keeps words; this one sends them as well, and is the first whom the server hears.
  store.set('x', JSON.stringify({ n: 1, frame: { t: 'send', id: 'x', text: 'from the other tab' } }))
  talk.reload()
  expect(server.line.sent.at(-1)).toMatchObject({ t: 'send', id: 'x' })
  // The other tab was told the message, and takes it out of the storage, before our acknowledgement is read.
  store.remove('x')
  talk.reload()
  server.line.push({ t: 'ack', id: 'x', session: 's', seq: 2, at: 2 })
  expect(texts()).toEqual(['from this tab', 'from the other tab'])
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
  const { server, state, welcome } = await open()
  welcome({ session: session(3, { marks: { ...marks, visitor_read: 1 } }) })
  expect(server.line.sent.find(f => f.id === 'older')).toEqual({ t: 'history', id: 'older', session: 's', before: 0 })
  server.line.push({ t: 'history', id: 'older', session: 's', messages: [team(1), team(2), team(3)] })
  expect(state().unread).toBe(2)
  server.line.push({ t: 'message', session: 's', m: team(4) })
  expect(state().unread).toBe(3)
  server.line.push({ t: 'marks', session: 's', marks: { ...marks, visitor_read: 4 } })
  expect(state().unread).toBe(0)
})

test('what is seen is not unread any more, before the server knows', async () => {
  const { state, talk, welcome } = await open()
  welcome({ session: session(2), messages: [team(1), team(2)] })
  expect(state().unread).toBe(2)
  await vi.advanceTimersByTimeAsync(1000)
  talk.see(true)
  expect(state().unread).toBe(0)
})

test('a silent line in a chat is asked whether it lives, one of a visitor who only browses is not', async () => {
  for (const chats of [true, false]) {
    const { server, welcome, talk } = await open()
    welcome({ session: session(1, { active: chats }), messages: [team(1)] })
    const hellos = () => server.line.sent.filter(f => f.t === 'hello').length
    await vi.advanceTimersByTimeAsync(50_000)
    expect(hellos()).toBe(1)
    await vi.advanceTimersByTimeAsync(14_000)
    expect(hellos()).toBe(chats ? 2 : 1)
    talk.stop()
  }
})

const opener = { id: 'o', agent: { id: 'a', name: 'Ana' }, text: 'Looking for a gift?', at: 7 }

test('an agent speaks first: the words are the top of an empty thread, and stay there once while the answer begins a session', async () => {
  const { server, talk, texts, state, welcome } = await open()
  welcome({ opener })
  expect(texts()).toEqual(['Looking for a gift?'])
  talk.say('Yes')
  expect(texts()).toEqual(['Looking for a gift?', '(Yes)'])
  const sent = server.line.sent.at(-1)
  server.line.push({ t: 'ack', id: sent?.id, session: 's', seq: 2, at: 9 })
  expect(texts()).toEqual(['Looking for a gift?', 'Yes'])
  const asked = server.line.sent.at(-1)
  expect(asked).toMatchObject({ t: 'history', session: 's', before: 2 })
  server.line.push({ t: 'session', session: session(2) })
  server.line.push({ t: 'opener' })
  server.line.push({ t: 'history', id: asked?.id, session: 's', messages: [team(1, 'Looking for a gift?')] })
  server.line.push({ t: 'message', session: 's', m: team(1, 'Looking for a gift?') })
  expect(texts()).toEqual(['Looking for a gift?', 'Yes'])
  expect(state().session?.id).toBe('s')
})

test('spoken to after an ended session: the old one is put away, and back when the words are taken away', async () => {
  const { server, texts, state, welcome } = await open()
  const old = { session: session(1, { active: false, ended_by: 'visitor' }), messages: [team(1, 'long ago')] }
  welcome({ ...old, opener })
  expect(texts()).toEqual(['Looking for a gift?'])
  expect(state().session).toBeUndefined()
  server.line.push({ t: 'opener' })
  expect(texts()).toEqual(['long ago'])
})

test('in a session that goes on there is nobody to speak to first', async () => {
  const { texts, welcome } = await open()
  welcome({ session: session(1), messages: [team(1)], opener })
  expect(texts()).toEqual(['team 1'])
})

test('a line that is lost while older messages are asked for does not end the asking', async () => {
  const { server, texts, welcome } = await open()
  welcome({ session: session(1) })
  expect(server.line.sent.at(-1)).toMatchObject({ t: 'history', id: 'older' })
  server.line.drop()
  await vi.advanceTimersByTimeAsync(1000)
  welcome({ session: session(1) })
  expect(server.line.sent.at(-1)).toMatchObject({ t: 'history', id: 'older' })
  server.line.push({ t: 'history', id: 'older', session: 's', messages: [team(1)] })
  expect(texts()).toEqual(['team 1'])
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
