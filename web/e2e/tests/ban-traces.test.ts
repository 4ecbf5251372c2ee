import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { until } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage()

/** Everything that the widget could leave in a page and in its storage. The cookie is meant to stay. */
const left = (page: Page) =>
  page.evaluate(() => ({
    elements: document.querySelectorAll('parley-chat').length,
    stored: [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(key => key.startsWith('parley')),
    token: document.cookie.includes('parley_'),
  }))
const nothing = { elements: 0, stored: [], token: true }

for (const road of ['WebSocket', 'Server-Sent Events'])
  test(`banned with the panel open, over ${road}: nothing of the widget is left, and the page sees no error`, async () => {
    const { visitor, agent } = await conversation(it, `Hello over ${road}`)
    await agent.say('Hello!')
    await visitor.sees('Hello!')
    if (road !== 'WebSocket') {
      await visitor.context.routeWebSocket(/.*/, socket => socket.close())
      await visitor.context.clock.install() // only the other road really waits the minute
      await visitor.page.reload()
      await visitor.sees('Hello!') // it was open, so it is open again
    }
    await visitor.field.fill('half a sentence')
    const second = await visitor.tab(`${it.host.url}/mugs`)
    await second.launcher.waitFor()
    const errors: string[] = []
    for (const page of [visitor.page, second.page]) page.on('pageerror', error => errors.push(error.message))
    const { items } = await it.api.call('GET', `/properties/${it.property}/chats`)
    const ban = await it.api.call('POST', `/properties/${it.property}/bans`, { chat: items[0].id, reason: 'Spam', ends_at: 0 })
    for (const page of [visitor.page, second.page]) {
      await until(async () => (await left(page)).elements === 0, 'the widget leaves the page')
      expect(await left(page)).toEqual(nothing)
    }
    // The page's own code cannot bring it back, nor can it be hurt by trying.
    await second.page.evaluate(() => (window as unknown as { Parley: { open(): void; close(): void } }).Parley.open())
    await second.page.evaluate(() => (window as unknown as { Parley: { open(): void; close(): void } }).Parley.close())
    expect(await left(second.page)).toEqual(nothing)
    // The next page is told by its first answer.
    const said: string[] = []
    visitor.page.on('console', line => line.type() === 'error' && said.push(line.text()))
    await visitor.page.goto(`${it.host.url}/checkout`)
    await visitor.page.waitForLoadState('networkidle')
    expect(await left(visitor.page)).toEqual(nothing)
    expect(errors).toEqual([])
    if (road === 'WebSocket') expect(said).toEqual([])
    await it.api.call('DELETE', `/properties/${it.property}/bans/${ban.id}`)
    for (const one of [visitor, second]) {
      if (road !== 'WebSocket') await one.minute()
      await one.launcher.waitFor({ timeout: 60_000 })
    }
    await visitor.open()
    await visitor.panel.getByRole('button', { name: 'Start a new chat' }).click()
    expect(await visitor.field.inputValue()).toBe('')
    await visitor.say(`Again over ${road}`)
    await agent.openChat(`Again over ${road}`)
    expect(errors).toEqual([])
  }, 180_000)
