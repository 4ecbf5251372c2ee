import type { BrowserContext, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useWholeBrowser } from '../src/browser.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

useWholeBrowser()
const it = stage()

interface Heard {
  /** Tones that were started; a chime has one or two. */
  tones: number
  /** How often the browser was asked whether notifications may be shown. */
  asked: number
  notes: { title: string; body?: string; tag?: string; note: Notification }[]
}

/** Runs in the page before anything else: writes down what sounds and what is notified, and lets it happen. */
function observe() {
  const heard: Heard = { tones: 0, asked: 0, notes: [] }
  const start = AudioScheduledSourceNode.prototype.start
  AudioScheduledSourceNode.prototype.start = function (...when) {
    heard.tones++
    return start.apply(this, when)
  }
  window.Notification = new Proxy(Notification, {
    construct(real, [title, options]: [string, NotificationOptions]) {
      const note = new real(title, options)
      heard.notes.push({ title, body: options.body, tag: options.tag, note })
      return note
    },
    get(real, name) {
      if (name === 'requestPermission') heard.asked++
      const value = Reflect.get(real, name)
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
  Object.assign(window, { heard })
}

const heard = (page: Page) => page.evaluate(() => (window as unknown as { heard: Heard }).heard)
const tones = async (page: Page) => (await heard(page)).tones

/** An agent whose windows are observed, and who has touched the page: before that a browser lets nothing sound. */
async function listening(): Promise<Agent> {
  const agent = await Agent.at(it.server.url, owner)
  await agent.context.addInitScript(observe)
  await agent.page.reload()
  await touch(agent.page)
  return agent
}

async function touch(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  await page.keyboard.press('Shift')
}

/** Somebody turns to another window: the browser says so to these pages, as it does outside of tests. */
async function turnAway(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) {
    const browser = await context.newCDPSession(page)
    await browser.send('Emulation.setFocusEmulationEnabled', { enabled: false })
  }
  const other = await context.newPage()
  await other.bringToFront()
  for (const page of context.pages()) if (page !== other) await expect.poll(() => page.evaluate(() => document.hasFocus())).toBe(false)
}

async function visitorSays(words: string): Promise<Visitor> {
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say(words)
  return visitor
}

test('a new chat and new words sound at the dashboard, until the sound is turned off', async () => {
  const agent = await listening()
  expect(await tones(agent.page)).toBe(0)
  const visitor = await visitorSays('listen to this')
  await agent.row('listen to this').waitFor()
  await expect.poll(() => tones(agent.page)).toBe(2) // somebody waits

  await agent.openChat('listen to this')
  await agent.say('I do')
  await visitor.sees('I do')
  await visitor.say('while you look')
  await agent.sees('while you look')
  expect(await tones(agent.page)).toBe(2) // the agent sees it come

  await turnAway(agent.context)
  await visitor.say('while you look away')
  await agent.sees('while you look away')
  await expect.poll(() => tones(agent.page)).toBe(3)

  await agent.page.bringToFront()
  await agent.page.getByRole('button', { name: 'Sound is on' }).click()
  await turnAway(agent.context)
  await visitor.say('into silence')
  await agent.sees('into silence')
  await visitorSays('somebody else, unheard')
  await agent.row('somebody else, unheard').waitFor()
  expect(await tones(agent.page)).toBe(3)

  await agent.page.reload()
  await agent.page.getByRole('button', { name: 'Sound is off' }).waitFor()
})

test('notifications are asked for by a line in the list, and tell of a chat that nobody looks at', async () => {
  const agent = await listening()
  const { page, context } = agent
  await page.getByText('Hear of new chats also in other windows?').waitFor()
  expect((await heard(page)).asked).toBe(0) // never by itself
  await context.grantPermissions(['notifications'], { origin: it.server.url })
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('Hear of new chats also in other windows?').waitFor({ state: 'detached' })
  expect((await heard(page)).asked).toBe(1)

  await visitorSays('seen as it comes')
  await agent.row('seen as it comes').waitFor()
  expect((await heard(page)).notes).toEqual([]) // the window is looked at

  await turnAway(context)
  await visitorSays('please notice me')
  await agent.row('please notice me').waitFor()
  await expect.poll(async () => (await heard(page)).notes).toMatchObject([{ title: /^New chat: Visitor \d+$/, body: 'please notice me' }])
  await page.evaluate(() => (window as unknown as { heard: Heard }).heard.notes[0]?.note.dispatchEvent(new Event('click')))
  await agent.sees('please notice me')
})

test('who says "not now" is not asked again', async () => {
  const agent = await listening()
  const line = agent.page.getByText('Hear of new chats also in other windows?')
  await line.waitFor()
  await agent.page.getByRole('button', { name: 'Not now' }).click()
  await line.waitFor({ state: 'detached' })
  await agent.page.reload()
  await agent.list.or(agent.page.getByText('No chats now')).first().waitFor()
  expect(await line.count()).toBe(0)
  expect((await heard(agent.page)).asked).toBe(0)
})

test('of several windows one sounds, all notify as one, and the next takes over', async () => {
  const first = await listening()
  await first.context.grantPermissions(['notifications'], { origin: it.server.url })
  await first.page.reload()
  await touch(first.page)
  const second = await first.context.newPage()
  await second.goto(first.page.url())
  await touch(second)
  await turnAway(first.context)

  await visitorSays('one bell for two windows')
  const row = (page: Page, words: string) => page.locator('[data-row]').filter({ hasText: words })
  for (const page of [first.page, second]) await row(page, 'one bell for two windows').waitFor()
  await expect.poll(async () => (await tones(first.page)) + (await tones(second))).toBe(2)
  const notes = [...(await heard(first.page)).notes, ...(await heard(second)).notes]
  expect(new Set(notes.map(one => one.tag)).size).toBe(1) // the browser shows one for a tag

  const [speaker, other] = (await tones(first.page)) > 0 ? [first.page, second] : [second, first.page]
  const before = await tones(other)
  await speaker.close()
  await visitorSays('and now the other one')
  await row(other, 'and now the other one').waitFor()
  await expect.poll(() => tones(other)).toBe(before + 2)
})

test("the visitor's widget sounds for an answer, and its menu turns that off", async () => {
  const { visitor, agent } = await conversation(it, 'Will I hear you?')
  await visitor.context.addInitScript(observe)
  await visitor.page.reload()
  await visitor.panel.waitFor() // open as it was
  await visitor.launcher.click()
  await visitor.panel.waitFor({ state: 'hidden' })
  await agent.say('You will')
  await expect.poll(() => tones(visitor.page)).toBe(2)

  await visitor.open()
  await visitor.panel.getByRole('button', { name: 'Menu' }).click()
  await visitor.panel.getByRole('menuitemcheckbox', { name: 'Sound' }).click()
  await visitor.launcher.click()
  await visitor.panel.waitFor({ state: 'hidden' })
  const before = await tones(visitor.page)
  await agent.say('And now not')
  await expect.poll(() => visitor.launcher.getAttribute('aria-label')).toMatch(/1/)
  expect(await tones(visitor.page)).toBe(before)
})
