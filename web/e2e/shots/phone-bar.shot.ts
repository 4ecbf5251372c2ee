import { test } from 'vitest'
import { phone } from '../src/browser.ts'
import { Agent, Visitor } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { shoot } from '../src/shoot.ts'
import { stage } from '../src/stage.ts'

const it = stage()

test('the bar at the bottom of a phone, and the sheet behind More', async () => {
  const alone = await Visitor.at(it.host.url)
  await alone.open()
  await alone.panel.getByLabel('Name').fill('Jonas Weber')
  await alone.panel.getByLabel('Email').fill('jonas.weber@example.com')
  await alone.panel.getByLabel('Message').fill('The discount code does not work for plates.')
  await alone.panel.getByRole('button', { name: 'Send message' }).click()
  await alone.panel.getByText('We have your message').waitFor()
  const agent = await Agent.at(it.server.url, owner, phone)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('Hi, is the large serving bowl oven safe?')
  await agent.row('serving bowl').waitFor()
  await shoot(agent.page, 'phone-bar')
  const more = agent.page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: /^More/ })
  await more.tap()
  await agent.page.getByRole('menu').waitFor()
  await shoot(agent.page, 'phone-more')
  await agent.page.getByRole('menuitemradio', { name: 'Away' }).tap()
  await agent.page.goto(`${it.server.url}/p/${it.property}/tickets`)
  await agent.page.getByRole('heading', { name: 'Tickets' }).waitFor()
  await shoot(agent.page, 'phone-more-place')
  await more.tap()
  await shoot(agent.page, 'phone-more-open')
  await it.api.call('PATCH', '/me', { language: 'ar' })
  await agent.page.reload()
  await agent.page.getByRole('button', { name: /^المزيد/ }).tap()
  await agent.page.getByRole('menu').waitFor()
  await shoot(agent.page, 'phone-more-arabic')
})
