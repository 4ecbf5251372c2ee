import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { accessible } from '../src/axe.ts'
import { phone } from '../src/browser.ts'
import { Agent } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage()
/** The preview is a page of the help centre, and looked at with those: in it axe takes half a minute. */
const shownPage = 'iframe'
/** As long as everything else is waited for. */
const soon = { timeout: 15_000 }

const help = () => `/properties/${it.property}/help`
const place = (rest = '') => `${it.server.url}/p/${it.property}/help${rest}`

/** An agent at a page of the help centre. */
async function writer(rest = '', options: { who?: { email: string; password: string }; at?: object } = {}): Promise<Agent> {
  const agent = await Agent.at(it.server.url, options.who ?? owner, options.at)
  await agent.page.goto(place(rest))
  await agent.page.getByRole('heading', { level: 1 }).waitFor()
  return agent
}
const title = (page: Page): Locator => page.getByRole('textbox', { name: 'Title', exact: true })
const body = (page: Page): Locator => page.getByRole('textbox', { name: 'Article', exact: true })
const bar = (page: Page): Locator => page.getByRole('region', { name: 'Article' }).locator('header').first()
const saved = (page: Page): Promise<void> =>
  bar(page)
    .getByText(/^Saved, \d\d:\d\d$/)
    .waitFor()
const preview = (page: Page) => page.frameLocator('iframe')
const side = (page: Page, name: string): Promise<void> =>
  page.getByRole('complementary', { name: 'Beside the article' }).getByText(name, { exact: true }).first().click()

interface Made {
  id: string
  url: string
}
/** An article that is there already; with an address it is published. */
async function article(name: string, markdown: string, o: { publish?: boolean; category?: string } = {}): Promise<Made> {
  const made = await it.api.call('POST', `${help()}/articles`, { title: name, markdown, category: o.category })
  if (!o.publish) return { id: made.id, url: '' }
  const [text] = made.texts
  const now = await it.api.call('POST', `${help()}/articles/${made.id}/texts/en/state`, { state: 'published', revision: text.revision })
  return { id: made.id, url: now.url }
}
const textOf = async (id: string, language = 'en') =>
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answers
  (await it.api.call('GET', `${help()}/articles/${id}`)).texts.find((one: any) => one.language === language)

/** A picture as a browser makes one. */
const png = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 320
    canvas.height = 200
    const paper = canvas.getContext('2d') as CanvasRenderingContext2D
    paper.fillStyle = '#a8462a'
    paper.fillRect(0, 0, 320, 200)
    return canvas.toDataURL('image/png').split(',')[1] ?? ''
  })
/** Pastes or drops files on the text. */
const give = (page: Page, how: 'paste' | 'drop', files: { name: string; type: string; data: string }[]): Promise<void> =>
  body(page).evaluate(
    (field, { how, files }) => {
      const data = new DataTransfer()
      for (const file of files) {
        const bytes = Uint8Array.from(atob(file.data), sign => sign.charCodeAt(0))
        data.items.add(new File([bytes], file.name, { type: file.type }))
      }
      field.dispatchEvent(
        how === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
      )
    },
    { how, files },
  )

test('the empty help centre teaches; an article is written, seen as published, published, and keeps its readers when it is renamed', {
  timeout: 150_000,
}, async () => {
  const { page } = await writer()
  await page.getByText('Answers nobody has to ask for').waitFor()
  await accessible(page, 'the empty list')
  await page.getByRole('button', { name: 'Write the first article' }).click()
  await page.getByRole('dialog').getByLabel('Title').fill('Is stoneware safe in the oven?')
  await accessible(page, 'the dialog')
  await page.getByRole('dialog').getByRole('button', { name: 'Begin' }).click()

  await body(page).click()
  const keys = page.keyboard
  await keys.type('Yes, up to 220 °C, if you warm it ')
  await keys.press('Control+b')
  await keys.type('slowly')
  await keys.press('ArrowRight')
  await keys.press('ArrowRight')
  await keys.type('.')
  await keys.press('Enter')
  await keys.press('Enter')
  await keys.press('Control+Shift+Digit2')
  await keys.type('Step by step')
  await keys.press('End')
  await keys.press('Enter')
  await keys.press('Enter')
  await page.getByRole('button', { name: 'Numbered list' }).click()
  await keys.type('Let it reach room temperature.')
  await keys.press('Enter')
  await keys.type('Put it in while the oven is cold.')
  expect(await body(page).inputValue()).toBe(
    'Yes, up to 220 °C, if you warm it **slowly**.\n\n## Step by step\n\n1. Let it reach room temperature.\n2. Put it in while the oven is cold.',
  )
  await preview(page).getByRole('heading', { name: 'Is stoneware safe in the oven?' }).waitFor()
  await preview(page).locator('strong', { hasText: 'slowly' }).waitFor()
  await preview(page).getByRole('listitem').filter({ hasText: 'while the oven is cold' }).waitFor()
  // It looks as it will: the page's own stylesheet is there, and nothing of it was refused.
  expect(
    await preview(page)
      .locator('h1')
      .evaluate(h => Number.parseFloat(getComputedStyle(h).fontSize)),
  ).toBeGreaterThan(24)
  expect(await preview(page).locator('script').count()).toBe(0)
  await saved(page)
  await accessible(page, 'the editor', shownPage)
  // Undo takes back what a tool did.
  await page.getByRole('button', { name: 'Bold' }).click()
  await keys.press('Control+z')
  expect(await body(page).inputValue()).not.toContain('important')

  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await bar(page).getByText('Published', { exact: true }).first().waitFor()
  const url = (await page.getByRole('link', { name: /Public page/ }).getAttribute('href')) ?? ''
  const reader = await page.context().newPage()
  await reader.goto(url)
  await reader.getByRole('heading', { name: 'Is stoneware safe in the oven?' }).waitFor()

  await body(page).press('Control+End')
  await keys.type('\nThen turn up the heat.')
  await bar(page).getByText('Changes not published').first().waitFor()
  await reader.reload()
  expect(await reader.getByText('Then turn up the heat.').count()).toBe(0)
  await side(page, 'Details')
  const slug = page.getByRole('textbox', { name: 'Address' })
  await slug.fill('Oven safe')
  await slug.press('Tab')
  expect(await slug.inputValue()).toBe('oven-safe')
  await page.getByLabel('Description').fill('Which pieces, how hot, and how to warm them.')
  await accessible(page, 'the details')
  await page.getByRole('button', { name: 'Publish changes' }).click()
  await bar(page).getByText('Changes not published').first().waitFor({ state: 'detached' })
  await reader.goto(url)
  await reader.getByText('Then turn up the heat.').waitFor()
  expect(reader.url()).toMatch(/\/a\/oven-safe$/)
  expect(url).not.toBe(reader.url())

  await page.getByRole('button', { name: 'More for this article' }).click()
  await page.getByRole('menuitem', { name: 'Unpublish' }).click()
  await bar(page).getByText('Draft', { exact: true }).waitFor()
  expect((await fetch(reader.url())).status).toBe(404)
})

test('what was written before comes back: versions, what changed, restore', async () => {
  const { id } = await article('Glazes', 'Our glazes are food safe.\n\nThey hold no lead.', { publish: true })
  const { page } = await writer(`/${id}`)
  await body(page).fill('Our glazes are entirely food safe.\n\nThey hold no lead.\n\nAsk us about the gold rim.')
  await saved(page)
  await side(page, 'Versions')
  await page.getByRole('button', { name: /Glazes Published by Ana/ }).click()
  const pane = page.getByRole('complementary', { name: 'Beside the article' })
  await pane.locator('ins', { hasText: 'entirely' }).waitFor()
  await pane.locator('.new', { hasText: 'Ask us about the gold rim.' }).waitFor()
  await accessible(page, 'a version')
  await pane.getByRole('button', { name: 'Restore' }).click()
  await expect.poll(() => body(page).inputValue(), soon).toBe('Our glazes are food safe.\n\nThey hold no lead.')
  // And what was restored over is a version in its turn.
  await until(async () => {
    const { items } = await it.api.call('GET', `${help()}/articles/${id}/texts/en/versions`)
    for (const one of items) {
      const version = await it.api.call('GET', `${help()}/articles/${id}/texts/en/versions/${one.number}`)
      if (version.markdown.includes('Ask us about the gold rim.')) return true
    }
    return false
  }, 'the newer words are a version')
})

test('two editors are told of each other, and lose nothing', { timeout: 240_000 }, async () => {
  const { id } = await article('Two of us', 'First line.')
  const ben = await it.api.colleague('Ben Okafor')
  const ana = await writer(`/${id}`)
  await body(ana.page).waitFor()
  const his = await writer(`/${id}`, { who: ben })
  await ana.page.getByText('Ben is writing here too').first().waitFor()
  await his.page.getByText('Ana is writing here too').first().waitFor()

  // Another part goes together by itself.
  await title(his.page).fill('The two of us')
  await expect.poll(() => title(ana.page).inputValue(), soon).toBe('The two of us')

  // The same part at once: nobody's words go unseen.
  await Promise.all([body(ana.page).fill('First line, by Ana.'), body(his.page).fill('First line, by Ben.')])
  const both = [ana, his]
  const conflict = (agent: Agent) => agent.page.getByRole('heading', { name: /has changed the same words/ })
  await until(async () => (await Promise.all(both.map(one => conflict(one).count()))).some(n => n > 0), 'one of them is told')
  const loser = (await conflict(ana).count()) > 0 ? ana : his
  const [mine, theirs] = loser === ana ? ['First line, by Ana.', 'First line, by Ben.'] : ['First line, by Ben.', 'First line, by Ana.']
  const region = loser.page.getByRole('region', { name: 'Two texts' })
  await region.locator('.mine .text').filter({ hasText: mine }).waitFor()
  await region.locator('.text').filter({ hasText: theirs }).waitFor()
  await accessible(loser.page, 'two texts', shownPage)
  await loser.page.getByRole('button', { name: 'Keep yours' }).click()
  await saved(loser.page)
  const winner = loser === ana ? his : ana
  await expect.poll(() => body(winner.page).inputValue(), soon).toBe(mine)
  const versions = await it.api.call('GET', `${help()}/articles/${id}/texts/en/versions`)
  const words = await Promise.all(
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answers
    versions.items.map((one: any) => it.api.call('GET', `${help()}/articles/${id}/texts/en/versions/${one.number}`)),
  )
  expect(words.map(one => one.markdown)).toContain(theirs)

  // Taking the others' words keeps our own as a version.
  await Promise.all([body(ana.page).fill('Again, by Ana.'), body(his.page).fill('Again, by Ben.')])
  await until(async () => (await Promise.all(both.map(one => conflict(one).count()))).some(n => n > 0), 'one of them is told again')
  const second = (await conflict(ana).count()) > 0 ? ana : his
  const lost = second === ana ? 'Again, by Ana.' : 'Again, by Ben.'
  await second.page.getByRole('button', { name: /^Take what/ }).click()
  await expect.poll(() => body(second.page).inputValue(), soon).not.toBe(lost)
  await side(second.page, 'Versions')
  await second.page
    .getByRole('button', { name: /Words of (Ana|Ben).* that lost to others/ })
    .first()
    .click()
  await second.page
    .getByRole('complementary')
    .getByText(second === ana ? 'Ana' : 'Ben')
    .first()
    .waitFor()

  // Who goes says so; who is cut off is forgotten after 45 s (presence.test.ts).
  await his.page.getByRole('link', { name: 'Back to the articles' }).click()
  await ana.page.getByText('Ben is writing here too').first().waitFor({ state: 'detached' })
})

test('nothing is lost when the connection goes, or the page with it', async () => {
  const { id } = await article('Weather', 'Before the storm.')
  const agent = await writer(`/${id}`)
  const { page } = agent
  await body(page).waitFor()
  await it.server.kill()
  await body(page).fill('Before the storm. In the storm.')
  await bar(page).getByText('No connection. Go on writing, it is kept here.').first().waitFor()
  await body(page).fill('Before the storm. In the storm. To its end.')
  await it.server.start()
  await saved(page)
  expect((await textOf(id)).markdown).toBe('Before the storm. In the storm. To its end.')

  await it.server.kill()
  await body(page).fill('Words of a page that goes.')
  await bar(page).getByText('No connection. Go on writing, it is kept here.').first().waitFor()
  await page.close()
  await it.server.start()
  const again = await agent.context.newPage()
  await again.goto(place(`/${id}`))
  await expect.poll(() => body(again).inputValue(), soon).toBe('Words of a page that goes.')
  await saved(again)
  expect((await textOf(id)).markdown).toBe('Words of a page that goes.')
})

test('images come by paste, by drop and by button, and what cannot be one is refused in words', { timeout: 240_000 }, async () => {
  const { id } = await article('Pictures', 'Above.\n\nBelow.')
  const { page } = await writer(`/${id}`)
  await body(page).click()
  await body(page).evaluate((field: HTMLTextAreaElement) => field.setSelectionRange(6, 6))
  const data = await png(page)
  await give(page, 'paste', [{ name: 'large-bowl.png', type: 'image/png', data }])
  await expect.poll(() => body(page).inputValue(), soon).toMatch(/^Above\.\n\n!\[large bowl\]\(image:[0-9a-f-]{36}\)\n\nBelow\.$/)
  const image = preview(page).getByRole('img', { name: 'large bowl' })
  await image.waitFor()
  await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth), soon).toBe(320)
  await body(page).press('Control+End')
  await give(page, 'drop', [{ name: 'IMG_2041.png', type: 'image/png', data }])
  await expect.poll(() => body(page).inputValue(), soon).toMatch(/Below\.\n\n!\[\]\(image:/)
  await page.locator('input[type=file]').setInputFiles([{ name: 'kiln.png', mimeType: 'image/png', buffer: Buffer.from(data, 'base64') }])
  await expect.poll(() => body(page).inputValue(), soon).toContain('![kiln](image:')
  await give(page, 'paste', [{ name: 'logo.svg', type: 'image/svg+xml', data: Buffer.from('<svg/>').toString('base64') }])
  await page
    .getByText(/SVG can carry scripts/)
    .first()
    .waitFor()
  await page
    .locator('input[type=file]')
    .setInputFiles([{ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') }])
  await page.getByText('Choose a PNG, JPEG, WebP or GIF picture.').first().waitFor()
  await accessible(page, 'refused images', shownPage)
  await page.getByRole('button', { name: 'Hide logo.svg' }).click()
  await page.getByRole('button', { name: 'Hide no.png' }).click()
  expect(await body(page).inputValue()).not.toContain('svg')
  await saved(page)
})

test('categories are named, and moved by keyboard and by hand', { timeout: 240_000 }, async () => {
  const { page } = await writer('/categories')
  await page.getByText('No categories yet').waitFor()
  for (const name of ['Orders', 'Delivery', 'Care']) {
    await page.getByRole('link', { name: 'Add a category' }).click()
    await page.getByLabel('Name').fill(name)
    if (name === 'Delivery') await page.getByTitle('Delivery', { exact: true }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: `Move ${name}` }).waitFor()
  }
  const order = async () => {
    const { items } = await it.api.call('GET', `${help()}/categories`)
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answers
    const name = (id: string) => items.find((one: any) => one.id === id)?.texts.en.name ?? ''
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answers
    return items.map((one: any) => (one.parent ? `${name(one.parent)}/${one.texts.en.name}` : one.texts.en.name)).join(' ')
  }
  await page.getByRole('button', { name: 'Move Delivery' }).focus()
  const keys = page.keyboard
  await keys.press('Enter')
  await page.getByText('Lifted. Delivery, 2 of 3 at the top.').waitFor()
  await keys.press('ArrowRight')
  await page.getByText('Delivery, 1 of 1 in Orders.').waitFor()
  await keys.press('Enter')
  await page.getByText('Put down. Delivery, 1 of 1 in Orders.').waitFor()
  await expect.poll(order, soon).toBe('Orders Orders/Delivery Care')
  await page.getByRole('button', { name: 'Move Care' }).focus()
  await keys.press('Space')
  await keys.press('ArrowUp')
  await keys.press('Escape')
  await page.getByText('Care is where it was.').waitFor()
  await keys.press('Space')
  await keys.press('ArrowUp')
  await keys.press('ArrowUp')
  await keys.press('Space')
  await expect.poll(order, soon).toBe('Care Orders Orders/Delivery')
  await accessible(page, 'categories')

  const [care, delivery] = await Promise.all(
    ['Care', 'Delivery'].map(name => page.getByRole('button', { name: `Move ${name}` }).boundingBox()),
  )
  if (!care || !delivery) throw new Error('no handles')
  await page.mouse.move(care.x + 10, care.y + 10)
  await page.mouse.down()
  await page.mouse.move(care.x + 12, care.y + 40, { steps: 4 })
  await page.mouse.move(care.x + 12, delivery.y + delivery.height + 20, { steps: 8 })
  await page.mouse.up()
  await expect.poll(order, soon).toBe('Orders Orders/Delivery Care')

  await page.getByRole('link', { name: /^Care/ }).click()
  await page.getByLabel('Name').fill('Caring for stoneware')
  await page.getByLabel('What is in it').fill('Dishwasher, oven, stains.')
  await accessible(page, 'a category')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('link', { name: /^Caring for stoneware/ }).click()
  await page.getByRole('button', { name: 'Delete the category' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the category' }).click()
  await expect.poll(order, soon).toBe('Orders Orders/Delivery')
})

test('the list is searched, filtered and sorted, and another language is written beside the first', { timeout: 240_000 }, async () => {
  const site = await it.api.call('GET', help())
  await it.api.call('PATCH', help(), { version: site.version, languages: ['en', 'ar'] })
  const { id } = await article('Dishwasher or by hand', 'Both.', { publish: true })
  await article('Shipping outside the EU', 'We ship everywhere.')
  const { page } = await writer()
  const rows = page.getByRole('row')
  await rows.filter({ hasText: 'Dishwasher' }).waitFor()
  await page.getByLabel('Search articles').fill('shipping')
  await rows.filter({ hasText: 'Dishwasher' }).waitFor({ state: 'detached' })
  await page.getByLabel('Search articles').fill('')
  await page.getByLabel('State').selectOption('published')
  await rows.filter({ hasText: 'Shipping' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Title' }).click()
  await page.waitForURL(/sort=title/)
  await accessible(page, 'the list')
  await page.getByRole('link', { name: 'Dishwasher or by hand' }).click()
  await body(page).waitFor()
  await side(page, 'Side by side')
  await page.getByRole('button', { name: 'Begin with English' }).click()
  const arabic = page.getByRole('textbox', { name: 'Title in العربية' })
  expect(await arabic.inputValue()).toBe('Dishwasher or by hand')
  expect(await arabic.evaluate(field => getComputedStyle(field).direction)).toBe('rtl')
  await arabic.fill('غسالة الصحون أم باليد')
  await accessible(page, 'two languages')
  await expect.poll(async () => (await textOf(id, 'ar'))?.title, soon).toBe('غسالة الصحون أم باليد')
  await page.getByRole('navigation', { name: 'Languages of the article' }).getByText('العربية').click()
  await expect.poll(() => title(page).inputValue(), soon).toBe('غسالة الصحون أم باليد')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByRole('link', { name: /Public page/ }).waitFor()
  const url = (await page.getByRole('link', { name: /Public page/ }).getAttribute('href')) ?? ''
  expect(await (await fetch(url)).text()).toContain('غسالة الصحون أم باليد')
})

test('settings: address, links, who may publish; agents then write and do not publish', async () => {
  const { page } = await writer('/settings')
  await page.getByLabel('Title').fill('Kiln Street Help')
  await page.getByRole('button', { name: 'Add a link' }).click()
  await page.getByLabel('Words of link 1').fill('Shop')
  await page.getByLabel('Address of link 1').fill('kiln.example/shop')
  await page.getByLabel('Address', { exact: true }).fill('Kiln help')
  await page.getByLabel('Address', { exact: true }).press('Tab')
  await page.getByText('How to set it up').click()
  await page.getByText(/CNAME/).waitFor()
  await page.getByText('Owners and admins', { exact: true }).click()
  await page.getByText('4 changes not saved').waitFor()
  await accessible(page, 'settings')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('4 changes not saved').waitFor({ state: 'detached' })
  const home = await (await fetch(`${it.server.url}/help/kiln-help`)).text()
  expect(home).toContain('Kiln Street Help')
  expect(home).toContain('https://kiln.example/shop')
  await page.getByLabel('Own domain').fill('not a domain')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Write a domain like help.example.com.').first().waitFor()
  await page.getByRole('button', { name: 'Discard' }).click()

  const { id } = await article('For Cleo', 'A draft.')
  const cleo = await writer(`/${id}`, { who: await it.api.colleague('Cleo Marsh') })
  await body(cleo.page).fill('A draft by Cleo.')
  await saved(cleo.page)
  expect(await cleo.page.getByRole('button', { name: /^Publish/ }).count()).toBe(0)
  expect(await cleo.page.getByRole('button', { name: 'More for this article' }).count()).toBe(0)
  await cleo.page.goto(place('/settings'))
  await cleo.page.getByText('Owners and admins manage this property').waitFor()
})

test('the report says what was read and what nobody found, and begins the article that is missing', { timeout: 240_000 }, async () => {
  const { url } = await article('What was read', 'Words.', { publish: true })
  for (const agent of ['Mozilla/5.0 one', 'Mozilla/5.0 two']) await fetch(url, { headers: { 'User-Agent': agent } })
  const base = url.replace(/\/a\/.*$/, '')
  await fetch(`${base}/search?q=teapot+lids`, { headers: { 'User-Agent': 'Mozilla/5.0' } })
  const { page } = await writer('/report')
  await until(
    async () => {
      const report = await it.api.call('GET', `${help()}/report?days=30`)
      return report.nothing.length > 0
    },
    'the search is counted',
    90_000,
  )
  await page.reload()
  await page
    .getByRole('region', { name: 'Reports' })
    .or(page.getByRole('group', { name: 'Reports' }))
    .first()
    .waitFor()
  await page.getByText('teapot lids').first().waitFor()
  await accessible(page, 'the report')
  await page.getByRole('link', { name: 'Write an article about teapot lids' }).click()
  expect(await page.getByRole('dialog').getByLabel('Title').inputValue()).toBe('teapot lids')
})

test('by keyboard alone: the palette, the list, the toolbar', async () => {
  await article('Found by keys', 'Words.')
  const agent = await Agent.at(it.server.url, owner)
  const { page } = agent
  const keys = page.keyboard
  await page.locator('body').press('Control+k')
  await keys.type('Help centre')
  await keys.press('Enter')
  await page.waitForURL(/\/help$/)
  await page.getByRole('link', { name: 'Found by keys' }).focus()
  await keys.press('ArrowDown')
  await keys.press('ArrowUp')
  await keys.press('Enter')
  await body(page).waitFor()
  await page.getByRole('toolbar', { name: 'Format' }).getByRole('button').first().focus()
  await keys.press('ArrowRight')
  expect(await page.getByRole('button', { name: 'Bold' }).evaluate(b => b === document.activeElement)).toBe(true)
  await keys.press('Tab')
  expect(await body(page).evaluate(b => b === document.activeElement)).toBe(true)
  await page.locator('body').press('Control+k')
  await keys.type('Write an article')
  await keys.press('Enter')
  await page.getByRole('dialog', { name: 'Write an article' }).waitFor()
  await keys.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('a phone, and Arabic', { timeout: 240_000 }, async () => {
  const { id } = await article('In the pocket', 'Small words.', { publish: true })
  const pocket = await writer('', { at: phone })
  const wide = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth)
  await pocket.page.getByRole('link', { name: 'In the pocket' }).waitFor()
  expect(await wide(pocket.page)).toBe(390)
  await accessible(pocket.page, 'the list on a phone')
  await pocket.page.goto(place(`/${id}`))
  await body(pocket.page).fill('Small words, from the pocket.')
  await saved(pocket.page)
  expect(await wide(pocket.page)).toBe(390)
  await accessible(pocket.page, 'the editor on a phone')
  await side(pocket.page, 'Preview')
  await preview(pocket.page).getByText('from the pocket').waitFor()
  for (const page of ['categories', 'report', 'settings']) {
    await pocket.page.goto(place(`/${page}`))
    await pocket.page.getByRole('heading', { level: 1 }).waitFor()
    await pocket.page.waitForLoadState('networkidle')
    expect(await wide(pocket.page), page).toBe(390)
    await accessible(pocket.page, `${page} on a phone`)
  }
  const agent = await Agent.at(it.server.url, owner)
  await it.api.call('PATCH', '/me', { language: 'ar' })
  try {
    await agent.page.goto(place(`/${id}`))
    await agent.page.getByRole('textbox', { name: 'المقال', exact: true }).waitFor()
    expect(await agent.page.evaluate(() => document.documentElement.dir)).toBe('rtl')
    await accessible(agent.page, 'the editor in Arabic', shownPage)
    for (const page of ['', '/categories', '/report', '/settings']) {
      await agent.page.goto(place(page))
      await agent.page.getByRole('heading', { level: 1 }).waitFor()
      await agent.page.waitForLoadState('networkidle')
      await accessible(agent.page, `${page} in Arabic`)
    }
  } finally {
    await it.api.call('PATCH', '/me', { language: 'auto' })
  }
})
