import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Host } from '../src/host.ts'
import { Agent, Visitor } from '../src/people.ts'
import { Road } from '../src/road.ts'
import { owner, until } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })

/** A customer's site as it is seen from an address. */
interface Site {
  road: Road
  host: Host
  url: string
}
const sites: Site[] = []

async function siteFrom(address: string): Promise<Site> {
  const road = await Road.from(address, it.server.url)
  const host = await Host.open(road.url, it.property)
  const site = { road, host, url: host.url }
  sites.push(site)
  return site
}
let home: Site
beforeAll(async () => {
  home = await siteFrom('203.0.113.24')
})
afterAll(async () => {
  for (const { road, host } of sites) {
    await host.close()
    await road.close()
  }
})

const bans = () => `/properties/${it.property}/bans`
const traces = (page: Page) =>
  page.evaluate(() => ({
    elements: document.querySelectorAll('parley-chat').length,
    words: document.documentElement.outerHTML.includes('parley-chat'),
    shown: document.querySelector('h1')?.textContent,
  }))
async function gone(visitor: Visitor): Promise<void> {
  await until(async () => (await traces(visitor.page)).elements === 0, 'the widget leaves the page')
  expect(await traces(visitor.page)).toEqual({ elements: 0, words: false, shown: 'Stoneware' })
}
/** Bans who is in the open chat, with the form. */
async function ban(agent: Agent, reason: string, o: { address?: boolean; end?: string; button?: string } = {}): Promise<void> {
  await agent.page.getByRole('button', { name: 'Ban visitor' }).click()
  await agent.page.getByLabel('Reason').fill(reason)
  if (o.address) await agent.page.getByLabel('Also ban the IP address').check()
  if (o.end) await agent.page.getByText(o.end, { exact: true }).click()
  await agent.page.getByRole('button', { name: o.button ?? 'Ban for 7 days' }).click()
  await agent.sees(/Banned by you/)
}
async function writer(site: Site, words: string): Promise<{ visitor: Visitor; agent: Agent }> {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(site.url)
  await visitor.open()
  await visitor.say(words)
  await agent.openChat(words)
  await agent.sees(words)
  return { visitor, agent }
}
const toList = (agent: Agent, rest = '') => agent.page.goto(`${it.server.url}/p/${it.property}/admin/bans${rest}`)

test('banned in mid-chat: both tabs lose the widget without a trace, the thread says who, why, what and until when', async () => {
  const { visitor, agent } = await writer(home, 'give me my money')
  const second = await visitor.tab(`${home.url}/mugs`)
  await second.launcher.waitFor()
  const colleague = await Agent.at(it.server.url, await it.api.colleague('Cleo Marsh'))
  await colleague.openChat('give me my money')
  await agent.say('please keep it civil')
  await visitor.sees('please keep it civil')
  await visitor.field.fill('words that were never sent')
  await ban(agent, 'Insults after a refused refund')
  await gone(visitor)
  await gone(second)
  await agent.sees('Insults after a refused refund')
  await agent.log.getByText(/^Browser, until .+\./).waitFor()
  await agent.page.getByText('This chat has ended. Nothing more can be sent.').waitFor()
  expect(await agent.field.count()).toBe(0)
  await colleague.sees(/Banned by Ana, \d\d:\d\d/)
  await colleague.sees('Insults after a refused refund')
  await accessible(agent.page, 'a banned chat')
  await agent.row('Banned by you').waitFor()
  await visitor.page.goto(`${home.url}/checkout`)
  await visitor.page.getByRole('heading', { name: 'Stoneware' }).waitFor()
  await gone(visitor)
  await agent.page.getByRole('button', { name: /^End/ }).last().click()
  await agent.row('Banned by you').waitFor({ state: 'detached' })
})

test('a visitor-only ban is got round by clearing cookies, an address ban is not, and it holds for others at the address', async () => {
  const site = await siteFrom('203.0.113.40')
  const first = await writer(site, 'first browser here')
  await ban(first.agent, 'Only this browser')
  await gone(first.visitor)
  await first.visitor.context.clearCookies()
  await first.visitor.page.evaluate(() => localStorage.clear())
  await first.visitor.page.goto(site.url)
  await first.visitor.open()
  await first.visitor.say('back with clean cookies')
  const other = await Visitor.at(site.url)
  await other.open()
  await other.say('a neighbour at the same address')
  await first.agent.openChat('back with clean cookies')
  await first.agent.page.getByRole('button', { name: 'Ban visitor' }).click()
  await first.agent.page.getByLabel('Also ban the IP address').check()
  await first.agent.page.getByText('203.0.113.40, every browser behind it').waitFor()
  await first.agent.page.getByText(/other visitors? would be banned too/).waitFor()
  await first.agent.page.getByText(/in a chat now/).waitFor()
  await accessible(first.agent.page, 'the form')
  await first.agent.page.getByLabel('Reason').fill('The whole address')
  await first.agent.page.getByText('For ever', { exact: true }).click()
  await first.agent.page.getByRole('button', { name: 'Ban for ever' }).click()
  await gone(first.visitor)
  await gone(other)
  await first.visitor.context.clearCookies()
  await first.visitor.page.goto(site.url)
  const fresh = await Visitor.at(site.url)
  await fresh.page.getByRole('heading', { name: 'Stoneware' }).waitFor()
  await fresh.page.waitForLoadState('networkidle')
  await gone(fresh)
  await gone(first.visitor)
  const elsewhere = await Visitor.at(home.url)
  await elsewhere.launcher.waitFor()
})

test('an IPv6 ban covers the household and nobody else', async () => {
  const [inside, neighbour, outside] = await Promise.all(['2001:db8:1:2::10', '2001:db8:1:2:ffff::1', '2001:db8:1:3::1'].map(siteFrom))
  if (!inside || !neighbour || !outside) throw new Error('no sites')
  const { visitor, agent } = await writer(inside, 'from the sixth version')
  const two = await Visitor.at(neighbour.url)
  const three = await Visitor.at(outside.url)
  await two.launcher.waitFor()
  await three.launcher.waitFor()
  await agent.page.getByRole('button', { name: 'Ban visitor' }).click()
  await agent.page.getByText('2001:db8:1:2::/64, the whole household').waitFor()
  await agent.page.getByRole('button', { name: 'Cancel' }).click()
  await ban(agent, 'Household', { address: true, end: '1 hour', button: 'Ban for 1 hour' })
  await gone(visitor)
  await gone(two)
  await three.page.reload()
  await three.launcher.waitFor()
})

test('nobody bans their own address or one on the allow list', async () => {
  const own = await conversation(it, 'from the same desk')
  await own.agent.page.getByRole('button', { name: 'Ban visitor' }).click()
  await own.agent.page.getByLabel('Also ban the IP address').check()
  await own.agent.page.getByText('This would cover your own IP address.').waitFor()
  await own.agent.page.getByLabel('Reason').fill('Oh')
  await own.agent.page.getByRole('button', { name: 'Ban for 7 days' }).click()
  await own.agent.page.getByRole('checkbox', { name: 'Also ban the IP address' }).and(own.agent.page.locator(':focus')).waitFor()
  await toList(own.agent, '?tab=allow')
  await own.agent.page.getByLabel('Address or range').fill('198.51.100.0/24')
  await own.agent.page.getByLabel('Note').fill('Our office')
  await own.agent.page.getByRole('button', { name: 'Allow', exact: true }).click()
  await own.agent.page.getByRole('cell', { name: '198.51.100.0/24', exact: true }).waitFor()
  await accessible(own.agent.page, 'the allow list')
  await toList(own.agent)
  await own.agent.page.getByRole('button', { name: 'Ban IP' }).first().click()
  await own.agent.page.getByLabel('Address or range').fill('198.51.100.7')
  await own.agent.page.getByText(/on the allow list, which wins/).waitFor()
  await own.agent.page.getByLabel('Would this be blocked?').fill('198.51.100.7')
  await own.agent.page.getByRole('button', { name: 'Test', exact: true }).click()
  await own.agent.page.getByText('No, 198.51.100.0/24 is on the allow list').waitFor()
  expect(await own.visitor.widget.count()).toBe(1)
})

test('the list: by hand, test box, record, edit, search, one and many deleted', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const { page } = agent
  await toList(agent)
  await page.getByRole('button', { name: 'Ban IP' }).first().click()
  await page.getByRole('button', { name: 'Ban for 7 days' }).click()
  await page.getByText('Say what to ban.').waitFor()
  await page.getByText('Say why. Your team reads it later.').waitFor()
  await page.getByLabel('Address or range').fill('192.0.2.0/33')
  await page.getByLabel('Reason').fill('Card testing from a data centre')
  await page.getByRole('button', { name: 'Ban for 7 days' }).click()
  await page.getByText(/Write an address like/).waitFor()
  await page.getByLabel('Address or range').fill('192.0.2.0/24')
  await page.getByRole('button', { name: 'Ban for 7 days' }).click()
  await page.getByRole('heading', { name: '192.0.2.0/24' }).waitFor()
  await accessible(page, 'a record')
  for (const domain of ['one.example', 'two.example', 'three.example'])
    await it.api.call('POST', bans(), { domain, reason: `Links from ${domain}`, ends_at: 0 })
  await page.getByLabel('Would this be blocked?').fill('192.0.2.180')
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await page.getByText('Yes, by').waitFor()
  await page.getByLabel('Would this be blocked?').fill('someone@one.example')
  await page.getByRole('button', { name: 'Test', exact: true }).click()
  await page.getByRole('status').getByRole('link', { name: 'one.example' }).click()
  await page.getByRole('heading', { name: 'one.example', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByLabel('Reason').fill('Links every morning')
  await page.getByText('1 day', { exact: true }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('complementary', { name: 'Record of the ban' }).getByText('Links every morning').waitFor()
  await page.getByText(/In force until/).waitFor()
  await page.getByRole('button', { name: 'Close the record' }).click()
  await page.getByLabel('Search bans').fill('two.example')
  await page.getByRole('link', { name: 'three.example' }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'two.example' }).waitFor()
  await page.getByLabel('Search bans').fill('')
  await page.getByLabel('Covers', { exact: true }).selectOption('domain')
  await page.getByLabel('Select two.example').check()
  await page.getByLabel('Select three.example').check()
  await page.getByText('2 selected').waitFor()
  await accessible(page, 'two selected')
  await page.getByRole('region', { name: 'Selected bans' }).getByRole('button', { name: 'Delete' }).click()
  await page
    .getByRole('dialog', { name: 'Delete 2 bans?' })
    .getByText(/can write again/)
    .waitFor()
  await accessible(page, 'the question')
  await page.getByRole('button', { name: 'Delete 2 bans' }).click()
  await page.getByRole('link', { name: 'two.example' }).waitFor({ state: 'detached' })
  await page.getByRole('table').getByRole('link', { name: 'one.example' }).click()
  await page.getByRole('complementary').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog', { name: 'Delete the ban of one.example?' }).getByRole('button', { name: 'Delete 1 ban' }).click()
  await page.getByRole('table').getByRole('link', { name: 'one.example' }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Past bans' }).click()
  await page.getByRole('link', { name: 'one.example' }).click()
  await page.getByText('Lifted by Ana').or(page.getByText('Lifted by You')).first().waitFor()
  expect(await page.getByRole('complementary').getByRole('button', { name: 'Delete' }).count()).toBe(0)
  await accessible(page, 'past bans')
})

test('import tells every refused line, export gives the list back, and the audit log says who did it', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const { page } = agent
  await toList(agent)
  await page.getByRole('button', { name: 'Import and export' }).click()
  await page.getByRole('menuitem', { name: 'Import a CSV file' }).click()
  const csv = 'kind,value,reason,ends_at\ndomain,csv.example,Spam,never\nrange,1.2.3.4/99,Spam,never\naddress,192.0.2.200,,never\n'
  await page.getByLabel('CSV file').setInputFiles({ name: 'bans.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByText('1 ban made. 2 lines were refused:').waitFor()
  await accessible(page, 'the report')
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('link', { name: 'csv.example' }).waitFor()
  await page.getByRole('button', { name: 'Import and export' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export as CSV' }).click()])
  expect(download.suggestedFilename()).toMatch(/\.csv$/)
  await page.goto(`${it.server.url}/p/${it.property}/admin/audit?action=ban`)
  const imported = page.getByRole('listitem').filter({ hasText: 'Ana Ruiz imported 1 ban' })
  await imported.getByText('imported').click()
  await imported.getByText('From address').waitFor()
  await accessible(page, 'the audit log')
})

test('agents read the list without its buttons', async () => {
  await it.api.call('POST', bans(), { domain: 'read-only.example', reason: 'To be read', ends_at: 0 })
  const agent = await Agent.at(it.server.url, await it.api.colleague('Dora Finch'))
  await agent.page.getByRole('link', { name: 'Administration' }).click()
  await agent.page.getByRole('link', { name: 'read-only.example' }).click()
  await agent.page.getByRole('complementary').getByText('To be read').waitFor()
  for (const name of ['Ban IP', 'Delete', 'Change', 'Import and export'])
    expect(await agent.page.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  expect(await agent.page.getByRole('checkbox').count()).toBe(0)
})

test('lifted: an open page shows the widget again without a reload, and a new chat is a new session', async () => {
  const site = await siteFrom('203.0.113.60')
  const { visitor, agent } = await writer(site, 'before the ban')
  await ban(agent, 'By mistake')
  await gone(visitor)
  const [banned] = (await it.api.call('GET', `${bans()}?q=${encodeURIComponent('By mistake')}`)).items
  await it.api.call('DELETE', `${bans()}/${banned.id}`)
  await visitor.launcher.waitFor({ timeout: 70_000 })
  await visitor.open()
  await visitor.panel.getByRole('button', { name: 'Start a new chat' }).click()
  await visitor.say('after the ban')
  await agent.openChat('after the ban')
  await agent.sees('after the ban')
  expect(await agent.log.getByText('before the ban').count()).toBe(0)
}, 120_000)

test('everything without a mouse, and Escape takes the form back', async () => {
  const site = await siteFrom('203.0.113.70')
  const { visitor, agent } = await writer(site, 'ban me by keyboard')
  const { page } = agent
  const keys = page.keyboard
  const focused = (name: string) => page.getByLabel(name).and(page.locator(':focus')).waitFor()
  await page.getByRole('button', { name: 'Ban visitor' }).focus()
  await keys.press('Enter')
  await focused('Reason')
  await keys.press('Escape')
  await page.getByRole('button', { name: 'Ban visitor' }).and(page.locator(':focus')).waitFor()
  await keys.press('Control+k')
  await keys.type('Ban visitor')
  await keys.press('Enter')
  await focused('Reason')
  await keys.type('By keyboard')
  await keys.press('Tab')
  await keys.press('Space')
  await page.getByText('203.0.113.70, every browser behind it').waitFor()
  await keys.press('Tab')
  await keys.press('ArrowRight') // 30 days
  await page.getByRole('button', { name: 'Ban for 30 days' }).waitFor()
  await keys.press('Enter')
  await agent.sees('By keyboard')
  await gone(visitor)
  await keys.press('Control+k')
  await keys.type('Ban list')
  await keys.press('Enter')
  const link = page.getByRole('row', { name: /By keyboard/ }).getByRole('link')
  await link.waitFor()
  const box = page.getByRole('row', { name: /By keyboard/ }).getByRole('checkbox')
  await box.focus()
  await keys.press('Space')
  await page.getByText('1 selected').waitFor()
  await keys.press('Tab')
  await keys.press('Enter')
  await page.getByRole('button', { name: 'Close the record' }).waitFor()
  await keys.press('Escape')
  await link.and(page.locator(':focus')).waitFor()
})

test('from the history, with the options hidden and shown', async () => {
  const site = await siteFrom('203.0.113.90')
  const { visitor, agent } = await writer(site, 'read again later')
  const { page } = agent
  await page.goto(page.url().replace('/chats/', '/history/'))
  await agent.log.waitFor()
  const options = page.getByRole('button', { name: 'Options', exact: true })
  const button = page.getByRole('button', { name: 'Ban visitor' })
  await button.waitFor()
  await options.click()
  await button.waitFor({ state: 'detached' })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('Ban visitor')
  await page.keyboard.press('Enter')
  await page.getByLabel('Reason').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await options.and(page.locator(':focus')).waitFor()
  await options.click()
  await ban(agent, 'Read again and banned')
  await gone(visitor)
  await page.getByText('By you', { exact: true }).waitFor()
  expect(await button.count()).toBe(0)
})

test('on a phone: the form, the list and the record', async () => {
  const site = await siteFrom('203.0.113.80')
  const visitor = await Visitor.at(site.url)
  await visitor.open()
  await visitor.say('ban me by thumb')
  const agent = await Agent.at(it.server.url, owner, phone)
  await agent.openChat('ban me by thumb')
  await agent.page.getByRole('button', { name: 'Options' }).click()
  await agent.page.getByRole('button', { name: 'Ban visitor' }).click()
  await accessible(agent.page, 'the form on a phone')
  await agent.page.getByLabel('Reason').fill('By thumb')
  await agent.page.getByRole('button', { name: 'Ban for 7 days' }).click()
  await gone(visitor)
  await toList(agent)
  await agent.page.getByText('By thumb').first().waitFor()
  expect(await agent.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await accessible(agent.page, 'the list on a phone')
  await agent.page
    .getByRole('row', { name: /By thumb/ })
    .getByRole('link')
    .click()
  await agent.page.getByText('Last messages').waitFor()
  await accessible(agent.page, 'the record on a phone')
})
