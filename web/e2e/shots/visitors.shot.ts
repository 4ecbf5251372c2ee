import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { phone } from '../src/browser.ts'
import { Crowd, type Somebody } from '../src/crowd.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { shoot } from '../src/shoot.ts'
import { stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })

const pages = [
  'Mugs and cups',
  'Home page',
  'Speckled mug, oat',
  'Mugs and cups',
  'Wholesale',
  'Plates',
  'Home page',
  'Glazes',
  'The workshop',
]
const nets = ['5.9.0', '5.9.1', '81.2.69', '8.8.8', '133.1.0', '193.166.0', '90.176.0', '5.9.2', '81.2.70']
const from = [
  '',
  'https://www.google.com/',
  'https://www.instagram.com/kiln',
  '',
  'https://www.bing.com/',
  'https://www.reddit.com/r/pottery',
]
const agents = [
  undefined,
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
]
const browsing = (n: number): Somebody => ({
  url: `https://kiln.example/${encodeURIComponent(pages[n % 9] ?? '')}${n % 6 === 1 ? '?utm_source=newsletter&utm_campaign=autumn' : ''}`,
  title: pages[n % 9],
  referrer: from[n % 6],
  address: `${nets[(n * 7) % 9]}.${n}`,
  agent: agents[n % 3],
  language: 'en-GB',
  time_zone: 'Europe/London',
  idle: n % 7 === 3,
})

async function open(agent: Agent, page: Page): Promise<void> {
  await page.goto(`${it.server.url}/p/${it.property}/visitors`)
  await page.getByRole('rowheader').first().waitFor()
  await agent.page.waitForLoadState('networkidle')
}

test('who is on the site', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const pocket = await Agent.at(it.server.url, owner, phone)
  for (const [one, name] of [
    [agent, 'visitors-none'],
    [pocket, 'phone-visitors-none'],
  ] as const) {
    await one.page.goto(`${it.server.url}/p/${it.property}/visitors`)
    await one.page.getByText('Nobody is on the site now').waitFor()
    await shoot(one.page, name)
  }
  const crowd = await Crowd.arrive(
    it.server.url,
    it.property,
    Array.from({ length: 124 }, (_, n) => browsing(n)),
  )
  const words = ['Is the large bowl oven safe?', 'Do you ship to Prague?', 'I would like forty plates', 'My code does not work']
  const talkers: Visitor[] = []
  for (const text of words) {
    const visitor = await Visitor.at(it.host.page(`/${talkers.length}`, {}))
    await visitor.open()
    await visitor.say(text)
    await visitor.sees(text)
    talkers.push(visitor)
  }
  await agent.page.goto(it.server.url)
  await agent.openChat('forty plates')
  await agent.say('Gladly')
  await (talkers[2] as Visitor).sees('Gladly')
  await open(agent, agent.page)
  await shoot(agent.page, 'visitors-list')
  await agent.page.getByRole('row').filter({ hasText: 'Browsing' }).filter({ hasText: 'reddit' }).first().click()
  await agent.page.getByRole('heading', { name: 'Pages seen' }).waitFor()
  await shoot(agent.page, 'visitors')
  await agent.page.getByRole('button', { name: 'Start chat' }).click()
  await agent.page.keyboard.type('Hello, shall I show you the new glazes?')
  await shoot(agent.page, 'visitors-start')
  await agent.page.keyboard.press('Enter')
  await agent.page.getByText('Sent', { exact: true }).last().waitFor()
  await shoot(agent.page, 'visitors-sent')
  await agent.page.getByRole('button', { name: 'Filter' }).click()
  await shoot(agent.page, 'visitors-filter')
  await agent.page.keyboard.press('Escape')
  await agent.page.getByRole('button', { name: 'Columns, order and groups' }).click()
  await agent.page.getByLabel('Group by').selectOption('From')
  for (const column of ['Device', 'Visits', 'Chats']) await agent.page.getByRole('checkbox', { name: column }).check()
  await shoot(agent.page, 'visitors-columns')
  await agent.page.keyboard.press('Escape')
  await agent.page.getByRole('button', { name: 'Close the visitor' }).click()
  await agent.page.getByRole('button', { name: /^Mugs and cups/ }).click()
  await agent.page
    .getByText(/ shown$/)
    .first()
    .waitFor()
  await shoot(agent.page, 'visitors-groups')
  await open(pocket, pocket.page)
  await shoot(pocket.page, 'phone-visitors')
  await pocket.page.getByRole('button', { name: 'Filter' }).tap()
  await shoot(pocket.page, 'phone-visitors-filter')
  await pocket.page.keyboard.press('Escape')
  await pocket.page.getByRole('row').filter({ hasText: 'Browsing' }).first().tap()
  await pocket.page.getByRole('heading', { name: 'Pages seen' }).waitFor()
  await shoot(pocket.page, 'phone-visitor')
  await it.api.call('PATCH', '/me', { language: 'ar' })
  for (const [one, name] of [
    [agent, 'visitors-arabic'],
    [pocket, 'phone-visitors-arabic'],
  ] as const) {
    await open(one, one.page)
    await one.page.getByRole('row').filter({ hasText: 'Speckled' }).first().click()
    await one.page.locator('ol#trail').waitFor()
    await shoot(one.page, name)
  }
  crowd.leave()
})
