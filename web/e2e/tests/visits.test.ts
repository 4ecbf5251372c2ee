import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Visitor } from '../src/people.ts'
import { until } from '../src/server.ts'
import { stage } from '../src/stage.ts'
import { Watch } from '../src/watch.ts'

const it = stage()
let watch: Watch

beforeEach(async () => {
  watch = await Watch.open(it.server.url, it.property)
})
afterEach(() => it.api.settings({ require_consent: false, respect_dnt: true, early_cookie: false }))

type Parley = { Parley: { consent(on?: boolean): void } }

/** What the widget keeps in the browser. */
const kept = (page: Page) =>
  page.evaluate(() => ({
    cookie: document.cookie.includes('parley'),
    tab: Object.keys(sessionStorage).filter(key => key.startsWith('parley')).length,
    stored: Object.keys(localStorage).filter(key => key.startsWith('parley')).length,
  }))

/** The frames that a page sends, by type. */
function frames(page: Page): string[] {
  const types: string[] = []
  page.on('websocket', socket => socket.on('framesent', ({ payload }) => types.push(JSON.parse(String(payload)).t)))
  return types
}

const follow = async (visitor: Visitor, link: string, path: string) => {
  await visitor.page.getByRole('link', { name: link }).click()
  await visitor.page.waitForURL(it.host.url + path)
}

test('a visit goes on over page loads without a cookie, and another tab is another one', async () => {
  const visitor = await Visitor.at(it.host.url)
  const { id } = await watch.at('/')
  await follow(visitor, 'Mugs', '/mugs')
  await watch.at('/mugs')
  await follow(visitor, 'Checkout', '/checkout')
  const now = await watch.at('/checkout')
  expect(now).toMatchObject({ id, pages: 3, page: { title: 'Kiln Street /checkout' } })
  expect(await watch.trail(id)).toEqual(['/checkout', '/mugs', '/'])
  expect(await kept(visitor.page)).toMatchObject({ cookie: false, stored: 0 })
  const other = await visitor.tab(`${it.host.url}/mugs`)
  await other.launcher.waitFor()
  expect((await watch.at('/mugs')).id).not.toBe(id)
})

test('a page view is one hello, however slowly the page loads; a new address is one more frame, with its title', async () => {
  const visitor = await Visitor.at('about:blank')
  const sent = frames(visitor.page)
  let load = () => {}
  await visitor.page.route('**/slow.png', route => new Promise<void>(done => (load = () => void route.abort().finally(done))))
  await visitor.page.goto(it.host.page('/slow', { body: '<img src="/slow.png" alt="">' }), { waitUntil: 'commit' })
  await visitor.launcher.waitFor() // before the page has loaded
  load()
  await visitor.page.waitForLoadState('load')
  const { id } = await watch.at('/slow')
  await visitor.page.evaluate(() => {
    history.pushState({}, '', '/slow/next')
    setTimeout(() => (document.title = 'The next one'), 100)
  })
  await watch.until(visits => visits.some(v => v.id === id && v.page.title === 'The next one'), 'the new title is told')
  expect(sent.filter(t => t === 'hello')).toHaveLength(1)
  expect(sent.filter(t => t === 'page')).toHaveLength(1)
  expect(await watch.at('/slow/next')).toMatchObject({ id, pages: 2 })
})

test('back and forth through the back/forward cache, each page counts once', async () => {
  const visitor = await Visitor.at(it.host.url)
  const { id } = await watch.at('/')
  await follow(visitor, 'Mugs', '/mugs')
  await watch.at('/mugs')
  await visitor.page.goBack()
  expect(await watch.at('/')).toMatchObject({ id, pages: 3 })
  await visitor.page.goForward()
  expect(await watch.at('/mugs')).toMatchObject({ id, pages: 4 })
})

test('untouched for ten minutes it is idle, at the next sign it is not, and a new line says it too', async () => {
  const visitor = await Visitor.at('about:blank')
  await visitor.page.clock.install()
  await visitor.page.goto(it.host.url)
  await visitor.page.clock.fastForward(1000)
  await visitor.launcher.waitFor()
  const { id } = await watch.at('/')
  const state = (wanted: string) => watch.until(visits => visits.some(v => v.id === id && v.state === wanted), `it is ${wanted}`)
  await visitor.page.clock.fastForward(9 * 60_000)
  await visitor.page.mouse.move(200, 200)
  await visitor.page.clock.fastForward(9 * 60_000)
  await state('active')
  await visitor.page.clock.fastForward(61_000)
  await state('idle')
  await visitor.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await state('left')
  await visitor.page.evaluate(() => dispatchEvent(new Event('online'))) // the line is made again, and nobody is at the page
  await state('idle')
  await visitor.page.keyboard.press('ArrowDown')
  await state('active')
})

test('where consent is asked for: nothing before it, a visit with it, nothing after it is taken back', async () => {
  await it.api.settings({ require_consent: true, early_cookie: true })
  await watch.until(visits => visits.length === 0, 'who is here has not consented')
  const visitor = await Visitor.at(it.host.url)
  await visitor.launcher.waitFor()
  await visitor.page.reload() // storage is written when one leaves
  await visitor.launcher.waitFor()
  expect(await kept(visitor.page)).toEqual({ cookie: false, tab: 0, stored: 0 })
  expect(await watch.visits()).toEqual([])

  await visitor.page.evaluate(() => (window as unknown as Parley).Parley.consent())
  const { id } = await watch.at('/')
  await until(async () => (await kept(visitor.page)).cookie, 'the owner wants the cookie early, and now it may be')

  await visitor.page.goto(it.host.page('/agreed', { attributes: 'data-consent' }))
  expect(await watch.at('/agreed')).toMatchObject({ id, pages: 2 })

  await visitor.page.evaluate(() => (window as unknown as Parley).Parley.consent(false))
  await watch.until(visits => visits.length === 0, 'the visit is forgotten')
  await until(async () => JSON.stringify(await kept(visitor.page)) === '{"cookie":false,"tab":0,"stored":0}', 'nothing is kept')
})

test('consent before the script is there is not lost', async () => {
  await it.api.settings({ require_consent: true })
  const visitor = await Visitor.at('about:blank')
  let load = () => {}
  await visitor.page.route('**/widget.js', route => new Promise<void>(done => (load = () => void route.continue().finally(done))))
  await visitor.page.goto(it.host.page('/banner', {}), { waitUntil: 'commit' })
  await visitor.page.waitForFunction(() => document.querySelector('script[data-property]'))
  await visitor.page.evaluate(() => {
    document.querySelector('script[data-property]')?.setAttribute('data-consent', '')
    ;(window as unknown as Partial<Parley>).Parley?.consent()
  })
  load()
  await watch.at('/banner')
  await visitor.context.close()
})

test('a browser that asks for privacy has no visit and keeps nothing, unless the owner does not heed it', async () => {
  const asks = {
    'Global Privacy Control': () => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
    'Do Not Track': () => Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' }),
  }
  await watch.until(visits => visits.every(visit => visit.state === 'left'), 'nobody is here')
  for (const [name, ask] of Object.entries(asks)) {
    const visitor = await Visitor.at('about:blank')
    await visitor.page.addInitScript(ask)
    for (const path of ['/', '/mugs']) {
      await visitor.page.goto(it.host.url + path)
      await visitor.launcher.waitFor()
    }
    expect(await kept(visitor.page), name).toEqual({ cookie: false, tab: 0, stored: 0 })
    expect(
      (await watch.visits()).filter(visit => visit.state !== 'left'),
      name,
    ).toEqual([])
    await visitor.context.close()
  }
  await it.api.settings({ respect_dnt: false })
  const visitor = await Visitor.at('about:blank')
  await visitor.page.addInitScript(asks['Do Not Track'])
  await visitor.page.goto(it.host.url)
  await watch.at('/')
})

test('banned from the list, somebody who never chatted stays banned over page loads', async () => {
  const visitor = await Visitor.at(it.host.url)
  const { id } = await watch.at('/')
  const ban = await it.api.call('POST', `/properties/${it.property}/bans`, { visitor: id, reason: 'Scraping', ends_at: 0 })
  await visitor.widget.waitFor({ state: 'detached' })
  for (const path of ['/mugs', '/checkout']) {
    const turnedAway = visitor.page.waitForEvent('websocket').then(socket => socket.waitForEvent('close'))
    await visitor.page.goto(it.host.url + path)
    await turnedAway
    expect(await visitor.widget.count()).toBe(0)
  }
  await it.api.call('DELETE', `/properties/${it.property}/bans/${ban.id}`)
})

test('erased, the browser is somebody new at once, with nothing of the one before', async () => {
  const visitor = await Visitor.at(it.host.url)
  const { id } = await watch.at('/')
  await visitor.open()
  await visitor.say('Forget me')
  await visitor.sees('Forget me')
  await visitor.field.fill('half a sentence')
  const second = await visitor.tab(`${it.host.url}/mugs`)
  await second.launcher.waitFor()
  await it.api.call('POST', `/properties/${it.property}/visitors/${id}/erase`, {})
  await until(async () => JSON.stringify(await kept(visitor.page)) === '{"cookie":false,"tab":0,"stored":0}', 'nothing is kept')
  const visits = await watch.until(list => list.filter(one => one.state === 'active').length === 2, 'both tabs are there again')
  expect(visits.map(one => one.id)).not.toContain(id)
  for (const tab of [visitor, second]) {
    await tab.launcher.waitFor()
    if (!(await tab.panel.isVisible())) await tab.open()
    expect(await tab.field.inputValue()).toBe('')
    expect(await tab.bubbles()).toEqual([])
  }
  await visitor.say('Hello, I am new')
  await visitor.sees('Hello, I am new')
})
