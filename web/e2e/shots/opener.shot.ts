import { test } from 'vitest'
import { phone } from '../src/browser.ts'
import { Visitor } from '../src/people.ts'
import { shoot } from '../src/shoot.ts'
import { stage } from '../src/stage.ts'
import { Watch } from '../src/watch.ts'

const it = stage()

test('an agent speaks first', async () => {
  const watch = await Watch.open(it.server.url, it.property)
  for (const [name, options, page, words] of [
    ['opener', {}, {}, 'Looking for a gift? I can tell you what arrives by Friday.'],
    ['opener-phone', phone, {}, 'Looking for a gift? I can tell you what arrives by Friday.'],
    ['opener-arabic', { locale: 'ar' }, { dir: 'rtl', lang: 'ar' }, 'هل تبحث عن هدية؟ أستطيع أن أخبرك بما يصل قبل يوم الجمعة.'],
  ] as const) {
    const visitor = await Visitor.at(it.host.page(`/${name}`, page), options)
    await watch.start((await watch.at(`/${name}`)).id, words)
    const card = visitor.widget.locator('.o[role=status]')
    await card.getByText(words).waitFor()
    await shoot(visitor.page, name)
    await card.getByRole('button').first().click()
    await visitor.sees(words)
    await shoot(visitor.page, `${name}-open`)
  }
})
