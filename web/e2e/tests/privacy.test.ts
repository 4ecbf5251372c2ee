import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Host } from '../src/host.ts'
import { Agent, Visitor } from '../src/people.ts'
import { Road } from '../src/road.ts'
import { owner, until } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })

const usual = {
  mask_addresses: false,
  page_trail: true,
  respect_dnt: true,
  require_consent: false,
  typing_preview: true,
  chat_days: 0,
  visit_days: 0,
}
afterEach(() => it.api.settings(usual))

const page = (place: string) => `${it.server.url}/p/${it.property}/${place}`
const stored = async () => (await it.api.call('GET', `/properties/${it.property}`)).settings
const switches = (screen: Page, name: string | RegExp) => screen.getByRole('switch', { name })
const days = (screen: Page, name: string) => screen.getByRole('combobox', { name, exact: true })
const save = (screen: Page) => screen.getByRole('button', { name: 'Save', exact: true }).click()
const unsaved = (screen: Page) => screen.getByRole('region', { name: 'Changes not saved' })

async function administration(): Promise<Agent> {
  const agent = await Agent.at(it.server.url, owner)
  await agent.page.goto(page('admin/privacy'))
  await agent.page.getByRole('heading', { name: 'What visitors decide' }).waitFor()
  return agent
}

/** What a download holds. */
async function fileOf(press: () => Promise<void>, screen: Page): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([screen.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

/** What a browser keeps of the widget. */
const kept = (visitor: Visitor) =>
  visitor.page.evaluate(
    () =>
      `${document.cookie} ${Object.entries({ ...localStorage })} ${Object.entries({ ...sessionStorage })
        .flat()
        .join(' ')}`,
  )

const menuOf = (agent: Agent, name: RegExp): Locator => agent.page.getByRole('button', { name })

test('every switch and the days are saved, and what deletes is asked before', async () => {
  const { page: screen } = await administration()
  await accessible(screen, 'the privacy page')
  await switches(screen, 'What visitors type before they send it').click()
  await switches(screen, 'The pages a visitor saw before').click()
  await switches(screen, 'Hide the last part of IP addresses').click()
  await switches(screen, /^Respect Do Not Track/).click()
  await switches(screen, 'Wait for consent').click()
  await screen.getByText('Parley.consent()').waitFor()
  await save(screen)
  await unsaved(screen).waitFor({ state: 'detached' })
  expect(await stored()).toMatchObject({
    typing_preview: false,
    page_trail: false,
    mask_addresses: true,
    respect_dnt: false,
    require_consent: true,
  })
  await days(screen, 'Chats').selectOption('30 days')
  await days(screen, 'Visits').selectOption('1 year')
  await save(screen)
  const question = screen.getByRole('dialog', { name: 'Delete what is older?' })
  await question.getByText('Chats that ended more than 30 days ago are deleted.').waitFor()
  await accessible(screen, 'the question before deleting')
  await question.getByRole('button', { name: 'Cancel' }).click()
  expect(await stored()).toMatchObject({ chat_days: 0, visit_days: 0 })
  await save(screen)
  await screen.getByRole('button', { name: 'Save and delete' }).click()
  await unsaved(screen).waitFor({ state: 'detached' })
  expect(await stored()).toMatchObject({ chat_days: 30, visit_days: 365 })
  await days(screen, 'Chats').selectOption('For ever')
  await save(screen) // keeping more deletes nothing: nobody is asked
  await unsaved(screen).waitFor({ state: 'detached' })
  expect(await stored()).toMatchObject({ chat_days: 0, visit_days: 365 })
})

test('erased: the open page starts anew as somebody else, and no screen shows anything of them', async () => {
  const { visitor, agent } = await conversation(it, 'my secret is mustard')
  const tab = await visitor.tab(`${it.host.url}/mugs`)
  await tab.launcher.waitFor()
  const colleague = await Agent.at(it.server.url, await it.api.colleague('Cleo Marsh'))
  await colleague.openChat('my secret is mustard')
  await until(async () => (await kept(visitor)).includes('parley'), 'the visitor is remembered')
  const before = await visitor.context.cookies()
  await visitor.field.fill('and words that were never sent')
  await colleague.field.fill('a draft about pickles')

  await menuOf(agent, /^Data of Visitor/).click()
  await agent.page.getByRole('menuitem', { name: 'Erase this visitor' }).click()
  const question = agent.page.getByRole('dialog', { name: /^Erase Visitor \d+ for good/ })
  await question.getByText('nobody can bring it back').waitFor()
  await accessible(agent.page, 'the question before erasing')
  await question.getByRole('button', { name: /^Erase Visitor/ }).click()
  const done = agent.page.getByRole('dialog', { name: /is erased$/ })
  await done.getByText('1 chat', { exact: true }).waitFor()
  await accessible(agent.page, 'the receipt')
  const receipt = await fileOf(() => done.getByRole('link', { name: 'Download receipt' }).click(), agent.page)
  expect(receipt.name).toMatch(/^erasure-.*\.json$/)
  expect(JSON.parse(receipt.text)).toMatchObject({
    by: { name: owner.name },
    counts: { visitor: 1, chats: 1, messages: expect.any(Number) },
  })
  await done.getByRole('button', { name: 'Close' }).last().click()

  for (const one of [agent, colleague]) {
    await until(async () => (await one.list.count()) === 0, 'the row is gone')
    expect(await one.page.locator('body').textContent()).not.toContain('mustard')
  }
  expect(await colleague.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('pickles')
  await agent.page.goto(page('history'))
  await agent.page.getByText('No chats yet').waitFor()
  for (const one of [visitor, tab]) {
    await one.launcher.waitFor()
    await until(async () => (await one.panel.count()) === 0 || !(await one.panel.isVisible()), 'the panel is closed')
  }
  await visitor.open()
  expect(await visitor.log.textContent()).not.toContain('mustard')
  expect(await visitor.field.inputValue()).toBe('')
  await visitor.say('who am I?')
  await agent.page.goto(page('chats'))
  await agent.openChat('who am I?')
  expect(await agent.log.textContent()).not.toContain('mustard')
  const after = await visitor.context.cookies()
  expect(after.map(one => one.value)).not.toEqual(before.map(one => one.value))
  expect((await agent.page.locator('body').textContent()).includes('mustard')).toBe(false)
})

test('a browser that was away when its visitor was erased is somebody new when it comes back', async () => {
  const { visitor, agent } = await conversation(it, 'I will be away')
  await agent.say('Good bye')
  await visitor.sees('Good bye')
  await visitor.page.goto('about:blank')
  const id = (await it.api.call('GET', `/properties/${it.property}/chats`)).items.at(0).visitor.id
  await it.api.call('POST', `/properties/${it.property}/visitors/${id}/erase`)
  await visitor.page.goto(it.host.url)
  await visitor.launcher.waitFor()
  await visitor.open()
  await visitor.field.waitFor()
  expect(await visitor.panel.textContent()).not.toMatch(/away|Good bye/)
  await visitor.say('here I am')
  await visitor.panel
    .getByText(/Sent|Delivered|Read/)
    .first()
    .waitFor()
})

test('the export holds everything, also the whole address where agents see a part of it', async () => {
  await it.api.settings({ mask_addresses: true })
  const road = await Road.from('203.0.113.77', it.server.url)
  const host = await Host.open(road.url, it.property)
  try {
    const agent = await Agent.at(it.server.url, owner)
    const visitor = await Visitor.at(host.url)
    await visitor.open()
    await visitor.say('what do you know of me?')
    await agent.openChat('what do you know of me?')
    await agent.page.getByText('203.0.113.0', { exact: true }).waitFor()
    expect(await agent.page.locator('body').textContent()).not.toContain('203.0.113.77')
    await agent.say('Only this')
    await visitor.sees('Only this')
    await menuOf(agent, /^Data of Visitor/).click()
    const file = await fileOf(() => agent.page.getByRole('menuitem', { name: 'Export everything' }).click(), agent.page)
    expect(file.name).toMatch(/^visitor-\d+\.json$/)
    const everything = JSON.parse(file.text)
    expect(everything).toMatchObject({
      property: 'Kiln Street',
      visitor: { address: '203.0.113.77', page_url: host.page('/') },
      visit: { page: { url: host.page('/') } },
      tickets: [],
      bans: [],
    })
    const said = everything.sessions[0].messages.map((one: { text?: string }) => one.text)
    expect(said).toEqual(expect.arrayContaining(['what do you know of me?', 'Only this']))
  } finally {
    await host.close()
    await road.close()
  }
})

test('no trail and no unsent words, where the owner wants neither', async () => {
  await it.api.settings({ page_trail: false, typing_preview: false })
  const { visitor, agent } = await conversation(it, 'only what I send')
  await visitor.page.getByRole('link', { name: 'Mugs' }).click()
  await visitor.launcher.waitFor()
  if (!(await visitor.panel.isVisible())) await visitor.open()
  await visitor.field.pressSequentially('secret draft')
  await agent.log
    .getByText(/typing/)
    .or(agent.page.locator('[aria-label*="typing"]'))
    .first()
    .waitFor()
  expect(await agent.page.locator('body').textContent()).not.toContain('secret draft')
  const { id } = (await it.api.call('GET', `/properties/${it.property}/chats`)).items.at(0).visitor
  await agent.page.goto(page(`visitors/${id}`))
  const steps = agent.page.locator('#trail li')
  await steps.filter({ hasText: 'Kiln Street /mugs' }).waitFor()
  expect(await steps.count()).toBe(1)
})

test('by keyboard: switches, erase, receipt; and the receipt stays in the list', async () => {
  const { agent } = await conversation(it, 'keys only')
  await menuOf(agent, /^Data of Visitor/).focus()
  await agent.page.keyboard.press('Enter')
  await agent.page.keyboard.press('ArrowDown')
  await agent.page.keyboard.press('Enter')
  const question = agent.page.getByRole('dialog', { name: /^Erase Visitor/ })
  await question.waitFor()
  await agent.page.keyboard.press('Escape')
  await question.waitFor({ state: 'detached' })
  await menuOf(agent, /^Data of Visitor/).focus()
  await agent.page.keyboard.press('Enter')
  await agent.page.keyboard.press('ArrowDown')
  await agent.page.keyboard.press('Enter')
  await question.getByRole('button', { name: /^Erase Visitor/ }).focus()
  await agent.page.keyboard.press('Enter')
  await agent.page.getByRole('dialog', { name: /is erased$/ }).waitFor()
  await agent.page.keyboard.press('Escape')
  expect(await agent.page.evaluate(() => document.activeElement?.id)).toBe('main')
  await agent.page.goto(page('admin/privacy'))
  await agent.page.getByRole('row').filter({ hasText: '1 chat' }).first().waitFor()
  await switches(agent.page, 'Wait for consent').focus()
  await agent.page.keyboard.press('Space')
  await unsaved(agent.page).getByRole('button', { name: 'Save' }).focus()
  await agent.page.keyboard.press('Enter')
  await unsaved(agent.page).waitFor({ state: 'detached' })
  expect(await stored()).toMatchObject({ require_consent: true })
  const audit = await it.api.call('GET', `/properties/${it.property}/audit?action=visitor`)
  expect(audit.items[0]).toMatchObject({ action: 'visitor.erased', agent: { name: owner.name }, detail: { chats: 1 } })
})

test('agents who do not manage have neither the page nor the menu, and the server says no', async () => {
  const { visitor } = await conversation(it, 'hands off')
  const colleague = await Agent.at(it.server.url, await it.api.colleague('Dora Quill'))
  await colleague.openChat('hands off')
  await colleague.page.getByRole('button', { name: 'Edit name and email address' }).waitFor()
  expect(await menuOf(colleague, /^Data of/).count()).toBe(0)
  const id = (await it.api.call('GET', `/properties/${it.property}/chats`)).items.at(0).visitor.id
  const status = await colleague.page.evaluate(
    async path => (await fetch(path, { method: 'POST' })).status,
    `/api/v1/properties/${it.property}/visitors/${id}/erase`,
  )
  expect(status).toBe(403)
  await colleague.page.goto(page('admin/privacy'))
  await colleague.page.getByText('Owners and admins manage this property').waitFor()
  await visitor.sees('hands off')
})

test('on a phone', async () => {
  await it.api.settings({})
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('small screen')
  const agent = await Agent.at(it.server.url, owner, phone)
  await agent.page.goto(page('admin/privacy'))
  await switches(agent.page, 'Wait for consent').scrollIntoViewIfNeeded()
  await accessible(agent.page, 'the privacy page on a phone')
  expect(await agent.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await agent.page.goto(page('chats'))
  await agent.row('small screen').click()
  await agent.page.getByRole('button', { name: /^Options/ }).click()
  await menuOf(agent, /^Data of Visitor/).click()
  await agent.page.getByRole('menuitem', { name: 'Erase this visitor' }).click()
  await agent.page.getByRole('button', { name: /^Erase Visitor/ }).click()
  await agent.page.getByRole('dialog', { name: /is erased$/ }).waitFor()
})
