import { type ServerToVisitor, type VisitorMessage, type VisitorToServer, visitorLink, type WidgetSettings } from '@parley/core'
import { widget } from '@parley/loader/element'
import { bubble } from '@parley/loader/rare'
import { mount } from '../main.ts'
import { settings as first, type Sample, sample } from './sample.ts'
import { inMemory } from './server.ts'

// The real loader and panel with a server in memory, for Administration › Widget. The page around it sends
// { settings, state } by postMessage from the same origin, or puts them into the address (?state=chat&language=ar…).
type State = 'launcher' | 'start' | 'chat' | 'offline' | 'ended' | 'missed' | 'lost' | 'refused' | 'typing'

interface Order {
  settings?: Partial<WidgetSettings>
  state?: State
}

const query = new URLSearchParams(location.search)
let settings = first
let state = (query.get('state') ?? 'chat') as State
let now: Sample
let unmount = () => {}

show({
  settings: {
    language: query.get('language') ?? 'auto',
    theme: query.get('theme') ?? 'system',
    corner: query.get('corner') ?? 'end',
    brand: query.get('brand') !== '0',
  },
})

addEventListener('message', event => {
  if (event.origin === location.origin && event.source === parent) show(event.data as Order)
})
parent?.postMessage({ preview: 'ready' }, location.origin)

/** Builds the widget anew: quick enough for every change of a field, and nothing of the last state is left. */
function show(order: Order) {
  settings = { ...settings, ...order.settings, sound: false }
  state = order.state ?? state
  unmount()
  for (const key of Object.keys(localStorage)) if (key.startsWith('parley-preview')) localStorage.removeItem(key)
  const language = settings.language === 'auto' ? document.documentElement.lang : settings.language
  now = sample(language, Date.now())
  arrange()
  const server = inMemory(answer)
  const link = visitorLink({
    property: 'preview',
    dial: server.dial,
    identity: { token: () => undefined, take() {}, keep() {}, shared: () => true, forget() {} },
    about: () => ({ page: { url: location.href } }),
    changed: () => chat.draw(),
  })
  const chat = widget({
    property: 'preview',
    base: `${location.origin}/`,
    link,
    panel: async () => ({ mount }),
    rare: async () => ({ bubble }),
    remember() {},
    forget() {},
    unsent: () => false,
  })
  link.start()
  if (state !== 'launcher') chat.open()
  if (state === 'lost') setTimeout(server.drop, 300)
  if (state === 'typing')
    setTimeout(() => now.team.agents[0] && server.push({ t: 'typing', session: 'session', agent: now.team.agents[0], on: true }), 300)
  const element = document.querySelector('parley-chat:last-of-type')
  unmount = () => {
    link.pause()
    for (const old of document.querySelectorAll('parley-chat')) old.remove()
    element?.remove()
  }
}

/** Makes the sample fit the state that is asked for. */
function arrange() {
  const { session, messages } = now
  if (state === 'offline') now.team = { status: 'offline', agents: [] }
  if (state === 'ended') {
    const end: VisitorMessage = { seq: messages.length + 1, id: 'end', at: Date.now(), kind: 'ended', from: 'system', by: 'visitor' }
    now.messages = [...messages, end]
    now.session = { ...session, active: false, ended_by: 'visitor', last: end.seq }
  }
  if (state === 'missed') {
    now.messages = messages.filter(m => m.from === 'visitor').map((m, i) => ({ ...m, seq: i + 1 }))
    now.session = { ...session, missed: true, last: now.messages.length, marks: { ...session.marks, team_read: 0 } }
  }
  if (state === 'launcher') now.session = { ...session, marks: { ...session.marks, visitor_read: 3 } }
}

function answer(frame: VisitorToServer): ServerToVisitor[] {
  const blank = state === 'start' || state === 'offline'
  switch (frame.t) {
    case 'hello':
      return [
        {
          t: 'welcome',
          now: Date.now(),
          visitor: 'visitor',
          settings,
          team: now.team,
          session: blank ? undefined : now.session,
          messages: blank ? [] : now.messages,
          panel: '/panel',
        },
      ]
    case 'send':
      if (state === 'refused') return [{ t: 'error', id: frame.id, code: 'message.too_many', message: 'too many' }]
      now.session.last++
      return [{ t: 'ack', id: frame.id, session: 'session', seq: now.session.last, at: Date.now() }]
    case 'history':
      return [{ t: 'history', id: frame.id, session: frame.session, messages: now.messages.filter(m => m.seq > (frame.after ?? 0)) }]
    case 'sessions':
      return [
        {
          t: 'sessions',
          id: frame.id,
          sessions: [1, 2].map(days => ({
            ...now.session,
            id: `s${days}`,
            active: false,
            started_at: Date.now() - days * 86_400_000 * 9,
            last_text: now.messages[days]?.text || now.messages[0]?.text,
          })),
        },
      ]
    case 'end':
      now.session = { ...now.session, active: false, ended_by: 'visitor' }
      return [
        { t: 'ack', id: frame.id },
        { t: 'session', session: now.session },
      ]
    case 'rate':
    case 'ticket':
      return [{ t: 'ack', id: frame.id }]
    default:
      return []
  }
}
