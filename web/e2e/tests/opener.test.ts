import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import type { HostPage } from '../src/host.ts'
import { Agent, reads, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { stage } from '../src/stage.ts'
import { Watch } from '../src/watch.ts'

const it = stage()
let watch: Watch

beforeEach(async () => {
  watch = await Watch.open(it.server.url, it.property)
})
afterEach(() => it.api.settings({ sound: true }))

const words = 'Looking for a gift? I can tell you what arrives by Friday.'
const card = (visitor: Visitor) => visitor.widget.locator('.o[role=status]')
const reply = (visitor: Visitor) => card(visitor).getByRole('button', { name: /^(Reply|رد)$/ })
const dismiss = (visitor: Visitor) => card(visitor).getByRole('button', { name: /^(Dismiss|إغلاق)$/ })
const shown = (visitor: Visitor, text = words) => card(visitor).getByText(text).waitFor()
const gone = (visitor: Visitor) => reply(visitor).waitFor({ state: 'detached' })
const focused = (page: Page) =>
  page.evaluate(() => {
    const inside = document.querySelector('parley-chat')?.shadowRoot?.activeElement
    return inside?.getAttribute('aria-label') ?? inside?.textContent ?? document.activeElement?.tagName
  })

/** A visitor of a page, and an agent who has spoken to them first. */
async function spokenTo(path: string, options: BrowserContextOptions = {}, page: HostPage = {}, text = words): Promise<Visitor> {
  const visitor = await Visitor.at(it.host.page(path, page), options)
  await watch.start((await watch.at(path)).id, text)
  await shown(visitor, text)
  return visitor
}

test('an agent speaks first: a card with their words, seen; the answer makes a chat of it, each word once', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await spokenTo('/first')
  await until(async () => (await watch.openers()).includes('seen'), 'the agent knows that it was seen')
  expect(await watch.openers()).toEqual(['sent', 'seen'])
  expect(await visitor.panel.isVisible()).toBe(false)
  expect(await focused(visitor.page)).toBe('BODY')
  expect(await visitor.launcher.getAttribute('aria-label')).toBe('Chat, new messages: 1')
  expect(await card(visitor).getByText('Ana from Kiln Street').isVisible()).toBe(true)

  await reply(visitor).click()
  await visitor.panel.waitFor()
  await gone(visitor)
  await visitor.sees(words)
  await until(async () => (await focused(visitor.page)) === 'Message', 'one can write at once')
  await visitor.say('Yes, for my sister')
  await agent.openChat('Yes, for my sister')
  for (const side of [visitor, agent]) await reads(side, [words, 'Yes, for my sister'])
  await agent.say('Then the oat mug.')
  await reads(visitor, [words, 'Yes, for my sister', 'Then the oat mug.'])
  expect((await watch.openers()).at(-1)).toBe('answered')

  await visitor.page.reload()
  await visitor.panel.waitFor()
  await reads(visitor, [words, 'Yes, for my sister', 'Then the oat mug.'])
  expect(await reply(visitor).count()).toBe(0)
})

test('dismissed in one tab it is gone in all, and on later pages', async () => {
  const visitor = await spokenTo('/many')
  await visitor.open() // a chat makes the tabs one visitor: this one is over
  await visitor.say('Only looking')
  await visitor.sees('Only looking')
  await visitor.endSession()
  const second = await visitor.tab(it.host.page('/many/second', {}))
  await second.launcher.waitFor()
  const { id } = await watch.at('/many/second')
  const again = 'May I still help?'
  await until(
    () =>
      watch.start(id, again).then(
        () => true,
        () => false,
      ),
    'the session is over for the team too',
  )
  await shown(second, again)
  await visitor.sees(again) // its panel is open: the words are in it, and the ended chat is put away
  await visitor.log.getByText('Only looking').waitFor({ state: 'detached' })
  const third = await second.tab(it.host.page('/many/third', {}))
  await shown(third, again)
  await dismiss(second).click()
  for (const tab of [second, third]) await gone(tab)
  await visitor.log.getByText(again).waitFor({ state: 'detached' })
  await visitor.sees('Only looking')
  await until(async () => (await watch.openers()).includes('dismissed'), 'the agent knows')
  expect(await second.launcher.getAttribute('aria-label')).toBe('Chat')
  await second.page.goto(it.host.url)
  await second.launcher.waitFor()
  await watch.at('/')
  expect(await reply(second).count()).toBe(0)
})

test('it waits on the next page, quietly, and newer words take its place', async () => {
  const visitor = await Visitor.at('about:blank')
  await visitor.page.addInitScript(() => {
    const real = window.AudioContext
    const heard = window as unknown as { tones: number }
    heard.tones = 0
    window.AudioContext = class extends real {
      override createOscillator() {
        heard.tones++
        return super.createOscillator()
      }
    }
  })
  const tones = () => visitor.page.evaluate(() => (window as unknown as { tones: number }).tones)
  await visitor.page.goto(it.host.page('/waits', {}))
  const { id } = await watch.at('/waits')
  await watch.start(id, words)
  await shown(visitor)
  expect(await tones()).toBe(2)
  await until(async () => (await watch.openers()).includes('seen'), 'it was seen')
  await visitor.page.getByRole('link', { name: 'Mugs' }).click()
  await visitor.page.waitForURL(/mugs/)
  await shown(visitor)
  expect(await tones()).toBe(0)
  await watch.start(id, 'The oat one is back.')
  await shown(visitor, 'The oat one is back.')
  expect(await tones()).toBe(2)
  expect(await reply(visitor).count()).toBe(1)

  await it.api.settings({ sound: false })
  await watch.start(id, 'And the blue one.')
  await shown(visitor, 'And the blue one.')
  expect(await tones()).toBe(2)
})

test('by keyboard: it does not take the focus, Escape sends it away and leaves one at the launcher', async () => {
  const visitor = await Visitor.at(it.host.page('/keys', { body: '<input id="search">' }))
  await visitor.page.locator('#search').focus()
  await watch.start((await watch.at('/keys')).id, words)
  await shown(visitor)
  expect(await focused(visitor.page)).toBe('INPUT')
  await visitor.page.keyboard.press('Escape') // the page's own
  expect(await reply(visitor).isVisible()).toBe(true)
  await visitor.page.keyboard.press('Tab')
  expect(await focused(visitor.page)).toBe('Reply')
  await visitor.page.keyboard.press('Tab')
  expect(await focused(visitor.page)).toBe('Dismiss')
  await visitor.page.keyboard.press('Escape')
  await gone(visitor)
  expect(await focused(visitor.page)).toBe('Chat')
  await until(async () => (await watch.openers()).includes('dismissed'), 'the agent knows')
})

test('a tab that nobody looks at does not say that it was seen', async () => {
  const visitor = await Visitor.at('about:blank')
  await visitor.page.addInitScript(() => {
    const page = window as unknown as { away: boolean }
    page.away = true
    Object.defineProperty(Document.prototype, 'hidden', { get: () => page.away })
  })
  await visitor.page.goto(it.host.page('/away', {}))
  await watch.start((await watch.at('/away')).id, words)
  await shown(visitor)
  expect(await watch.openers()).toEqual(['sent'])
  await visitor.page.evaluate(() => {
    ;(window as unknown as { away: boolean }).away = false
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await until(async () => (await watch.openers()).includes('seen'), 'somebody looks')
})

test('on a phone, in a right-to-left page, for axe in both themes', async () => {
  const pocket = await spokenTo('/pocket', phone)
  const box = await card(pocket).locator('.oc').boundingBox()
  expect(box && box.x >= 12 && box.x + box.width <= 390 - 12).toBe(true)
  // A card that is placed by fractions of a pixel measures a hair below its 44.
  for (const button of [reply(pocket), dismiss(pocket)])
    expect(Math.round((await button.boundingBox())?.height ?? 0)).toBeGreaterThanOrEqual(44)
  await accessible(pocket.page, 'the card on a phone')
  await reply(pocket).tap()
  await pocket.sees(words)

  const arabic = await spokenTo('/ar', { locale: 'ar' }, { dir: 'rtl', lang: 'ar' }, 'هل تبحث عن هدية؟')
  const place = await card(arabic).locator('.oc').boundingBox()
  expect(place?.x).toBeLessThan(40) // the end of a right-to-left line is on the left
  expect(await card(arabic).getByText('Ana من Kiln Street').isVisible()).toBe(true)
  await accessible(arabic.page, 'the card in Arabic')
})

test('on a page with a strict policy, Trusted Types and hostile CSS', async () => {
  const ours = it.server.url
  const visitor = await Visitor.at('about:blank')
  const errors: string[] = []
  visitor.page.on('pageerror', error => errors.push(error.message))
  visitor.page.on('console', line => line.type() === 'error' && !line.text().includes('404') && errors.push(line.text()))
  const url = it.host.page('/strict', {
    headers: {
      'Content-Security-Policy': `default-src 'none'; script-src ${ours}; style-src 'unsafe-inline'; img-src ${ours}; connect-src ${ours} ${ours.replace('http', 'ws')}; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'`,
    },
    head: '<style>* { all: unset !important; color: red !important; font-size: 60px !important } html > *, body *, :not(:defined) { display: none !important }</style>',
  })
  await visitor.page.goto(url)
  await watch.start((await watch.at('/strict')).id, words)
  await shown(visitor)
  expect(await card(visitor).getByText(words).isVisible()).toBe(true)
  expect(
    await card(visitor)
      .getByText(words)
      .evaluate(text => getComputedStyle(text).fontSize),
  ).toBe('14px')
  await reply(visitor).click()
  await visitor.sees(words)
  expect(errors).toEqual([])
})
