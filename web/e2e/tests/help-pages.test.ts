import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { launch, person, phone } from '../src/browser.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { Shelf } from '../src/shelf.ts'
import { stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })
const unscripted: BrowserContextOptions = { javaScriptEnabled: false }

let shelf: Shelf
let oven = ''
const at = (path: string) => `${it.server.url}/help/kiln${path}`

const ovenText = `Yes, up to 220 °C. Our clay is fired at 1,240 °C, so an oven cannot harm it. What can is a sudden change: cold clay in a hot oven, or a hot dish on a wet stone.

## Warm it up slowly

1. Let the dish reach room temperature.
2. Put it in while the oven is still cold.
3. Then turn up the heat.

> [!NOTE]
> From the freezer? Leave it on a wooden board for half an hour first.

## Which pieces are oven safe

| Piece | Oven | Microwave |
| --- | --- | --- |
| Bowls and plates | to 220 °C | yes |
| Mugs and cups | to 180 °C | yes |
| Gold rim series | no | no |

## If it cracks all the same

Within two years we replace it. Send us a photo, you need not send the pieces.

\`\`\`
order 4711
\`\`\`

https://www.youtube.com/watch?v=dQw4w9WgXcQ
`

beforeAll(async () => {
  shelf = await Shelf.of(it.api)
  await shelf.site({
    slug: 'kiln',
    title: 'Kiln Street',
    languages: ['en', 'ar'],
    links: [{ label: 'Shop', url: 'https://shop.example/' }],
  })
  const care = await shelf.category('Caring for stoneware', 'care', {
    icon: 'package',
    texts: {
      en: { name: 'Caring for stoneware', slug: 'care', description: 'Oven, stains, repairs.' },
      ar: { name: 'العناية بالخزف', slug: 'care' },
    },
  })
  const repairs = await shelf.category('Repairs', 'repairs', { parent: care })
  oven = await shelf.publish({
    title: 'Is stoneware safe in the oven?',
    slug: 'oven',
    description: 'Up to 220 °C.',
    markdown: ovenText,
    category: care,
  })
  await shelf.publish({
    title: 'هل الخزف آمن في الفرن؟',
    slug: 'oven',
    markdown: 'نعم، حتى 220 درجة.\n\n## سخّنه ببطء\n\nثم ارفع الحرارة.\n\n## أي القطع آمنة\n\nكلها.',
    language: 'ar',
    of: oven,
  })
  await shelf.publish({ title: 'Stains and how to lift them', slug: 'stains', markdown: 'Baking soda, and patience.', category: care })
  await shelf.publish({ title: 'Gluing a handle', slug: 'handle', markdown: 'With epoxy.', category: repairs })
  await shelf.publish({
    title: 'Discounts that we may give',
    slug: 'secret',
    markdown: 'Ten per cent.',
    category: care,
    audience: 'agents',
  })
})

const question = (page: Page) => page.getByRole('region', { name: 'Was this article helpful?' })
const answer = (page: Page, name: string) => question(page).getByRole('button', { name, exact: true })

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await person(options)).newPage()
  await page.goto(at(path))
  return page
}

for (const [how, options] of [
  ['with script', {}],
  ['without script', unscripted],
] as const) {
  test(`${how}: from the home page to an article, and on`, async () => {
    const page = await visit('/', options)
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
    await page.getByRole('link', { name: /Caring for stoneware/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Caring for stoneware' }).waitFor()
    await page.getByRole('link', { name: /Repairs/ }).waitFor()
    await page.getByRole('link', { name: /Is stoneware safe/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Is stoneware safe in the oven?' }).waitFor()
    await page.getByRole('navigation', { name: 'On this page' }).getByRole('link', { name: 'If it cracks all the same' }).click()
    expect(new URL(page.url()).hash).toMatch(/^#h-/)
    await page.getByRole('link', { name: /Next.*Stains/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Stains and how to lift them' }).waitFor()
    await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'Help' }).click()
    await page.getByRole('heading', { name: 'Read most this month' }).waitFor()
  })

  test(`${how}: a search finds, marks, and says when there is nothing`, async () => {
    const page = await visit('/', options)
    const field = page.getByRole('searchbox', { name: 'Search the help centre' })
    await field.fill('baking')
    await field.press('Enter')
    await page.getByText(/1 article for “baking”/).waitFor()
    expect(await page.locator('mark').first().textContent()).toMatch(/baking/i)
    await page.getByRole('searchbox').last().fill('xylophone')
    await page.getByRole('searchbox').last().press('Enter')
    await page.getByText('Nothing about “xylophone”').waitFor()
    await page.goto(at('/search?q=discounts'))
    expect(await page.getByText('Discounts that we may give').count()).toBe(0)
  })

  test(`${how}: one vote, changeable, and a No asks what was missing`, async () => {
    const page = await visit('/a/stains', options)
    const other = await visit('/a/stains', options)
    const tally = async (from: Page) => Number(/(\d+) out of/.exec((await question(from).textContent()) ?? '')?.[1] ?? 0)
    const before = await tally(page)
    await answer(page, 'Yes').click()
    await question(page).getByText('You can change your answer').waitFor()
    await until(async () => (await tally(page)) === before + 1, 'the vote is counted')
    expect(await answer(page, 'Yes').getAttribute('aria-pressed')).toBe('true')
    await page.reload()
    expect(await answer(page, 'Yes').getAttribute('aria-pressed')).toBe('true')
    await answer(page, 'No').click()
    const box = question(page).getByRole('textbox', { name: 'What was missing?' })
    await box.fill(`How to lift wax (${how})`)
    await question(page).getByRole('button', { name: 'Send' }).click()
    await question(page).getByText('It is with those who write here').waitFor()
    await until(async () => (await tally(page)) === before, 'the vote is another one')
    await other.reload()
    expect(await tally(other)).toBe(before)
    expect(await answer(other, 'No').getAttribute('aria-pressed')).toBe('false')
    expect((await shelf.missing()).items.map(one => one.text)).toContain(`How to lift wax (${how})`)
    if (how === 'with script') expect(await page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1)
  })
}

test('what somebody types into the search is told once it has come to rest', async () => {
  const context = await person()
  await context.clock.install()
  const page = await context.newPage()
  const told: string[] = []
  page.on('request', request => {
    const { searchParams } = new URL(request.url())
    if (searchParams.has('asked')) told.push(searchParams.get('q') ?? '')
  })
  await page.goto(at('/'))
  const field = page.getByRole('searchbox', { name: 'Search the help centre' })
  await field.pressSequentially('bakin')
  await page.locator('.quick a').first().waitFor()
  expect(told).toEqual([])
  await page.clock.fastForward(5000)
  await until(async () => told.length > 0, 'it is told')
  await field.pressSequentially('g')
  await page.evaluate(() => dispatchEvent(new Event('pagehide'))) // of a page that has gone nothing is heard here
  await until(async () => told.length > 1, 'and when they choose')
  expect(told).toEqual(['bakin', 'baking'])
  await page.goto(at('/'))
  await field.fill('patience')
  await field.press('Enter') // the page itself counts
  await page.getByText(/1 article for “patience”/).waitFor()
  expect(told.length).toBe(2)
})

test('votes with a script keep the page, and the focus', async () => {
  const page = await visit('/a/oven')
  await page.evaluate(() => ((window as unknown as { same: boolean }).same = true))
  await answer(page, 'No').focus()
  await page.keyboard.press('Enter')
  await question(page).getByRole('textbox').waitFor()
  expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('value'))).toBe('no')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('missing')
})

test('articles as one types, by keyboard', async () => {
  const page = await visit('/')
  const field = page.getByRole('searchbox')
  await field.pressSequentially('ove')
  const link = page.locator('.quick a').first()
  await link.waitFor()
  await accessible(page, 'what is found as one types')
  await field.focus()
  await page.keyboard.press('ArrowDown')
  expect(await page.evaluate(() => document.activeElement?.closest('.quick') !== null)).toBe(true)
  await page.keyboard.press('Escape')
  await page.locator('.quick').waitFor({ state: 'detached' })
  expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
  await field.pressSequentially('n')
  await link.waitFor()
  await link.click()
  await page.getByRole('heading', { level: 1, name: 'Is stoneware safe in the oven?' }).waitFor()
})

test('Message us opens the widget, and a chat begins', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(at('/a/oven'))
  await visitor.launcher.waitFor()
  expect(await visitor.page.locator('meta[name=parley-article]').getAttribute('content')).toBe(oven)
  await visitor.page.getByRole('link', { name: 'Message us' }).click()
  await visitor.panel.waitFor()
  await visitor.say('My gold rim cracked')
  await agent.openChat('My gold rim cracked')
  await agent.say('Send us a photo')
  await visitor.sees('Send us a photo')
  await visitor.page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'Caring for stoneware' }).click()
  await visitor.page.getByRole('heading', { level: 1, name: 'Caring for stoneware' }).waitFor()
  await visitor.sees('Send us a photo')
})

test('without script Message us is a form that becomes a ticket', async () => {
  const page = await visit('/a/oven', unscripted)
  await page.getByRole('link', { name: 'Message us' }).click()
  await page.getByText('About: Is stoneware safe in the oven?').waitFor()
  await page.getByLabel('Your name').fill('Vi Novak')
  await page.getByLabel('Your email address').fill('vi@nowhere')
  await page.getByLabel('Your message').fill('Is the gold rim real gold?')
  await page.getByRole('button', { name: 'Send the message' }).click()
  await page.getByRole('heading', { name: 'Your message is with us' }).waitFor()
  const tickets = await it.api.call('GET', `/properties/${it.property}/tickets`)
  expect(tickets.items[0]).toMatchObject({ name: 'Vi Novak', text: 'Is the gold rim real gold?', page: { url: at('/a/oven') } })
  await page.getByRole('link', { name: 'Back to the article' }).click()
  await page.getByRole('heading', { level: 1, name: 'Is stoneware safe in the oven?' }).waitFor()
})

test('what is wrong in the form is said beside it, and no word is lost', async () => {
  const page = await visit('/message')
  await page.locator('form.form').evaluate(form => form.setAttribute('novalidate', ''))
  await page.getByLabel('Your message').fill('Is the gold rim real gold?')
  await page.getByRole('button', { name: 'Send the message' }).click()
  await page.getByText('Give your name').waitFor()
  expect(await page.getByLabel('Your name').getAttribute('aria-invalid')).toBe('true')
  expect(await page.getByLabel('Your message').inputValue()).toBe('Is the gold rim real gold?')
  await accessible(page, 'the form with an error')
})

test('who is banned reads on, and is offered nothing', async () => {
  const ban = await it.api.call('POST', `/properties/${it.property}/bans`, { network: '203.0.113.77', reason: 'Insults', ends_at: 0 })
  const page = await visit('/a/oven', { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.77' } })
  await page.getByRole('heading', { level: 1, name: 'Is stoneware safe in the oven?' }).waitFor()
  expect(await page.getByText('Still need help?').count()).toBe(0)
  expect(await question(page).getByRole('button').count()).toBe(0)
  expect(await page.locator('script[src="/widget.js"]').count()).toBe(0)
  await accessible(page, 'an article for somebody who is banned')
  await it.api.call('DELETE', `/properties/${it.property}/bans/${ban.id}`)
  await page.reload()
  await page.getByText('Still need help?').waitFor()
})

test('an old address leads to the new one', async () => {
  const article = await shelf.publish({ title: 'How to return something', slug: 'returns', markdown: 'Within 30 days.' })
  await shelf.save(article, { title: 'Returns and refunds', slug: 'returns-and-refunds', markdown: 'Within 30 days.' })
  const page = await visit('/a/returns')
  expect(page.url()).toBe(at('/a/returns-and-refunds'))
  await page.getByRole('heading', { level: 1, name: 'Returns and refunds' }).waitFor()
  await page.goto(at('/a/never-was'))
  await page.getByRole('heading', { name: 'There is no page here' }).waitFor()
  await accessible(page, 'the page that is not there')
})

test('a video is asked for when somebody opens it, and not before', async () => {
  const page = await visit('/a/oven')
  const asked: string[] = []
  await page.route(/youtube/, route => {
    asked.push(route.request().url())
    return route.fulfill({ contentType: 'text/html', body: 'the player' })
  })
  expect(await page.locator('iframe').count()).toBe(0)
  await page.locator('details.embed summary').click()
  await page.locator('details.embed iframe').waitFor()
  await until(() => asked.length > 0, 'the player is asked for')
  expect(asked[0]).toMatch(/^https:\/\/www\.youtube-nocookie\.com\/embed\//)
})

for (const [where, options] of [
  ['wide', {}],
  ['on a phone', phone],
] as const)
  test(`axe finds nothing, ${where}, light and dark, from left and from right`, async () => {
    const page = await visit('/', options)
    for (const path of ['/', '/c/care', '/a/oven', '/search?q=oven', '/search?q=xylophone', '/ar/a/oven']) {
      await page.goto(at(path))
      await accessible(page, path)
    }
  }, 180_000)

test('a phone has everything, and nothing sticks out', async () => {
  const page = await visit('/a/oven', phone)
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  expect(await wide()).toBe(false)
  await page.locator('details.fold summary').click()
  await page.locator('details.fold').getByRole('link', { name: 'If it cracks all the same' }).click()
  expect(new URL(page.url()).hash).toMatch(/^#h-/)
  for (const name of ['Yes', 'No']) expect((await answer(page, name).boundingBox())?.height).toBeGreaterThanOrEqual(44)
  await page.locator('summary[aria-label="Menu"]').click()
  await page.getByRole('link', { name: 'العربية' }).click()
  await page.getByRole('heading', { level: 1, name: 'هل الخزف آمن في الفرن؟' }).waitFor()
  expect(await wide()).toBe(false)
  await page.goto(at('/'))
  expect(await wide()).toBe(false)
})

test('from right to left: the text begins at the right, and the contents are at the left', async () => {
  const page = await visit('/ar/a/oven')
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl')
  const [text, side] = await Promise.all([page.locator('.text').boundingBox(), page.locator('.side').boundingBox()])
  expect(side?.x).toBeLessThan(text?.x ?? 0)
  await page.getByRole('button', { name: 'نعم' }).click()
  await page.getByText('يمكنك تغيير إجابتك').waitFor()
})

test('on paper there is the article, in ink on white', async () => {
  const page = await visit('/a/oven')
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  for (const selector of ['.vote', '.still', '.side', '.top nav'])
    expect(await page.locator(selector).first().isVisible(), selector).toBe(false)
  expect(await page.getByText('Within two years we replace it').isVisible()).toBe(true)
  const ink = await page.locator('.text').evaluate(text => getComputedStyle(text).color)
  expect(
    ink
      .match(/\d+/g)
      ?.slice(0, 3)
      .every(part => Number(part) < 80),
  ).toBe(true)
})

test('a page weighs at most 30 kB in four requests, nothing of others', async () => {
  const context = await person()
  const page = await context.newPage()
  const client = await context.newCDPSession(page)
  await client.send('Network.enable')
  const asked = new Map<string, string>()
  let bytes = 0
  client.on('Network.requestWillBeSent', one => asked.set(one.requestId, one.request.url))
  client.on('Network.loadingFinished', one => {
    if (asked.has(one.requestId)) bytes += one.encodedDataLength
  })
  await page.goto(at('/a/oven'), { waitUntil: 'networkidle' })
  const urls = [...asked.values()].filter(url => !url.startsWith('data:'))
  expect(urls.filter(url => !url.startsWith(it.server.url))).toEqual([])
  expect(urls.length).toBeLessThanOrEqual(4)
  expect(bytes).toBeLessThanOrEqual(30_000)
  asked.clear()
  bytes = 0
  await page.goto(at('/a/stains'), { waitUntil: 'networkidle' })
  expect(bytes).toBeLessThanOrEqual(10_000)
})

test('nothing on the console, whatever one does', async () => {
  const page = await (await person()).newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', line => {
    if (line.type() === 'error' || line.type() === 'warning') errors.push(line.text())
  })
  for (const path of ['/', '/c/care', '/a/oven', '/search?q=oven', '/message', '/ar/'])
    await page.goto(at(path), { waitUntil: 'networkidle' })
  expect(errors).toEqual([])
})

let own: Browser | undefined
afterAll(() => own?.close())

test('on a domain of its own the help centre is all there is', async () => {
  await shelf.site({ domain: 'help.kiln.example' })
  own = await launch(`--host-resolver-rules=MAP help.kiln.example 127.0.0.1:${it.server.port}`)
  const page = await own.newPage()
  await page.goto('http://help.kiln.example/')
  await page.getByRole('link', { name: /Caring for stoneware/ }).click()
  expect(page.url()).toBe('http://help.kiln.example/c/care')
  await page.getByRole('link', { name: /Is stoneware safe/ }).click()
  await answer(page, 'Yes').click()
  await question(page).getByText('You can change your answer').waitFor()
  await page.locator('parley-chat button[aria-expanded]').waitFor()
  await page.getByRole('link', { name: 'Message us' }).click()
  await page.locator('parley-chat').getByRole('dialog').first().waitFor()
  expect(await page.locator('link[rel=canonical]').getAttribute('href')).toMatch(/^https?:\/\/help\.kiln\.example(:\d+)?\/a\/oven$/)
  await page.goto('http://help.kiln.example/login')
  await page.getByRole('heading', { name: 'There is no page here' }).waitFor()
  await shelf.site({ domain: '' })
})
