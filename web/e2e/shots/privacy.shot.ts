import { test } from 'vitest'
import { phone } from '../src/browser.ts'
import { Agent } from '../src/people.ts'
import { owner } from '../src/server.ts'
import { shoot } from '../src/shoot.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage()

test('privacy: the page, the question, the receipt, on a desk and on a phone', async () => {
  const place = `${it.server.url}/p/${it.property}/admin/privacy`
  const pocket = await Agent.at(it.server.url, owner, phone)
  await pocket.page.goto(place)
  await pocket.page.getByText('Nobody has been erased').scrollIntoViewIfNeeded()
  await shoot(pocket.page, 'phone-privacy-none')

  const { agent } = await conversation(it, 'Hello, I am here for a picture')
  await agent.page.getByRole('button', { name: /^Data of/ }).click()
  await shoot(agent.page, 'privacy-menu')
  await agent.page.getByRole('menuitem', { name: 'Erase this visitor' }).click()
  await shoot(agent.page, 'privacy-question')
  await agent.page.getByRole('button', { name: /^Erase Visitor/ }).click()
  await agent.page.getByRole('link', { name: 'Download receipt' }).waitFor()
  await shoot(agent.page, 'privacy-receipt')
  await agent.page.goto(place)
  await agent.page.getByRole('switch', { name: 'Wait for consent' }).click()
  await shoot(agent.page, 'privacy')
  await agent.page.getByRole('combobox', { name: 'Chats', exact: true }).selectOption('30 days')
  await agent.page.getByRole('heading', { name: 'Erased visitors' }).scrollIntoViewIfNeeded()
  await shoot(agent.page, 'privacy-receipts')
  await agent.page.getByRole('button', { name: 'Save', exact: true }).click()
  await agent.page.getByRole('dialog').waitFor()
  await shoot(agent.page, 'privacy-shorter')

  await pocket.page.reload()
  await pocket.page.getByRole('switch', { name: 'Wait for consent' }).scrollIntoViewIfNeeded()
  await shoot(pocket.page, 'phone-privacy')
  await pocket.page.getByRole('row').filter({ hasText: '1 chat' }).scrollIntoViewIfNeeded()
  await shoot(pocket.page, 'phone-privacy-receipts')
})
