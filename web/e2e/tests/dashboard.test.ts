import { expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { person, phone } from '../src/browser.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner, Server, until } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage()

test('first run: one form, then the snippet, and the first chat comes in', async () => {
  const server = await Server.fresh({ empty: true })
  try {
    const context = await person()
    const page = await context.newPage()
    await page.goto(await server.setupLink())
    await page.getByLabel('Your name').fill('Mira Vale')
    await page.getByLabel('Email').fill('mira@kiln.example')
    await page.getByLabel('Password').fill('four-plain-words-0419')
    await page.getByLabel('Site name').fill('Kiln Street')
    await accessible(page, 'first run')
    await page.getByRole('button', { name: 'Create and go on' }).click()
    await page.getByText('Waiting for the first chat').waitFor()
    await page.getByText('data-property').first().waitFor()
    await accessible(page, 'first steps')
    const [live] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: /demo page/ }).click()])
    await live.locator('parley-chat').getByRole('button', { name: /^Chat/ }).click()
    const panel = live.locator('parley-chat').getByRole('dialog').first()
    await panel.getByRole('textbox').last().fill('my own first chat')
    await panel.getByRole('textbox').last().press('Enter')
    await page.locator('[data-row]').filter({ hasText: 'my own first chat' }).waitFor()
    await page.goto(await server.setupLink())
    await page.getByText('This link is no longer valid').waitFor()
    await context.close()
  } finally {
    await server.remove()
  }
})

test('everything of a chat without a mouse', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.launcher.focus()
  await visitor.page.keyboard.press('Enter')
  await visitor.panel.waitFor()
  const keys = agent.page.keyboard
  await expect.poll(() => visitor.field.evaluate(f => (f.getRootNode() as ShadowRoot).activeElement === f)).toBe(true)
  await visitor.page.keyboard.type('typed without a mouse')
  await visitor.page.keyboard.press('Enter')
  await agent.row('typed without a mouse').waitFor()
  await agent.page.locator('body').press('ArrowDown')
  await keys.press('Enter') // opens and answers
  await agent.field.waitFor()
  await expect.poll(() => agent.field.evaluate(f => f === document.activeElement)).toBe(true)
  await keys.type('answered by keyboard')
  await keys.press('Enter')
  await visitor.sees('answered by keyboard')
  await keys.press('Escape')
  await agent.page.locator('body').press('?')
  await agent.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await keys.press('Escape')
  await keys.press('Control+k')
  await keys.type('History')
  await keys.press('Enter')
  await agent.page.waitForURL(/history/)
  await visitor.page.keyboard.press('Escape')
  await visitor.panel.waitFor({ state: 'hidden' })
  await expect.poll(() => visitor.launcher.evaluate(b => (b.getRootNode() as ShadowRoot).activeElement === b)).toBe(true)
})

test('the options panel is hidden and shown by its button, and stays so', async () => {
  const { agent } = await conversation(it, 'where are my options')
  const button = agent.page.getByRole('button', { name: 'Options', exact: true })
  const earlier = agent.page.getByText('On this page now')
  const shown = await earlier.isVisible()
  await button.click()
  await expect.poll(() => earlier.isVisible()).toBe(!shown)
  await agent.page.reload()
  await button.waitFor()
  await expect.poll(() => earlier.isVisible()).toBe(!shown)
  if (shown) await button.click()
})

test('a message of a colleague in another property is nowhere to be seen', async () => {
  const other = await it.api.call('POST', '/properties', { name: 'Second Site' })
  const { agent } = await conversation(it, 'only for Kiln Street')
  await agent.page.goto(`${it.server.url}/p/${other.id}/chats`)
  await agent.page.getByRole('navigation', { name: 'Main' }).waitFor()
  await agent.page.getByText('Waiting for the first chat').or(agent.page.getByText('No chats now')).first().waitFor()
  expect(await agent.row('only for Kiln Street').count()).toBe(0)
})

test('invite, disable: the disabled colleague is out at once', async () => {
  const cleo = await it.api.colleague('Cleo Marsh')
  const theirs = await Agent.at(it.server.url, cleo)
  const agent = await Agent.at(it.server.url, owner)
  await agent.page.goto(`${it.server.url}/p/${it.property}/admin/members`)
  await agent.page.getByRole('button', { name: 'More for Cleo Marsh' }).click()
  await agent.page.getByRole('menuitem', { name: 'Disable' }).click()
  await theirs.page
    .getByText(/Your login has ended|You are in no property|nothing here/i)
    .first()
    .waitFor()
  await accessible(agent.page, 'members')
})

test('the widget is set up with a live preview of the real one, and open pages follow', async () => {
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  const agent = await Agent.at(it.server.url, owner)
  await agent.page.goto(`${it.server.url}/p/${it.property}/admin/widget`)
  const preview = agent.page.frameLocator('iframe').locator('parley-chat')
  await preview.getByRole('dialog').getByRole('button').first().waitFor() // it is there, and then somebody types
  await agent.page.getByLabel('Name at the top').fill('Kiln Street Pottery')
  await preview.getByText('Kiln Street Pottery').first().waitFor()
  await agent.page.getByText('1 change not saved').waitFor()
  await accessible(agent.page, 'widget settings')
  await agent.page.getByRole('button', { name: 'Save' }).click()
  await visitor.panel.getByText('Kiln Street Pottery').first().waitFor()
})

test('a phone: list and thread are two views', async () => {
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('to the phone')
  const agent = await Agent.at(it.server.url, owner, phone)
  await agent.openChat('to the phone')
  await agent.say('from the phone')
  await visitor.sees('from the phone')
  expect(await agent.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await accessible(agent.page, 'thread on a phone')
  await agent.page
    .getByRole('button', { name: 'Back to the list' })
    .or(agent.page.getByRole('link', { name: 'Back to the list' }))
    .first()
    .click()
  await agent.row('to the phone').or(agent.row('from the phone')).first().waitFor()
  await accessible(agent.page, 'list on a phone')
})

test('a phone: four places at the bottom, and the others behind More, by thumb and by keyboard', async () => {
  const agent = await Agent.at(it.server.url, owner, phone)
  const { page } = agent
  const bar = page.getByRole('navigation', { name: 'Main' })
  const more = bar.getByRole('button', { name: /^More/ })
  const sheet = page.getByRole('menu', { name: /^More/ })
  const named = async () =>
    (await bar.getByRole('link').or(bar.getByRole('button')).allInnerTexts()).map(text => text.trim().split('\n')[0])
  expect(await named()).toEqual(['Home', 'Chats', 'Visitors', 'History', 'More'])
  for (const one of await bar.getByRole('link').or(bar.getByRole('button')).all()) {
    const box = await one.boundingBox()
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
  }

  await more.tap()
  await sheet.waitFor()
  await accessible(page, 'the sheet behind More')
  await sheet.getByRole('menuitem', { name: /^Tickets/ }).tap()
  await page.getByRole('heading', { name: 'Tickets', level: 1 }).waitFor()
  expect(await sheet.count()).toBe(0)

  // By keyboard: the first item has the focus, arrows go on, Escape gives it back.
  await more.focus()
  await page.keyboard.press('Enter')
  await until(
    () => sheet.getByRole('menuitem', { name: /^Tickets/ }).evaluate(one => one === document.activeElement),
    'the first is focused',
  )
  expect(await sheet.getByRole('menuitem', { name: /^Tickets/ }).getAttribute('aria-current')).toBe('page')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Administration')
  await page.keyboard.press('Escape')
  expect(await sheet.count()).toBe(0)
  expect(await more.evaluate(one => one === document.activeElement)).toBe(true)
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Help centre', level: 1 }).waitFor()

  // Who is not online sees it without looking for it.
  await more.tap()
  await sheet.getByRole('menuitemradio', { name: 'Away' }).tap()
  await bar.getByRole('button', { name: /^More.*Away/ }).tap()
  await sheet.getByRole('menuitemradio', { name: 'Online' }).tap()
  await bar.getByRole('button', { name: 'More', exact: true }).tap()
  const before = page.url()
  await page.touchscreen.tap(100, 80) // beside it, where something lies below: it closes, and that is all
  await sheet.waitFor({ state: 'detached' })
  expect(page.url()).toBe(before)
  await more.waitFor()

  await it.api.call('PATCH', '/me', { language: 'ar' })
  try {
    await page.reload()
    await bar
      .or(page.getByRole('navigation', { name: 'الرئيسية' }))
      .first()
      .waitFor()
    const arabic = page.getByRole('button', { name: /^المزيد/ })
    expect((await arabic.boundingBox())?.x ?? 390).toBeLessThan(80) // from right to left it is the last, too
    await arabic.tap()
    await page.getByRole('menu').getByRole('menuitem', { name: 'الإدارة' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await accessible(page, 'the sheet in Arabic')
  } finally {
    await it.api.call('PATCH', '/me', { language: 'auto' })
  }
})

test('axe finds nothing on any screen', async () => {
  const { visitor, agent } = await conversation(it, 'for the inspector')
  await agent.say('welcome, inspector')
  await visitor.sees('welcome, inspector')
  await accessible(agent.page, 'chats')
  await accessible(visitor.page, 'widget')
  for (const place of [
    'history',
    'tickets',
    'admin',
    'admin/widget',
    'admin/members',
    'admin/bans',
    'admin/bans?tab=allow',
    'admin/audit',
    'account',
  ]) {
    await agent.page.goto(`${it.server.url}/p/${it.property}/${place}`)
    await agent.page.getByRole('heading').first().waitFor()
    await accessible(agent.page, place)
  }
  await visitor.endSession()
  await accessible(visitor.page, 'ended')
  await agent.page.context().clearCookies()
  await agent.page.goto(it.server.url)
  await agent.page.getByRole('button', { name: 'Log in' }).waitFor()
  await accessible(agent.page, 'log in')
})

test('in Arabic the dashboard runs from right to left', async () => {
  const agent = await Agent.at(it.server.url, owner)
  await agent.page.evaluate(() =>
    fetch('/api/v1/me', { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ language: 'ar' }) }),
  )
  await agent.page.reload()
  await agent.page.getByRole('navigation').first().waitFor()
  expect(await agent.page.evaluate(() => document.documentElement.dir)).toBe('rtl')
  const rail = await agent.page.getByRole('navigation').first().boundingBox()
  expect(rail?.x).toBeGreaterThan(1000)
  await accessible(agent.page, 'Arabic')
  await agent.page.evaluate(() =>
    fetch('/api/v1/me', { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ language: 'auto' }) }),
  )
})
