import type { Locator } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Crowd, type Somebody } from '../src/crowd.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })

/** Whatever a visitor does is seen within this time. */
const soonMS = 2000

let crowds: Crowd[] = []
afterEach(async () => {
  for (const crowd of crowds) crowd.leave()
  crowds = []
})
async function crowd(people: readonly Somebody[]): Promise<void> {
  crowds.push(await Crowd.arrive(it.server.url, it.property, people))
}

/** An agent with the visitors on the screen; who was here in an earlier test is left out by the search. */
async function watcher(search: string, options = {}, rest = ''): Promise<Agent> {
  const agent = await Agent.at(it.server.url, owner, options)
  await agent.page.goto(`${it.server.url}/p/${it.property}/visitors?q=${encodeURIComponent(search)}${rest}`)
  await agent.page.getByRole('heading', { name: 'Visitors', exact: true }).waitFor()
  return agent
}
const rows = (agent: Agent): Locator => agent.page.getByRole('grid').locator('[role="row"]:has([role="rowheader"])')
const row = (agent: Agent, text: string | RegExp): Locator => rows(agent).filter({ hasText: text })
const panel = (agent: Agent): Locator => agent.page.getByRole('complementary', { name: 'Visitor' })
const soon = (what: Locator, ms = soonMS) => what.first().waitFor({ timeout: ms })
/** A site of its own for a test: its pages' addresses hold the name. */
function site(name: string): string {
  for (const page of ['', '/one', '/two', '/three']) it.host.page(`/${name}${page}`, {})
  return `${it.host.url}/${name}`
}
/** A change of the page as single-page sites make it. */
async function turn(visitor: Visitor, path: string): Promise<void> {
  await visitor.page.evaluate(to => {
    history.pushState({}, '', to)
    document.title = `Title of ${to}`
  }, path)
}

test('an empty site teaches', async () => {
  const agent = await watcher('')
  await agent.page.getByText('Nobody is on the site now').waitFor()
  await accessible(agent.page, 'nobody')
  await agent.page.getByRole('link', { name: 'Put the widget on your site' }).click()
  await agent.page.getByText('data-property').first().waitFor()
})

test('a visitor moves through five pages, goes idle, leaves and comes back: the agent sees each within two seconds', async () => {
  const url = site('walk')
  const agent = await watcher('/walk')
  await agent.page.getByText('Nothing fits').waitFor()
  const visitor = await Visitor.hasty(url)
  await visitor.launcher.waitFor()
  await soon(row(agent, 'Kiln Street /walk'))
  await row(agent, 'Kiln Street /walk').click()
  await soon(panel(agent).getByRole('listitem').filter({ hasText: 'Kiln Street /walk' }).filter({ hasText: 'now' }))
  const name = (await row(agent, 'Kiln Street /walk').getByRole('rowheader').textContent())?.trim() ?? ''
  const mine = () => row(agent, name)

  await visitor.page.goto(`${url}/one`)
  await soon(mine().getByText('Kiln Street /walk/one'))
  await turn(visitor, '/walk/app/two')
  await soon(mine().getByText('Title of /walk/app/two'))
  await turn(visitor, '/walk/app/three')
  await soon(mine().getByText('Title of /walk/app/three'))
  await visitor.page.goto(`${url}/two`)
  await soon(mine().getByText('Kiln Street /walk/two'))
  await soon(panel(agent).getByRole('listitem').filter({ hasText: 'Title of /walk/app/two' }))
  expect(await rows(agent).count(), 'one visit, though nothing is kept beyond the tab').toBe(1)
  expect(await visitor.context.cookies()).toEqual([])

  for (let minute = 0; minute < 11; minute++) await visitor.minute()
  await soon(mine().getByText('Idle', { exact: true }))
  await visitor.page.mouse.move(200, 200)
  await visitor.page.mouse.move(240, 240)
  await soon(mine().getByText('Browsing', { exact: true }))

  await visitor.page.goto('about:blank')
  // Left is: nothing open for a second, so that a page change is not a departure.
  await soon(mine().getByText('Left', { exact: true }), soonMS + 1000)
  await visitor.page.goto(`${url}/three`)
  await soon(mine().getByText('Browsing', { exact: true }))
  await soon(mine().getByText('Kiln Street /walk/three'))
  expect(await rows(agent).count()).toBe(1)
})

test('Start chat is a bubble; seen, answered, and then it is a chat', async () => {
  const agent = await watcher('/speak')
  const visitor = await Visitor.at(site('speak'))
  await soon(row(agent, 'Kiln Street /speak'))
  await row(agent, 'Kiln Street /speak').click()
  await panel(agent).getByRole('button', { name: 'Start chat' }).click()
  await agent.page.keyboard.type('Hello, shall I show you the new glazes?')
  await agent.page.keyboard.press('Enter')
  await panel(agent).getByText('Hello, shall I show you the new glazes?').waitFor()
  await visitor.widget.getByText('Hello, shall I show you the new glazes?').first().waitFor()
  await panel(agent).getByText(/^Seen/).waitFor()
  await accessible(agent.page, 'a visitor who was written to')
  await visitor.widget.getByText('Hello, shall I show you the new glazes?').first().click()
  await visitor.panel.waitFor()
  await visitor.say('Yes, please do')
  await visitor.sees('Yes, please do')
  await soon(row(agent, 'Chatting'))
  await panel(agent).getByRole('link', { name: 'Open chat' }).first().click()
  await agent.sees('Hello, shall I show you the new glazes?')
  await agent.sees('Yes, please do')
  await agent.say('This way')
  await visitor.sees('This way')
})

test('a visitor in a chat is answered from the list; dismissed words are told', async () => {
  const url = site('busy')
  const agent = await watcher('/busy')
  const visitor = await Visitor.at(url)
  await visitor.open()
  await visitor.say('is anybody there')
  await soon(row(agent, 'Waiting'))
  await row(agent, 'Waiting').click()
  await panel(agent).getByRole('link', { name: 'Answer' }).click()
  await agent.sees('is anybody there')
  await agent.say('I am')
  await visitor.sees('I am')

  const other = await Visitor.at(`${url}/one`)
  await agent.page.goto(`${it.server.url}/p/${it.property}/visitors?q=${encodeURIComponent('/busy/one')}`)
  await row(agent, 'Kiln Street /busy/one').click()
  await panel(agent).getByRole('button', { name: 'Start chat' }).click()
  await agent.page.keyboard.type('Can I help?')
  await agent.page.keyboard.press('Enter')
  await other.widget.getByText('Can I help?').first().waitFor()
  await other.widget.getByRole('button', { name: 'Dismiss' }).click()
  await panel(agent).getByText('Dismissed').waitFor()
})

test('500 visitors: counts, filters, search, order, groups, and any row of all by scrolling', async () => {
  const goods = ['plates', 'mugs', 'bowls', 'glazes', 'wholesale']
  const phoneAgent =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'
  await crowd(
    Array.from({ length: 500 }, (_, n) => ({
      url: `https://kiln.example/crowd/${goods[n % 5]}`,
      title: `Crowd ${goods[n % 5]}`,
      referrer: n % 4 === 0 ? 'https://pottery.example/links' : undefined,
      address: n % 10 === 0 ? `8.8.8.${n % 250}` : `203.0.113.${n % 250}`,
      agent: n % 3 === 0 ? phoneAgent : undefined,
      idle: n % 20 === 1,
    })),
  )
  const agent = await watcher('/crowd/')
  const grid = agent.page.getByRole('grid')
  const shown = (n: number) => agent.page.getByText(`${n} shown`, { exact: true }).waitFor()
  await shown(500)
  expect(await grid.getAttribute('aria-rowcount')).toBe('501')
  expect(await rows(agent).count(), 'only what is in view is made').toBeLessThan(40)

  await agent.page.getByRole('button', { name: 'Filter' }).click()
  await agent.page.getByLabel('Device').selectOption('Phone')
  await shown(167)
  await agent.page.getByLabel('On page').selectOption('Crowd mugs')
  await shown(33)
  await agent.page.getByRole('button', { name: 'Clear' }).click()
  await agent.page.getByLabel('Came by').selectOption('pottery.example')
  await shown(125)
  await agent.page.getByLabel('Came by').selectOption('')
  await agent.page.getByRole('dialog', { name: 'Filter' }).getByText('Idle', { exact: true }).click()
  await shown(25)
  await agent.page.getByRole('button', { name: 'Clear' }).click()
  await agent.page.getByLabel('Country').selectOption('United States')
  await shown(50)
  await accessible(agent.page, 'the filters')
  await agent.page.keyboard.press('Escape')
  await agent.page.getByRole('button', { name: 'Without this filter: United States' }).click()
  await shown(500)
  await agent.page.getByRole('button', { name: /^Crowd bowls/ }).click()
  await shown(100)
  await agent.page.getByRole('button', { name: /^Crowd bowls/ }).click()
  await shown(500)

  const numbers = async () => (await rows(agent).getByRole('rowheader').allInnerTexts()).map(text => Number(text.replace(/\D/g, '')))
  await agent.page.getByRole('columnheader', { name: 'Visitor' }).getByRole('button').click()
  await until(async () => {
    const all = await numbers()
    return all.length > 5 && all.every((n, at) => at === 0 || n > (all[at - 1] ?? 0))
  }, 'the numbers go up')
  const lowest = (await numbers())[0] ?? 0
  await agent.page.getByRole('columnheader', { name: 'Visitor' }).getByRole('button').click()
  await until(async () => ((await numbers())[0] ?? 0) > lowest, 'the largest number is on top')
  expect(await agent.page.getByRole('columnheader', { name: 'Visitor' }).getAttribute('aria-sort')).toBe('descending')

  await rows(agent).first().getByRole('link').focus()
  await agent.page.keyboard.press('End')
  await until(async () => (await numbers()).includes(lowest), 'the last row comes with its data')
  await expect.poll(() => agent.page.evaluate(() => document.activeElement?.textContent)).toContain(String(lowest))
  await agent.page.keyboard.press('Home')
  await until(async () => ((await numbers())[0] ?? 0) > lowest, 'the first row is back')

  await agent.page.getByRole('button', { name: 'Columns, order and groups' }).click()
  await agent.page.getByLabel('Group by').selectOption('On page')
  await agent.page.getByRole('checkbox', { name: 'Device' }).check()
  await agent.page.keyboard.press('Escape')
  await agent.page.getByRole('columnheader', { name: 'Device' }).waitFor()
  await agent.page
    .getByRole('row', { name: 'Crowd plates 100' })
    .or(agent.page.getByRole('row', { name: 'Crowd bowls 100' }))
    .first()
    .waitFor()
  await accessible(agent.page, 'groups')
  await agent.page.reload()
  await agent.page.getByRole('columnheader', { name: 'Device' }).waitFor()
})

test('everything without a mouse', async () => {
  await crowd(Array.from({ length: 6 }, (_, n) => ({ url: `https://kiln.example/keys/${n}`, title: `Keys ${n}` })))
  const agent = await watcher('/keys/')
  await row(agent, 'Keys 5').waitFor()
  const keys = agent.page.keyboard
  const focused = () => agent.page.evaluate(() => document.activeElement?.id ?? '')
  await agent.page.locator('body').press('ArrowDown')
  await expect.poll(focused).toMatch(/^visitor-/)
  const first = await focused()
  await keys.press('ArrowDown')
  await expect.poll(focused).not.toBe(first)
  const second = await focused()
  await keys.press('Enter')
  await panel(agent).getByRole('button', { name: 'Start chat' }).waitFor()
  await expect.poll(() => agent.page.evaluate(() => document.activeElement?.tagName)).toBe('H2')
  await keys.press('Enter')
  await keys.type('written without a mouse')
  await keys.press('Enter')
  await panel(agent).getByText('written without a mouse').waitFor()
  await keys.press('Escape')
  await panel(agent).waitFor({ state: 'detached' })
  await expect.poll(focused).toBe(second)
  await agent.page.locator('body').press('/')
  await keys.press('Control+a')
  await keys.type('Keys 3')
  await expect.poll(() => rows(agent).count()).toBe(1)
  await keys.press('Control+k')
  await keys.type('Visitors')
  await keys.press('Enter')
  await agent.page.waitForURL(/visitors$/)
})

test('banned from the list: the widget is gone, and so is the visitor', async () => {
  const agent = await watcher('/rude')
  const visitor = await Visitor.at(site('rude'))
  await visitor.launcher.waitFor()
  await row(agent, 'Kiln Street /rude').click()
  await panel(agent).getByRole('button', { name: 'Ban', exact: true }).click()
  await panel(agent).getByLabel('Reason').fill('Fills every form with nonsense')
  await accessible(agent.page, 'the ban form')
  await panel(agent).getByRole('button', { name: 'Ban for 7 days' }).click()
  await until(async () => (await visitor.page.locator('parley-chat').count()) === 0, 'the widget leaves the page')
  await panel(agent).getByText('By you').waitFor()
  await row(agent, 'Kiln Street /rude').waitFor({ state: 'detached' })
})

test('after a lost connection the list and the open visitor are asked for anew', async () => {
  const agent = await watcher('/again')
  const visitor = await Visitor.at(site('again'))
  await row(agent, 'Kiln Street /again').click()
  await panel(agent).getByText('Pages seen').waitFor()
  await it.server.kill()
  await it.server.start()
  await visitor.page.goto(`${it.host.url}/again/one`)
  await row(agent, 'Kiln Street /again/one').waitFor({ timeout: 40_000 })
  await panel(agent).getByRole('listitem').filter({ hasText: 'Kiln Street /again/one' }).waitFor()
  await panel(agent).getByRole('button', { name: 'Close the visitor' }).click()
  await accessible(agent.page, 'the list')
})

test('on a phone: two lines a visitor, and the visitor is a view of its own', async () => {
  const agent = await watcher('/pocket', phone)
  await Visitor.at(site('pocket'))
  await row(agent, 'Kiln Street /pocket').waitFor()
  const box = await row(agent, 'Kiln Street /pocket').boundingBox()
  expect(box?.height).toBe(64)
  await accessible(agent.page, 'the list on a phone')
  await row(agent, 'Kiln Street /pocket').tap()
  await panel(agent).getByRole('button', { name: 'Start chat' }).waitFor()
  expect((await panel(agent).boundingBox())?.width).toBe(390)
  await accessible(agent.page, 'a visitor on a phone')
  await panel(agent).getByRole('button', { name: 'Close the visitor' }).tap()
  await row(agent, 'Kiln Street /pocket').waitFor()
})

test('nobody is told anything while nobody watches', async () => {
  const agent = await Agent.at(it.server.url)
  const sent: string[] = []
  const heard: string[] = []
  agent.page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => sent.push(String(payload)))
    socket.on('framereceived', ({ payload }) => heard.push(String(payload)))
  })
  await agent.page.reload()
  const main = agent.page.getByRole('navigation', { name: 'Main' })
  await main.getByRole('link', { name: 'Visitors' }).click()
  await until(() => heard.some(frame => frame.includes('"t":"visitors"')), 'the window is answered')
  await main.getByRole('link', { name: 'History' }).click()
  await until(() => sent.some(frame => frame.includes('"t":"visitors_stop"')), 'the window is closed')
  heard.length = 0
  const visitor = await Visitor.at(site('unseen'))
  await visitor.launcher.waitFor()
  await visitor.open()
  await visitor.say('hear me')
  // The chat is told to everybody; by then news of the visit would have come too.
  await until(() => heard.some(frame => frame.includes('hear me')), 'the chat is told')
  expect(heard.filter(frame => /"t":"visit(ors)?"/.test(frame))).toEqual([])
})
