import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { helpSettings, type Published, publish, setState, translate } from '../src/articles.ts'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Agent, reads, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage()

// Several people and pages: time enough on a busy machine.
const busy = { timeout: 120_000 }

const oven = 'Is stoneware safe in the oven?'
const refunds = 'How we refund'
let article: Published

beforeAll(async () => {
  await helpSettings(it.api, { languages: ['en', 'ar'] })
  article = await publish(it.api, {
    title: oven,
    description: 'Up to 220 degrees, if you warm it slowly.',
    markdown: [
      'Yes, up to **220 °C**. What can harm it is [a sudden change](#warm-it-up-slowly).',
      '## Warm it up slowly',
      '1. Let the dish reach room temperature.\n2. Put it in while the oven is cold.',
      '> [!TIP]\n> From the freezer? Leave it on a board first.',
      '| Piece | Oven |\n| --- | --- |\n| Bowls | to 220 °C |\n| Gold rim | no |',
      'More at [the potters](https://potters.example/).',
      '<script>window.hacked = 1</script>',
    ].join('\n\n'),
  })
  const arabic = await translate(it.api, article.id, {
    language: 'ar',
    title: 'هل الفخار آمن في الفرن؟',
    description: 'حتى 220 درجة.',
    markdown: 'نعم، حتى **220** درجة مئوية.',
  })
  await publish(it.api, { title: 'Dishwasher or by hand', markdown: 'Both. The gold rim by hand.' })
  await publish(it.api, {
    title: 'Everything about care',
    markdown: [
      'First, [is it safe in the oven](article:is-stoneware-safe-in-the-oven)?',
      `Then [warm it up](${article.url}#h-warm-it-up-slowly), and [wash it](article:dishwasher-or-by-hand).`,
      `بالعربية: [الفرن](article:ar/${decodeURI(arabic.url).split('/').at(-1)}).`,
      'Or ask [the potters](https://potters.example/a/oven). [Gone](article:nothing-of-this-name).',
    ].join('\n\n'),
  })
  await publish(it.api, { title: refunds, markdown: 'Within two years, without questions.', audience: 'agents' })
})

const offer = (visitor: Visitor) => visitor.panel.getByRole('button', { name: /^(Find an answer|ابحث عن إجابة)$/ })
const search = (visitor: Visitor) => visitor.panel.getByRole('searchbox')
const answer = (visitor: Visitor, title: string) => visitor.panel.locator('.help li').getByRole('button', { name: title })
const heading = (visitor: Visitor, title: string) => visitor.panel.getByRole('heading', { name: title, level: 2 })
const messageUs = (visitor: Visitor) => visitor.panel.getByRole('button', { name: /^(Message us|راسلنا)$/ })
const focused = (page: Page) =>
  page.evaluate(() => {
    const inside = document.querySelector('parley-chat')?.shadowRoot?.activeElement
    return inside?.getAttribute('aria-label') ?? inside?.textContent ?? ''
  })

/** The words that were typed are answered: what is shown is no longer what is most read. */
const answered = (visitor: Visitor, title: string) => answer(visitor, title).locator('mark').first().waitFor()

/** Opens the panel, looks for something and opens the answer. */
async function find(visitor: Visitor, words: string, title = oven): Promise<void> {
  await visitor.open()
  await offer(visitor).click()
  await search(visitor).fill(words)
  await answered(visitor, title)
  await answer(visitor, title).click()
  await heading(visitor, title).waitFor()
}

test('find an answer in the panel, read it, vote, change the vote, message us: the agent sees the name of the article', busy, async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at('about:blank')
  const scripts: string[] = []
  visitor.page.on('request', request => {
    if (request.url().includes('/w/panel')) scripts.push(request.url())
  })
  await visitor.page.goto(it.host.url)
  await visitor.open()
  await offer(visitor).waitFor()
  const before = scripts.length
  await offer(visitor).click()
  await answer(visitor, oven).waitFor() // the most read, before anything is typed
  expect(await answer(visitor, refunds).count()).toBe(0) // for agents only
  expect(scripts.length).toBeGreaterThan(before) // loaded now, not with the panel
  await until(async () => (await focused(visitor.page)) === 'Search for an answer', 'one can type at once')

  await search(visitor).pressSequentially('stonewar')
  await answer(visitor, oven).locator('mark').first().waitFor()
  await until(async () => (await visitor.panel.locator('.help li').count()) === 1, 'only what fits is left')
  await answer(visitor, oven).click()
  await heading(visitor, oven).waitFor()
  const text = visitor.panel.locator('.help .text')
  await text.getByRole('heading', { name: 'Warm it up slowly' }).waitFor()
  expect(await text.locator('ol li').count()).toBe(2)
  expect(await text.locator('table td').allInnerTexts()).toContain('to 220 °C')
  expect(await text.getByRole('link', { name: 'the potters' }).getAttribute('target')).toBe('_blank')
  expect(await visitor.page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined()

  await visitor.panel.getByRole('button', { name: 'Yes' }).click()
  await visitor.panel.getByText('1 out of 1 liked this article').waitFor()
  await visitor.panel.getByRole('button', { name: 'No', exact: true }).click()
  await visitor.panel.getByText('0 out of 1 liked this article').waitFor()
  await visitor.panel.getByRole('textbox', { name: 'What was missing?' }).fill('And in the microwave?')
  await visitor.panel.getByRole('button', { name: 'Send' }).click()
  await visitor.panel.getByText('Thank you, the team will see it.').waitFor()
  await until(
    async () => JSON.stringify(await it.api.call('GET', `/properties/${it.property}/help/missing`)).includes('And in the microwave?'),
    'the editors can read it',
  )

  await messageUs(visitor).click()
  await until(async () => (await focused(visitor.page)) === 'Message', 'one can write at once')
  await visitor.say('It still cracked')
  await agent.openChat('It still cracked')
  await agent.sees(/Came from the article/)
  const link = agent.log.getByRole('link', { name: oven })
  expect(await link.getAttribute('href')).toBe(article.url)
  expect(await visitor.panel.getByText(/Came from/).count()).toBe(0)
  await agent.say('Show me a picture?')
  await reads(visitor, ['It still cracked', 'Show me a picture?'])
  const report = await it.api.call('GET', `/properties/${it.property}/help/report`)
  expect(report.total.chats).toBe(1)

  // The vote stands on the next page too.
  await visitor.page.reload()
  await visitor.panel.waitFor()
  await visitor.endSession()
  await visitor.panel.getByRole('button', { name: 'Start a new chat' }).click()
  await offer(visitor).click()
  await answer(visitor, oven).click()
  await until(
    async () => (await visitor.panel.getByRole('button', { name: 'No', exact: true }).getAttribute('aria-pressed')) === 'true',
    'the vote is remembered',
  )
})

test('links between articles stay in the panel, and lead back; others open a tab', busy, async () => {
  const care = 'Everything about care'
  const visitor = await Visitor.at(it.host.url)
  await find(visitor, 'everything about', care)
  const link = (name: string) => visitor.panel.locator('.help .text').getByRole('link', { name, exact: true })
  const place = visitor.panel.getByRole('region', { name: oven })

  await link('is it safe in the oven').click()
  await heading(visitor, oven).waitFor()
  await until(async () => (await focused(visitor.page)) === oven, 'the title has the focus')
  await visitor.page.keyboard.press('Escape')
  await heading(visitor, care).waitFor()

  await link('warm it up').click() // a heading of it
  await heading(visitor, oven).waitFor()
  await until(async () => (await place.evaluate(box => box.scrollTop)) > 20, 'it begins at the heading')
  await visitor.panel.getByRole('button', { name: 'Back' }).click()
  await heading(visitor, care).waitFor()

  await link('الفرن').focus()
  await visitor.page.keyboard.press('Enter') // in the language that the link names
  await heading(visitor, 'هل الفخار آمن في الفرن؟').waitFor()
  await visitor.page.keyboard.press('Escape')

  await link('Gone').click()
  await visitor.panel.getByText('This article is no longer there.').waitFor()
  await visitor.page.keyboard.press('Escape')
  await heading(visitor, care).waitFor()
  expect(visitor.context.pages().length).toBe(1)

  // Who asks for a tab gets one, and so does what is elsewhere, which does not hear from where.
  const [tab] = await Promise.all([visitor.context.waitForEvent('page'), link('wash it').click({ modifiers: ['ControlOrMeta'] })])
  await tab.waitForURL(/\/a\/dishwasher-or-by-hand/)
  expect(await tab.evaluate(() => window.opener)).toBe(null)
  await heading(visitor, care).waitFor()
  await visitor.context.route('https://potters.example/**', route => route.fulfill({ body: 'Potters' }))
  const [away] = await Promise.all([visitor.context.waitForEvent('page'), link('the potters').click()])
  await away.getByText('Potters').waitFor()
  expect(await away.evaluate(() => [window.opener, document.referrer])).toEqual([null, ''])
})

test('Message us on a page of the help centre: a chat that names its article', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(article.url)
  await visitor.launcher.waitFor()
  await visitor.page
    .getByRole('link', { name: 'Message us' })
    .or(visitor.page.getByRole('button', { name: 'Message us' }))
    .first()
    .click()
  await visitor.panel.waitFor()
  await visitor.say('From the page')
  await agent.openChat('From the page')
  await agent.sees(/Came from the article/)
  expect(await agent.log.getByRole('link', { name: oven }).count()).toBe(1)
  // It is told once: what follows is the same chat.
  await visitor.say('And another thing')
  await agent.sees('And another thing')
  expect(await agent.log.getByText(/Came from the article/).count()).toBe(1)
})

test('nobody online: a ticket from the form names the article that was read before', busy, async () => {
  await until(
    async () => {
      const members = await it.api.call('GET', `/properties/${it.property}/members`)
      return members.items.every((member: { status: string }) => member.status === 'offline')
    },
    'everybody is offline',
    30_000,
  )
  const visitor = await Visitor.at(it.host.url)
  const send = visitor.panel.getByRole('button', { name: 'Send message' })
  await find(visitor, 'oven')
  await messageUs(visitor).click()
  await visitor.panel.getByLabel('Name').fill('Jonas Weber')
  await visitor.panel.getByLabel('Email').fill('jonas.weber@example..com') // the server refuses it; the article is not forgotten
  await visitor.panel.getByLabel('Message').fill('Mine cracked.')
  await send.click()
  await visitor.panel.getByText('This address is not complete.').waitFor()
  await visitor.panel.getByLabel('Email').fill('jonas.weber@example.com')
  await send.click()
  await visitor.panel.getByText('We have your message').waitFor()
  await visitor.panel.getByRole('button', { name: 'Write another message' }).click()
  await visitor.panel.getByLabel('Message').fill('Another thing.')
  await send.click()
  await visitor.panel.getByText('We have your message').waitFor()

  const agent = await Agent.at(it.server.url, owner)
  await agent.page.getByRole('link', { name: /^Tickets/ }).click()
  await agent.page.locator('[data-row]').filter({ hasText: 'Mine cracked.' }).click()
  await agent.page.getByRole('heading', { name: 'Came from this article' }).waitFor()
  expect(await agent.page.getByRole('link', { name: oven }).getAttribute('href')).toBe(article.url)
  await accessible(agent.page, 'a ticket that came from an article')
  await agent.page.locator('[data-row]').filter({ hasText: 'Another thing.' }).click() // told once
  await agent.page.getByRole('heading', { name: 'Written on this page' }).waitFor()
  expect(await agent.page.getByRole('heading', { name: 'Came from this article' }).count()).toBe(0)
})

test('Alt A, Enter: the article that answers the visitor is a card on both sides, and opens in the panel', busy, async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('Can I put my stoneware bowl into the oven?')
  await agent.openChat('Can I put my stoneware')
  await until(() => agent.field.evaluate(field => field === document.activeElement), 'the composer has the focus')
  await agent.page.keyboard.press('Alt+a')
  const finder = agent.page.getByRole('dialog', { name: 'Find an article to send' })
  await finder.getByRole('option', { name: oven }).waitFor()
  expect(await finder.getByRole('option').first().getAttribute('aria-selected')).toBe('true')
  await agent.page.keyboard.press('Enter')
  const theirs = agent.log.getByRole('link', { name: new RegExp(oven.replace('?', '\\?')) })
  await theirs.waitFor()
  expect(await theirs.getAttribute('href')).toBe(article.url)
  expect(await finder.count()).toBe(0)
  await until(() => agent.field.evaluate(field => field === document.activeElement), 'one can write on')
  expect(await agent.row(oven).count()).toBe(1) // the list says what was sent

  const card = visitor.log.getByRole('button', { name: oven })
  await card.waitFor()
  expect(await card.textContent()).toContain('Up to 220 degrees')
  await card.click()
  await heading(visitor, oven).waitFor()
  await visitor.page.keyboard.press('Escape')
  await card.waitFor() // back in the chat, from where it was opened
})

test('words go along with an article, and all of it is there on the next page', busy, async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('How do I wash it?')
  await agent.openChat('How do I wash it?')
  await agent.field.fill('This says it all:')
  await agent.page.keyboard.press('Alt+a')
  const finder = agent.page.getByRole('dialog', { name: 'Find an article to send' })
  await accessible(agent.page, 'the finder')
  await finder.getByRole('combobox').fill('dishwasher')
  await finder.getByRole('option', { name: 'Dishwasher or by hand' }).waitFor()
  await until(async () => (await finder.getByRole('option').count()) === 1, 'only what fits is left')
  await agent.page.keyboard.press('Enter')
  await visitor.log.getByRole('button', { name: 'Dishwasher or by hand' }).waitFor()
  await visitor.sees('This says it all:')
  expect(await agent.field.inputValue()).toBe('')
  await visitor.page.reload()
  await visitor.panel.waitFor()
  await visitor.log.getByRole('button', { name: 'Dishwasher or by hand' }).waitFor()
  await agent.page.reload()
  await agent.log.getByRole('link', { name: /Dishwasher/ }).waitFor()
})

test('what is for the team alone goes to the team alone', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('I want a refund')
  await agent.openChat('I want a refund')
  await agent.page.getByRole('button', { name: 'Send an article' }).click()
  const finder = agent.page.getByRole('dialog', { name: 'Find an article to send' })
  await finder.getByRole('option', { name: refunds }).click()
  await agent.log.locator('.card.whisper').getByText(refunds).waitFor()
  await agent.say('In a minute')
  await visitor.sees('In a minute')
  expect(await visitor.panel.getByText(refunds).count()).toBe(0)
  // Escape takes the finder away and nothing else.
  await agent.page.keyboard.press('Alt+a')
  await finder.waitFor()
  await agent.page.keyboard.press('Escape')
  await finder.waitFor({ state: 'detached' })
  await until(() => agent.field.evaluate(field => field === document.activeElement), 'the focus is back')
})

test('a strict Content-Security-Policy and Trusted Types', async () => {
  const ours = it.server.url
  const visitor = await Visitor.at('about:blank')
  const errors: string[] = []
  visitor.page.on('pageerror', error => errors.push(error.message))
  visitor.page.on('console', line => {
    if (line.type() === 'error') errors.push(line.text())
  })
  await visitor.page.goto(
    it.host.page('/csp', {
      headers: {
        'Content-Security-Policy': `default-src 'none'; script-src 'self' ${ours}; style-src 'self'; img-src 'self' ${ours}; connect-src ${ours} ${ours.replace('http', 'ws')}; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'`,
      },
    }),
  )
  await find(visitor, 'oven')
  await visitor.panel.locator('.help .text table').waitFor()
  const looks = await visitor.panel.locator('.help .callout').evaluate(box => getComputedStyle(box).backgroundColor)
  expect(looks).not.toMatch(/, 0\)$/)
  await visitor.panel.getByRole('button', { name: 'Yes' }).click()
  await visitor.panel.getByText(/liked this article/).waitFor()
  expect(errors.filter(text => !text.includes('favicon') && !text.includes('404'))).toEqual([])
})

test('by keyboard alone, there and back', async () => {
  await Agent.at(it.server.url, owner) // or there would be the form
  const visitor = await Visitor.at(it.host.url)
  const { keyboard } = visitor.page
  await visitor.launcher.focus()
  await keyboard.press('Enter')
  await offer(visitor).focus()
  await keyboard.press('Enter')
  await until(async () => (await focused(visitor.page)) === 'Search for an answer', 'the field has the focus')
  await answer(visitor, oven).waitFor()
  await accessible(visitor.page, 'the search in the panel')
  await keyboard.type('dishwasher')
  await until(async () => (await visitor.panel.locator('.help li').count()) === 1, 'it is found')
  await keyboard.press('ArrowDown')
  await until(async () => (await focused(visitor.page)).includes('Dishwasher'), 'the arrow goes into the list')
  await keyboard.press('ArrowUp')
  await keyboard.press('Enter') // the one answer that there is
  await heading(visitor, 'Dishwasher or by hand').waitFor()
  await until(async () => (await focused(visitor.page)) === 'Dishwasher or by hand', 'the title has the focus')
  await keyboard.press('Escape')
  await until(async () => (await focused(visitor.page)).includes('Dishwasher'), 'back where one was in the list')
  expect(await search(visitor).inputValue()).toBe('dishwasher')
  await search(visitor).focus()
  await keyboard.press('Escape')
  expect(await search(visitor).inputValue()).toBe('')
  await keyboard.press('Escape')
  await until(async () => (await focused(visitor.page)) === 'Message', 'the composer has the focus')
  await keyboard.press('Escape')
  await visitor.panel.waitFor({ state: 'hidden' })
})

test('a search without an answer says so, and mistyped words are understood', async () => {
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await offer(visitor).click()
  await search(visitor).fill('zebra')
  await visitor.panel.getByText('Nothing found for “zebra”.').waitFor()
  await search(visitor).fill('dishwahser')
  await answer(visitor, 'Dishwasher or by hand').waitFor()
  await visitor.panel.getByText(/Answers for/).waitFor()
})

test('a search is told to the editors once it has come to rest, or when somebody chooses', async () => {
  const visitor = await Visitor.hasty(it.host.url)
  const told: string[] = []
  visitor.page.on('request', request => {
    const { pathname, searchParams } = new URL(request.url())
    if (pathname.endsWith('/help/search') && searchParams.has('asked')) told.push(searchParams.get('q') ?? '')
  })
  await visitor.open()
  await offer(visitor).click()
  await search(visitor).pressSequentially('teapot')
  await visitor.panel.getByText('Nothing found for “teapot”.').waitFor()
  await visitor.minute()
  await until(async () => told.length > 0, 'it is told')
  await search(visitor).fill('')
  await search(visitor).pressSequentially('dishw')
  await answer(visitor, 'Dishwasher or by hand').click()
  await heading(visitor, 'Dishwasher or by hand').waitFor()
  await visitor.minute()
  await visitor.page.keyboard.press('Escape')
  await search(visitor).fill('gone away')
  await visitor.page.evaluate(() => dispatchEvent(new Event('pagehide'))) // of a page that has gone nothing is heard here
  await until(async () => told.length > 2, 'the last one is told as the page goes')
  expect(told).toEqual(['teapot', 'dishw', 'gone away'])
})

test('a phone', async () => {
  const visitor = await Visitor.at(it.host.url, phone)
  await visitor.launcher.tap()
  await visitor.panel.waitFor()
  await offer(visitor).tap()
  await search(visitor).fill('oven')
  await answered(visitor, oven)
  expect(Number.parseFloat(await search(visitor).evaluate(field => getComputedStyle(field).fontSize))).toBeGreaterThanOrEqual(16)
  await answer(visitor, oven).tap()
  await heading(visitor, oven).waitFor()
  const wide = await visitor.panel.evaluate(panel => panel.scrollWidth - panel.clientWidth)
  expect(wide).toBe(0)
  for (const button of await visitor.panel.locator('.help').getByRole('button').all())
    expect((await button.boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(44)
  await messageUs(visitor).tap()
  await visitor.field.waitFor()
})

test('an article in the panel has nothing that axe would change', async () => {
  const visitor = await Visitor.at(it.host.url)
  await find(visitor, 'oven')
  await visitor.panel.getByRole('button', { name: 'No', exact: true }).click()
  await visitor.panel.getByRole('textbox', { name: 'What was missing?' }).waitFor()
  await accessible(visitor.page, 'an article in the panel')
})

test('in Arabic, from right to left', busy, async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.page('/ar', { dir: 'rtl', lang: 'ar' }), { locale: 'ar' })
  await visitor.open()
  await offer(visitor).click()
  await search(visitor).fill('الفخار')
  await answer(visitor, 'هل الفخار آمن في الفرن؟').click()
  const title = heading(visitor, 'هل الفخار آمن في الفرن؟')
  await title.waitFor()
  expect(await title.evaluate(one => getComputedStyle(one).direction)).toBe('rtl')
  await accessible(visitor.page, 'an article in Arabic')
  await messageUs(visitor).click()
  await visitor.say('شكرًا')
  await agent.openChat('شكرًا')
  await agent.sees(/Came from the article/)
  await agent.log.getByRole('link', { name: 'هل الفخار آمن في الفرن؟' }).waitFor()
})

test('pages that are open hear when there is something to read, and when there is nothing any more', async () => {
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await offer(visitor).waitFor()
  const list = await it.api.call('GET', `/properties/${it.property}/help/articles`)
  const published = list.items.flatMap((row: { id: string; audience: string; languages: { language: string }[] }) =>
    row.audience === 'public' ? row.languages.map(({ language }) => ({ id: row.id, language })) : [],
  )
  for (const { id, language } of published) await setState(it.api, id, language, 'draft')
  await offer(visitor).waitFor({ state: 'detached' })
  for (const { id, language } of published) await setState(it.api, id, language, 'published')
  await offer(visitor).waitFor()
})
