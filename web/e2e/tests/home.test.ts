import type { Locator } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Crowd } from '../src/crowd.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage()

/** Live numbers come within this time; figures are asked for after two seconds, and at most every five. */
const soonMS = 2500
const figuresMS = 12_000

let crowd: Crowd | undefined
afterEach(() => {
  crowd?.leave()
  crowd = undefined
})

async function home(options = {}, rest = ''): Promise<Agent> {
  const agent = await Agent.at(it.server.url, owner, options)
  await agent.page.goto(`${it.server.url}/p/${it.property}/home${rest}`)
  await tile(agent, 'First answer')
    .getByText(/\d|None/)
    .first()
    .waitFor()
  return agent
}
const tile = (agent: Agent, title: string): Locator =>
  agent.page
    .getByRole('main')
    .locator('section')
    .filter({ has: agent.page.getByRole('heading', { name: title, exact: true }) })
const figure = (agent: Agent, title: string): Locator => tile(agent, title).locator('.big')
async function shows(what: Locator, text: string, ms = soonMS): Promise<void> {
  await what
    .getByText(text, { exact: true })
    .or(what.and(what.page().getByText(text, { exact: true })))
    .first()
    .waitFor({ timeout: ms })
}
const number = async (agent: Agent, title: string): Promise<number> => Number(await figure(agent, title).textContent())

test('a property without chats: nothing is made up, and the first steps are one press away', async () => {
  const agent = await Agent.at(it.server.url, owner)
  await agent.page.getByRole('link', { name: 'Home', exact: true }).click()
  await shows(figure(agent, 'Visitors now'), '0')
  await shows(figure(agent, 'Waiting'), '0')
  await shows(figure(agent, 'Served today'), '0', figuresMS)
  await agent.page.getByText('None yet').waitFor()
  await agent.page.getByText('No chats yet').waitFor()
  await agent.page.getByText('No ratings yet').waitFor()
  expect(await agent.page.title()).toContain('Home')
  await accessible(agent.page, 'home without chats')
  await agent.page.getByRole('link', { name: 'First steps' }).click()
  await agent.page.getByText('Paste this before').waitFor()
})

test('a visitor arrives, waits, is served, leaves and rates: every number follows by itself', async () => {
  const agent = await home()
  const [here, served] = [await number(agent, 'Visitors now'), await number(agent, 'Served today')]
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await shows(figure(agent, 'Visitors now'), String(here + 1))
  await shows(figure(agent, 'Waiting'), '0')
  await visitor.say('is the large bowl oven safe')
  await shows(figure(agent, 'Waiting'), '1')
  await tile(agent, 'Waiting')
    .getByText(/^longest 0:\d\d$/)
    .waitFor()
  await agent.page.getByText('is the large bowl oven safe').waitFor()
  await tile(agent, 'Today by hour').locator('svg, .none').first().waitFor()

  await agent.page.getByRole('button', { name: /^Join Visitor/ }).click()
  await agent.sees('is the large bowl oven safe')
  await agent.say('up to two hundred degrees')
  await visitor.sees('up to two hundred degrees')
  await agent.page.getByRole('link', { name: 'Home', exact: true }).click()
  await shows(figure(agent, 'Waiting'), '0')
  await agent.page.getByText('Nobody is waiting').waitFor()
  await shows(figure(agent, 'Served today'), String(served + 1), figuresMS)
  expect(await figure(agent, 'First answer').textContent()).toMatch(/^\d:\d\d$/)
  await tile(agent, 'Who is here').getByText('1 chat').first().waitFor({ state: 'attached' })

  await visitor.endSession()
  await visitor.panel.getByText('Good', { exact: true }).first().click()
  await tile(agent, 'How it went').getByText('100%').waitFor({ timeout: figuresMS })
  await visitor.page.close()
  await shows(figure(agent, 'Visitors now'), String(here), soonMS + 1500)
})

test('a chat that nobody takes is missed, on the tile and in the chart', async () => {
  const agent = await home()
  const before = await tile(agent, 'Served today')
    .getByText(/missed/)
    .textContent()
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('is anybody there')
  await shows(figure(agent, 'Waiting'), '1')
  await visitor.endSession()
  await shows(figure(agent, 'Waiting'), '0')
  const missed = Number(before?.split(' ')[0]) + 1
  await shows(tile(agent, 'Served today'), `${missed} missed`, figuresMS)
  const sum = async () => {
    const cells = await agent.page.getByRole('table').getByRole('row').locator('td:nth-of-type(2)').allTextContents()
    return cells.map(Number).reduce((a, b) => a + b, 0)
  }
  expect(await sum()).toBe(missed)
})

test('today, 7 and 30 days: by hour and by day, in the address, and by keyboard', async () => {
  const agent = await home()
  await agent.page.getByRole('heading', { name: 'Today by hour' }).waitFor()
  await agent.page.getByRole('radio', { name: 'Today' }).focus()
  await agent.page.keyboard.press('ArrowRight')
  await agent.page.getByRole('heading', { name: '7 days, day by day' }).waitFor()
  expect(agent.page.url()).toMatch(/\/home\?days=7$/)
  expect(await agent.page.getByRole('rowheader').count()).toBe(7)
  await agent.page.keyboard.press('ArrowRight')
  await agent.page.getByRole('heading', { name: '30 days, day by day' }).waitFor()
  expect(await agent.page.getByRole('rowheader').count()).toBe(30)
  await figure(agent, 'Served').waitFor()
  await agent.page.reload()
  await agent.page.getByRole('heading', { name: '30 days, day by day' }).waitFor()
  await agent.page.keyboard.press('Control+k')
  await agent.page.keyboard.type('home')
  await agent.page.keyboard.press('Enter')
  await agent.page.getByRole('heading', { name: 'Today by hour' }).waitFor()
})

test('from the counts to the list and back: the one window ends where the other begins', async () => {
  const agent = await home()
  crowd = await Crowd.arrive(it.server.url, it.property, [{ url: 'https://kiln.example/a', title: 'Bowls' }])
  for (let turn = 0; turn < 2; turn++) {
    await agent.page.getByRole('link', { name: 'Visitors', exact: true }).click()
    await agent.page.getByRole('grid').getByText('Bowls').first().waitFor()
    const other = await Crowd.arrive(it.server.url, it.property, [{ url: `https://kiln.example/${turn}`, title: `Plates ${turn}` }])
    await agent.page.getByRole('grid').getByText(`Plates ${turn}`).first().waitFor({ timeout: soonMS })
    await agent.page.getByRole('link', { name: 'Home', exact: true }).click()
    await figure(agent, 'Visitors now').waitFor()
    const here = await number(agent, 'Visitors now')
    other.leave()
    await shows(figure(agent, 'Visitors now'), String(here - 1), soonMS + 1500)
  }
})

test('nothing is asked while nothing happens', async () => {
  const agent = await home()
  const asked: string[] = []
  agent.page.on('request', request => request.url().includes('/home?') && asked.push(request.url()))
  await agent.context.clock.install()
  await agent.page.reload() // now its timers can be hastened
  await figure(agent, 'Served today').waitFor()
  await shows(figure(agent, 'Visitors now'), '0', 15_000)
  expect(asked.length, 'asked when it comes, and once more when the line is there').toBeGreaterThan(0)
  asked.length = 0
  let lines = 0 // hastened time also makes the line look dead: whoever has a new one asks anew
  agent.page.on('websocket', () => {
    lines++
  })
  await agent.context.clock.runFor(5 * 60_000)
  // A quiet line is asked once a minute whether it lives, and its welcome may hold news. Polling every five seconds would be sixty.
  expect(asked.length, 'for each welcome, and once where a half hour begins meanwhile').toBeLessThanOrEqual(2 * lines + 7)
  expect(lines).toBeLessThan(10)
})

test('axe finds nothing, also on a phone and from right to left', async () => {
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('for the inspector of the home screen, who likes long sentences that do not end soon enough')
  const agent = await home()
  await agent.page.getByText('for the inspector').waitFor()
  await accessible(agent.page, 'home')
  const pocket = await home(phone)
  await pocket.page.getByText('for the inspector').waitFor()
  expect(await pocket.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await accessible(pocket.page, 'home on a phone')
  await it.api.call('PATCH', '/me', { language: 'ar' })
  try {
    await agent.page.reload()
    await agent.page.getByRole('heading', { name: 'بانتظار رد' }).waitFor()
    await accessible(agent.page, 'home in Arabic')
  } finally {
    await it.api.call('PATCH', '/me', { language: 'auto' })
  }
})
