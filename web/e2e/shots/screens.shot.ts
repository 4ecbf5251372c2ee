import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { settled } from '../src/axe.ts'
import { person, phone } from '../src/browser.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner, Server } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage()
const folder = process.env.PARLEY_SHOTS ?? new URL('../../../.tmp/shots/', import.meta.url).pathname

async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settled(page)
    await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
}

test('every screen', async () => {
  const empty = await Server.fresh({ empty: true })
  const first = await (await person()).newPage()
  await first.goto(await empty.setupLink())
  await first.getByLabel('Your name').fill('Mira Vale')
  await shoot(first, 'first-run')
  await first.getByLabel('Email').fill('mira@kiln.example')
  await first.getByLabel('Password').fill('four-plain-words-0419')
  await first.getByLabel('Site name').fill('Kiln Street')
  await first.getByRole('button', { name: 'Create and go on' }).click()
  await first.getByText('Waiting for the first chat').waitFor()
  await shoot(first, 'first-steps')
  await empty.remove()

  await it.api.colleague('Ben Okafor')
  const agent = await Agent.at(it.server.url, owner)
  const pocket = await Agent.at(it.server.url, owner, phone)
  const words = [
    'Hi, is the large serving bowl oven safe?',
    'The code from your newsletter does not work for plates.',
    'Hello, do you ship the speckled mugs to Prague?',
  ]
  const visitors: Visitor[] = []
  for (const text of words) {
    const visitor = await Visitor.at(it.host.url)
    if (visitors.length === 2) await shoot(visitor.page, 'widget-launcher')
    await visitor.open()
    if (visitors.length === 2) await shoot(visitor.page, 'widget-start')
    await visitor.say(text)
    await visitor.sees(text)
    visitors.push(visitor)
  }
  const maria = visitors[2] as Visitor
  await shoot(agent.page, 'chats-waiting')
  await agent.openChat('speckled mugs')
  await agent.say('Hi Maria, yes, we do. It takes three working days.')
  await maria.sees('three working days')
  await agent.end()
  await maria.say('One more thing. It is a gift, so I need it by Friday. https://kiln.example/mugs')
  await agent.openChat('One more thing')
  await agent.say('We have that glaze, and it would arrive on Thursday.')
  await agent.page.getByRole('button', { name: /^Whisper/ }).click()
  await agent.say('Oat is down to six pieces. I can hold four for her until tonight.')
  await shoot(agent.page, 'chats-whisper')
  await agent.page.getByRole('button', { name: /^Whisper/ }).click()
  await maria.say('Wonderful. Then four of them, please.')
  await maria.field.pressSequentially('and could you wrap it without the price slip', { delay: 5 })
  await agent.page.getByText('without the price slip').first().waitFor()
  await agent.field.fill('Of course. I will hold four until tonight and leave the slip out of the box')
  await shoot(agent.page, 'chats')
  await shoot(maria.page, 'widget')
  await shoot(pocket.page, 'phone-list')
  await pocket.openChat('Wonderful')
  await shoot(pocket.page, 'phone-thread')
  await maria.panel.getByRole('button', { name: 'Menu' }).click()
  await shoot(maria.page, 'widget-menu')
  await maria.page.keyboard.press('Escape')
  await it.server.kill()
  await maria.panel.getByText('No connection').waitFor()
  await maria.field.press('Enter')
  await agent.page.getByText('No connection').first().waitFor()
  await shoot(agent.page, 'chats-lost')
  await shoot(maria.page, 'widget-lost')
  await it.server.start()
  await agent.sees('without the price slip')
  await agent.page.getByRole('button', { name: /Ask a colleague in/ }).click()
  await shoot(agent.page, 'chats-invite')
  await agent.page.keyboard.press('Escape')
  await agent.page.keyboard.press('Control+k')
  await shoot(agent.page, 'palette')
  await agent.page.keyboard.press('Escape')
  await agent.page.locator('body').press('?')
  await shoot(agent.page, 'keys')
  await agent.page.keyboard.press('Escape')
  await maria.endSession()
  await shoot(maria.page, 'widget-ended')
  await shoot(agent.page, 'chats-ended')
  const small = await Visitor.at(it.host.url, phone)
  await small.launcher.tap()
  await small.panel.waitFor()
  await small.say('From my phone')
  await shoot(small.page, 'widget-phone')
  const arabic = await Visitor.at(it.host.page('/ar', { dir: 'rtl', lang: 'ar' }), { locale: 'ar' })
  await arabic.open()
  await arabic.say('مرحبا، هل تشحنون إلى براغ؟')
  await shoot(arabic.page, 'widget-arabic')
  for (const place of ['home', 'history', 'tickets', 'admin', 'admin/widget', 'admin/members', 'account']) {
    await agent.page.goto(`${it.server.url}/p/${it.property}/${place}`)
    await agent.page.getByRole('heading').first().waitFor()
    await agent.page.waitForLoadState('networkidle')
    await shoot(agent.page, place.replace('/', '-'))
    await pocket.page.goto(`${it.server.url}/p/${it.property}/${place}`)
    await pocket.page.getByRole('heading').first().waitFor()
    await pocket.page.waitForLoadState('networkidle')
    await shoot(pocket.page, `phone-${place.replace('/', '-')}`)
  }
  await agent.page.goto(`${it.server.url}/p/${it.property}/history?q=mugs`)
  await agent.page.locator('[data-row]').first().click()
  await shoot(agent.page, 'history-found')
  await agent.context.clearCookies()
  await agent.page.goto(it.server.url)
  await agent.page.getByRole('button', { name: 'Log in' }).waitFor()
  await shoot(agent.page, 'log-in')
})
