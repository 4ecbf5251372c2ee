import type { Announcer } from '../features/chats/announce.svelte'
import { banning } from '../features/chats/banning.svelte'
import { inOrder, type Lists, myPart, needsMe } from '../features/chats/lists'
import type { LiveStore } from '../features/chats/live.svelte'
import { lastWords, visitorName } from '../features/chats/names'
import { t } from '../lib/i18n.svelte'
import { changeMe, chooseStatus } from '../lib/me'
import { go } from '../lib/navigation.svelte'
import { address, type Place } from '../lib/router'
import { type Membership, patchMe, session } from '../lib/session.svelte'
import { applyTheme } from '../lib/theme'
import { overlay } from './overlay.svelte'
import type { Choice } from './palette'

interface From {
  property: Membership
  groups: Lists
  openChat: string
  /** The chat on the screen, also one of the history. */
  shownChat: string
  store: LiveStore
  announcer: Announcer
}

/** Everything that the palette can do right now. */
export const choicesOf = (from: From): Choice[] => [...chats(from), ...places(from), ...actions(from), ...members(from)]

function chats({ property, groups }: From): Choice[] {
  return inOrder(groups).map(row => ({
    id: `chat-${row.id}`,
    group: 'chats',
    text: visitorName(row.visitor),
    hint: lastWords(row),
    run: () => go(address(property.id, 'chats', row.id)),
  }))
}

function places({ property }: From): Choice[] {
  const to = (id: string, text: string, path: string): Choice => ({ id, group: 'places', text, run: () => go(path) })
  const main: Place[] = ['home', 'chats', 'visitors', 'history', 'tickets', 'help']
  const pages = property.role === 'agent' ? (['bans'] as const) : (['overview', 'members', 'bans', 'widget', 'privacy', 'audit'] as const)
  const admin = pages.map(page => to(`admin-${page}`, t(`admin.${page}`), address(property.id, 'admin', page)))
  const helpPages = property.role === 'agent' ? (['categories', 'report'] as const) : (['categories', 'report', 'settings'] as const)
  const helps = helpPages.map(page => to(`help-${page}`, t(`place.help.${page}`), address(property.id, 'help', page)))
  const others = (session.me?.properties ?? [])
    .filter(one => one.id !== property.id)
    .map(one => to(`property-${one.id}`, t('property.to', { name: one.name }), address(one.id, 'chats')))
  return [
    ...main.map(place => to(place, t(`place.${place}`), address(property.id, place))),
    ...helps,
    ...admin,
    to('account', t('place.account'), address(property.id, 'account')),
    ...others,
  ]
}

function actions({ property, openChat, shownChat, store, announcer }: From): Choice[] {
  const act = (id: string, text: string, run: () => void): Choice => ({ id, group: 'actions', text, run })
  const row = store.live.rows[openChat]
  const open = row
    ? [
        act('close', t('pane.end.long', { name: visitorName(row.visitor) }), () =>
          document.querySelector<HTMLElement>('[data-key="end"]')?.click(),
        ),
        act('options', t('keys.options'), () => document.querySelector<HTMLElement>('[data-key="options"]')?.click()),
        ...(needsMe(row, store.live.me) || myPart(row, store.live.me) !== 'joined'
          ? [act('join', t('pane.join'), () => void store.command('join', row.id).catch(() => {}))]
          : []),
      ]
    : []
  const shown = store.live.rows[shownChat]
  const ban =
    shown && shown.ended_by !== 'ban'
      ? [act('ban', t('ban.palette', { name: visitorName(shown.visitor) }), () => banning.open(shown.id))]
      : []
  // Of the visitor whose panel is open.
  const start = document.querySelector<HTMLElement>('[data-key="start"]')
  const visit = start ? [act('start', start.title || (start.textContent ?? ''), () => start.click())] : []
  const status = (['online', 'away', 'invisible'] as const).map(one =>
    act(`status-${one}`, t('palette.status', { status: t(`status.${one}`) }), () => {
      void chooseStatus(one, session.me?.status ?? 'online')
    }),
  )
  const themes = (['system', 'light', 'dark'] as const).map(one =>
    act(`theme-${one}`, t('palette.theme', { theme: t(`theme.${one}`) }), () => {
      applyTheme(one)
      patchMe({ theme: one })
      void changeMe({ theme: one }).catch(() => {})
    }),
  )
  return [
    ...open,
    ...ban,
    ...visit,
    act('write', t('place.help.write'), () => go(address(property.id, 'help', '', { new: '1' }))),
    ...status,
    ...themes,
    act('sound', t(announcer.sound ? 'sound.turn.off' : 'sound.turn.on'), () => announcer.toggleSound()),
    act('keys', t('keys.open'), () => overlay.show('keys')),
  ]
}

function members({ property, openChat, store }: From): Choice[] {
  const row = store.live.rows[openChat]
  return store.live.members
    .filter(member => member.id !== store.live.me)
    .map(member => ({
      id: `member-${member.id}`,
      group: 'members',
      text: member.name,
      hint: row ? t('palette.invite') : t('palette.their'),
      run: () =>
        row ? void store.invite(row.id, member.id).catch(() => {}) : go(address(property.id, 'history', '', { agent: member.id })),
    }))
}
