import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { closeBrowser, closePeople } from '../src/browser.ts'
import { Demo } from '../src/demo.ts'
import { Agent, Visitor } from '../src/people.ts'
import { until } from '../src/server.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.start()
})
afterEach(closePeople)
afterAll(async () => {
  await closeBrowser()
  await demo?.stop()
})

const hour = 60 * 60_000

test('a ban for an hour lapses by the clock alone: the widget is back, and the new chat is a new session', async () => {
  const agent = await Agent.at(demo.ready.url, demo.ready)
  const visitor = await Visitor.hasty(demo.ready.page_url)
  await visitor.open()
  await visitor.say('before the hour')
  const second = await visitor.tab(demo.ready.page_url)
  await second.launcher.waitFor()
  await agent.openChat('before the hour')
  await agent.page.getByRole('button', { name: 'Ban visitor' }).click()
  await agent.page.getByLabel('Reason').fill('An hour to cool down')
  await agent.page.getByText('1 hour', { exact: true }).click()
  await agent.page.getByRole('button', { name: 'Ban for 1 hour' }).click()
  await agent.sees(/Banned by you/)
  const gone = async (who: Visitor) => (await who.widget.count()) === 0
  for (const who of [visitor, second]) await until(() => gone(who), 'the widget leaves the page')

  await demo.ahead(hour - 60_000)
  await second.page.reload()
  await second.page.waitForLoadState('networkidle')
  expect(await gone(second), 'a minute before the end').toBe(true)

  await demo.ahead(hour + 1000)
  await second.page.reload()
  await second.launcher.waitFor()
  // The page that stayed open asks again within a minute; nobody touches it.
  expect(await gone(visitor)).toBe(true)
  await visitor.minute()
  await visitor.launcher.waitFor()
  await visitor.open()
  await visitor.panel.getByRole('button', { name: 'Start a new chat' }).click()
  await visitor.say('after the hour')
  await agent.openChat('after the hour')
  await agent.sees('after the hour')
  expect(await agent.log.getByText('before the hour').count()).toBe(0)
})
