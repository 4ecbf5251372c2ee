import { test } from 'vitest'
import { phone } from '../src/browser.ts'
import { Agent } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { shoot } from '../src/shoot.ts'
import { stage } from '../src/stage.ts'

const it = stage()

const bowl = `Yes, up to 220 °C. Our clay is fired at 1,240 °C, so an oven cannot harm it. What can is a sudden change: cold clay in a hot oven.

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
| Gold rim series | no | no |
`

test('every screen of the help centre', { timeout: 300_000 }, async () => {
  const help = `/properties/${it.property}/help`
  const site = await it.api.call('GET', help)
  const agent = await Agent.at(it.server.url, owner)
  const { page } = agent
  const at = (rest: string) => page.goto(`${it.server.url}/p/${it.property}/help${rest}`)
  await at('')
  await page.getByText('Answers nobody has to ask for').waitFor()
  await shoot(page, 'help-empty')
  await it.api.call('PATCH', help, { version: site.version, languages: ['en', 'ar'] })
  const category = async (name: string, icon: string, parent?: string, arabic?: string) =>
    (
      await it.api.call('POST', `${help}/categories`, {
        icon,
        parent,
        texts: { en: { name }, ...(arabic ? { ar: { name: arabic } } : {}) },
      })
    ).id
  const orders = await category('Orders and delivery', 'truck', undefined, 'الطلبات والتوصيل')
  await category('Outside the EU', 'globe', orders)
  const care = await category('Caring for stoneware', 'package', undefined, 'العناية بالفخار')
  await category('Payment and invoices', 'credit-card')
  const make = async (title: string, markdown: string, into: string, publish = true) => {
    const made = await it.api.call('POST', `${help}/articles`, { title, markdown, category: into })
    if (publish)
      await it.api.call('POST', `${help}/articles/${made.id}/texts/en/state`, { state: 'published', revision: made.texts[0].revision })
    return made.id
  }
  const first = await make('Is stoneware safe in the oven?', bowl, care)
  await make('When will my order arrive', 'In three days.', orders)
  await make('How to return something', 'Write to us.', orders, false)
  await make('Shipping outside the EU', 'We ship everywhere.', orders)
  await at('')
  await page.getByText('When will my order arrive').waitFor()
  await shoot(page, 'help-list')
  await at(`/${first}`)
  await page.frameLocator('iframe').getByRole('heading', { name: 'Is stoneware safe in the oven?' }).waitFor()
  await shoot(page, 'help-editor')
  const field = page.getByRole('textbox', { name: 'Article', exact: true })
  await field.fill(bowl.replace('up to 220', 'up to 230').replace('still cold', 'cold'))
  await page.getByText('Changes not published').first().waitFor()
  for (const side of ['details', 'versions', 'beside']) {
    await at(`/${first}?side=${side}`)
    await page.waitForLoadState('networkidle')
    await shoot(page, `help-${side}`)
  }
  await at(`/${first}?side=versions`)
  await page.getByRole('button', { name: /Published by/ }).click()
  await page.getByText('Version 1', { exact: true }).waitFor()
  await shoot(page, 'help-version')
  const ben = await Agent.at(it.server.url, await it.api.colleague('Ben Okafor'))
  await ben.page.goto(`${it.server.url}/p/${it.property}/help/${first}`)
  const his = ben.page.getByRole('textbox', { name: 'Article', exact: true })
  await his.waitFor()
  await Promise.all([field.fill(bowl.replace('220', '240')), his.fill(bowl.replace('220', '250'))])
  const told = (one: Agent) => one.page.getByRole('heading', { name: /has changed the same words/ })
  await Promise.race([told(agent).waitFor(), told(ben).waitFor()])
  await shoot((await told(agent).count()) > 0 ? page : ben.page, 'help-conflict')
  await at(`/categories?id=${care}`)
  await page.getByText('Payment and invoices').waitFor()
  await shoot(page, 'help-categories')
  for (const one of ['report', 'settings']) {
    await at(`/${one}`)
    await page.waitForLoadState('networkidle')
    await shoot(page, `help-${one}`)
  }
  const pocket = await Agent.at(it.server.url, owner, phone)
  for (const [name, rest] of [
    ['list', ''],
    ['editor', `/${first}`],
    ['categories', '/categories'],
    ['settings', '/settings'],
  ] as const) {
    await pocket.page.goto(`${it.server.url}/p/${it.property}/help${rest}`)
    await pocket.page.waitForLoadState('networkidle')
    await shoot(pocket.page, `help-phone-${name}`)
  }
  await it.api.call('PATCH', '/me', { language: 'ar' })
  await at('')
  await page.waitForLoadState('networkidle')
  await shoot(page, 'help-list-ar')
  await at(`/${first}`)
  await page.waitForLoadState('networkidle')
  await shoot(page, 'help-editor-ar')
  await it.api.call('PATCH', '/me', { language: 'auto' })
})
