import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, test } from 'vitest'
import { settled } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Host } from '../src/host.ts'
import { Agent, Visitor } from '../src/people.ts'
import { Road } from '../src/road.ts'
import { owner } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })
const folder = process.env.PARLEY_SHOTS ?? new URL('../../../.tmp/shots/', import.meta.url).pathname
const open: { close(): Promise<void> }[] = []
afterAll(async () => {
  for (const one of open.reverse()) await one.close()
})

async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
}

test('every screen of bans', async () => {
  await it.api.colleague('Ben Okafor')
  const bans = `/properties/${it.property}/bans`
  const make = (what: Record<string, unknown>) => it.api.call('POST', bans, { ends_at: 0, ...what })
  const day = 24 * 60 * 60_000
  for (const [network, reason] of [
    ['198.51.100.0/24', 'Card testing: sixty failed checkouts in one night'],
    ['2001:db8:44:7::/64', 'Sells pills, returned three times under other names'],
    ['192.0.2.44', 'Insults'],
  ])
    await make({ network, reason, ends_at: Date.now() + 30 * day })
  await make({ domain: 'throwaway.example', reason: 'Addresses that nobody reads' })
  await make({ email: 'r.dale@example.net', reason: 'Threatened a colleague' })
  const past = [await make({ domain: 'once.example', reason: 'By mistake' }), await make({ network: '203.0.113.200', reason: 'Spam' })]
  for (const one of past) await it.api.call('DELETE', `${bans}/${one.id}`)
  await it.api.call('POST', `/properties/${it.property}/allowed-networks`, { network: '203.0.113.128/25', note: 'The office' })

  const road = await Road.from('203.0.113.24', it.server.url)
  const host = await Host.open(road.url, it.property)
  open.push(road, host)
  const agent = await Agent.at(it.server.url, owner)
  const pocket = await Agent.at(it.server.url, owner, phone)
  const visitor = await Visitor.at(host.url)
  const neighbour = await Visitor.at(host.url)
  for (const [who, words] of [
    [neighbour, 'Is the large serving bowl oven safe?'],
    [visitor, 'I want the money back for the plate. Now.'],
  ] as const) {
    await who.open()
    await who.say(words)
    await who.sees(words)
  }
  await agent.openChat('I want the money back')
  await agent.say('I am sorry it arrived chipped. I can send a new one today, or refund it once the photo is in.')
  await visitor.sees('chipped')
  await visitor.say('No photo. You are all thieves.')
  await agent.sees('all thieves')
  await pocket.openChat('all thieves')
  for (const one of [agent, pocket]) {
    if (one === pocket) await one.page.getByRole('button', { name: 'Options' }).click()
    await one.page.getByRole('button', { name: 'Ban visitor' }).click()
    await one.page.getByLabel('Reason').fill('Insults after a refused refund. Asked twice to stop.')
    await one.page.getByLabel('Also ban the IP address').check()
    await one.page.getByText(/other visitors? would be banned too/).waitFor()
    await shoot(one.page, one === pocket ? 'phone-ban-form' : 'ban-form')
  }
  await pocket.page.getByRole('button', { name: 'Cancel' }).click()
  await agent.page.getByRole('button', { name: 'Ban for 7 days' }).click()
  await agent.sees(/Banned by you/)
  await agent.page.getByRole('button', { name: 'Lift the ban' }).waitFor()
  await shoot(agent.page, 'ban-done')
  await agent.page.getByRole('button', { name: 'Lift the ban' }).click()
  await shoot(agent.page, 'ban-lift')
  await agent.page.keyboard.press('Escape')
  await pocket.sees(/Banned by/)
  await shoot(pocket.page, 'phone-ban-done')

  for (const [one, prefix] of [
    [agent, ''],
    [pocket, 'phone-'],
  ] as const) {
    const { page } = one
    const to = async (rest: string) => {
      await page.goto(`${it.server.url}/p/${it.property}/admin/bans${rest}`)
      await page.waitForLoadState('networkidle')
    }
    await to('')
    await page.getByLabel('Would this be blocked?').fill('198.51.100.9')
    await page.getByRole('button', { name: 'Test', exact: true }).click()
    await page.getByText('Yes, by').waitFor()
    await shoot(page, `${prefix}bans`)
    await page.getByLabel('Select throwaway.example').check()
    await page.getByLabel('Select r.dale@example.net').check()
    await shoot(page, `${prefix}bans-ticked`)
    await page.getByRole('region', { name: 'Selected bans' }).getByRole('button', { name: 'Delete' }).click()
    await shoot(page, `${prefix}bans-delete`)
    await page.keyboard.press('Escape')
    await page
      .getByRole('row', { name: /Insults after/ })
      .getByRole('link')
      .click()
    await page.getByText('Last messages').waitFor()
    await shoot(page, `${prefix}ban-record`)
    await to('')
    await page.getByRole('button', { name: 'Ban IP' }).click()
    await page.getByLabel('Address or range').fill('203.0.112.0/23')
    await page.getByLabel('Reason').waitFor()
    await shoot(page, `${prefix}ban-by-hand`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await to('?tab=past')
    await shoot(page, `${prefix}bans-past`)
    await to('?tab=allow')
    await shoot(page, `${prefix}bans-allow`)
    await to('')
    await page.getByRole('button', { name: 'Import and export' }).click()
    await page.getByRole('menuitem', { name: 'Import a CSV file' }).click()
    const csv = 'kind,value,reason,ends_at\nrange,1.2.3.4/99,Spam,never\naddress,192.0.2.200,,never\nemail,nobody,Spam,never\n'
    await page.getByLabel('CSV file').setInputFiles({ name: 'bans.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByText(/lines were refused/).waitFor()
    await shoot(page, `${prefix}bans-import`)
    await page.goto(`${it.server.url}/p/${it.property}/admin/audit`)
    await page.waitForLoadState('networkidle')
    await shoot(page, `${prefix}audit`)
  }
}, 240_000)
