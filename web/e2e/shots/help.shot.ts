import type { BrowserContextOptions } from 'playwright-core'
import { test } from 'vitest'
import { person, phone } from '../src/browser.ts'
import { Agent } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { Shelf } from '../src/shelf.ts'
import { shoot } from '../src/shoot.ts'
import { stage } from '../src/stage.ts'

const it = stage({ args: ['--trusted-proxies', '127.0.0.1'] })

const oven = `Yes, up to 220 °C. Our clay is fired at 1,240 °C, so an oven cannot harm it. What can is a sudden change: cold clay in a hot oven, or a hot dish on a wet stone.

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
| Large serving bowl | to 220 °C | yes |
| Mugs and cups | to 180 °C | yes |
| Gold rim series | no | no |

## If it cracks all the same

Within two years we replace it. Send us a photo, you need not send the pieces.
`

const rich = `Everything that an article may have, in one.

## A list

- one
- two, with \`code\`
  - below two
- [x] done
- [ ] not done

> Somebody else's words, over a line or two, so that one sees where they begin and end.

> [!TIP]
> A tip.

> [!WARNING]
> Never put gold into the microwave.

### Below a chapter

\`\`\`sh
parley serve --listen 127.0.0.1:8080 --data ./data --trusted-proxies 10.0.0.0/8 --rate-limit-exempt 10.0.0.0/8
\`\`\`

https://www.youtube.com/watch?v=dQw4w9WgXcQ

## The end

A [link](https://example.com) and **bold** words.
`

test('the help centre', async () => {
  const shelf = await Shelf.of(it.api)
  await shelf.site({
    slug: 'kiln',
    languages: ['en', 'ar'],
    links: [
      { label: 'Shop', url: 'https://shop.example/' },
      { label: 'Wholesale', url: 'https://shop.example/wholesale' },
    ],
  })
  const topics: [string, string, string, string, string][] = [
    ['Orders and delivery', 'orders', 'truck', 'Times, costs, customs, tracking.', 'When will my order arrive'],
    ['Returns and refunds', 'returns', 'rotate-ccw', 'Chipped, wrong or simply not yours.', 'How to return something'],
    ['Caring for stoneware', 'care', 'package', 'Dishwasher, oven, stains, repairs.', 'Stains and how to lift them'],
    ['Glazes and clay', 'glazes', 'palette', 'What they are made of, and food safety.', 'Are the glazes food safe'],
    ['Wholesale', 'wholesale', 'store', 'For cafés, restaurants and shops.', 'Shipping outside the EU'],
    ['Payment and invoices', 'payment', '💳', 'Cards, vouchers, VAT numbers.', 'Paying by invoice'],
  ]
  let care = ''
  for (const [name, slug, icon, description, article] of topics) {
    const id = await shelf.category(name, slug, { icon, texts: { en: { name, slug, description } } })
    if (slug === 'care') care = id
    await shelf.publish({
      title: article,
      markdown: 'In a few days.',
      description: 'In a few words, what one has to know about it.',
      category: id,
    })
  }
  await shelf.category('Repairs', 'repairs', { parent: care, icon: 'wrench' })
  const id = await shelf.publish({
    title: 'Is stoneware safe in the oven?',
    slug: 'oven',
    markdown: oven,
    description: 'Up to 220 °C.',
    category: care,
  })
  await shelf.publish({
    title: 'هل الخزف آمن في الفرن؟',
    slug: 'oven',
    markdown:
      'نعم، حتى 220 درجة.\n\n## سخّنه ببطء\n\n1. دعه يدفأ.\n2. ثم ارفع الحرارة.\n\n> [!NOTE]\n> من المجمّد؟ انتظر نصف ساعة.\n\n## أي القطع آمنة\n\nكلها.',
    language: 'ar',
    of: id,
  })
  await shelf.publish({ title: 'Everything an article may have', slug: 'rich', markdown: rich, category: care })
  await Agent.at(it.server.url, owner) // somebody is here
  for (const [size, options] of [
    ['', { viewport: { width: 1280, height: 800 } }],
    ['-phone', phone],
  ] as [string, BrowserContextOptions][]) {
    const page = await (await person(options)).newPage()
    for (const [name, path] of [
      ['home', '/'],
      ['category', '/c/care'],
      ['article', '/a/oven'],
      ['rich', '/a/rich'],
      ['search', '/search?q=stone'],
      ['nothing', '/search?q=xylophone'],
      ['none', '/a/never'],
      ['message', '/message?article=oven'],
      ['arabic', '/ar/a/oven'],
      ['arabic-home', '/ar/'],
    ]) {
      await page.goto(`${it.server.url}/help/kiln${path}`, { waitUntil: 'networkidle' })
      const { height } = await page.evaluate(() => ({ height: document.documentElement.scrollHeight }))
      await page.setViewportSize({ width: options.viewport?.width ?? 1280, height: Math.min(height, 1800) })
      await shoot(page, `help-${name}${size}`)
      await page.setViewportSize(options.viewport ?? { width: 1280, height: 800 })
    }
    await page.goto(`${it.server.url}/help/kiln/a/oven`, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'No', exact: true }).click()
    await page.getByRole('textbox', { name: 'What was missing?' }).waitFor()
    await page.locator('.vote').scrollIntoViewIfNeeded()
    await shoot(page, `help-vote${size}`)
    await page.goto(`${it.server.url}/help/kiln/`, { waitUntil: 'networkidle' })
    await page.getByRole('searchbox').first().pressSequentially('stone')
    await page.locator('.quick').waitFor()
    await shoot(page, `help-quick${size}`)
  }
})
