import { expect, test } from 'vitest'
import { Agent, reads, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage()

test('visitor and agent talk both ways, with marks, names and typing', async () => {
  const { visitor, agent } = await conversation(it)
  await visitor.field.pressSequentially('and could you wrap it', { delay: 20 })
  await agent.page.getByText('and could you wrap it').first().waitFor() // unsent words
  await visitor.field.press('Enter')
  await agent.sees('and could you wrap it')
  await agent.say('Hi, yes, we do. It takes three working days.')
  await visitor.sees('Hi, yes, we do. It takes three working days.')
  await visitor.sees(/Ana( Ruiz)? joined/)
  await visitor.log.getByText(/^Read/).waitFor()
  await agent.log.getByText(/Read/).first().waitFor()
  await agent.field.pressSequentially('One moment', { delay: 20 })
  await visitor.panel
    .getByText(/is typing/)
    .or(visitor.panel.locator('[aria-label*="is typing"]'))
    .first()
    .waitFor()
  await reads(visitor, ['Hello, do you ship to Prague?', 'and could you wrap it', 'Hi, yes, we do. It takes three working days.'])
})

test('an agent closes: silence for the visitor, and the next message is a new chat with a notification', async () => {
  const { visitor, agent } = await conversation(it, 'Is the large bowl oven safe?')
  await agent.say('It is, up to 220 degrees.')
  await visitor.sees('It is, up to 220 degrees.')
  const before = await visitor.log.textContent()
  await agent.end()
  await agent.row('It is, up to 220').waitFor({ state: 'detached' })
  expect(await visitor.log.textContent()).toBe(before)
  await expect.poll(() => visitor.field.isEnabled()).toBe(true)

  await visitor.say('One more thing')
  await agent.row('One more thing').waitFor()
  await expect.poll(() => agent.page.title()).toMatch(/1/) // the title says that somebody waits
  await agent.openChat('One more thing')
  await agent.sees('It is, up to 220 degrees.') // the earlier chat of the session stands above
  await agent.page
    .getByText(/Closed by|You closed/)
    .first()
    .waitFor()
  await reads(visitor, ['Is the large bowl oven safe?', 'It is, up to 220 degrees.', 'One more thing'])
})

test('no call lets an agent end the session', async () => {
  const { visitor, agent } = await conversation(it, 'Please do not end me')
  const chats = await it.api.call('GET', `/properties/${it.property}/chats`)
  for (const chat of chats.items) {
    await expect(it.api.call('POST', `/properties/${it.property}/chats/${chat.id}/end`, {})).rejects.toThrow(/409.*chat\.only_visitor_ends/)
  }
  await visitor.say('still here')
  await agent.sees('still here')
})

test('the visitor ends: asked once, rates, and starts a new chat', async () => {
  const { visitor, agent } = await conversation(it, 'A question about glaze')
  await agent.say('Ask away')
  await visitor.sees('Ask away')
  await visitor.endSession()
  await agent.page
    .getByText('Ended by the visitor')
    .or(agent.page.getByText(/ended the chat session/))
    .first()
    .waitFor()
  expect(await agent.field.count()).toBe(0)
  await visitor.panel.getByRole('button', { name: 'Good', exact: true }).click()
  await visitor.panel.getByLabel('Comment').fill('Quick and kind')
  await visitor.panel.getByRole('button', { name: 'Send' }).last().click()
  await agent.page
    .getByText(/was content/)
    .first()
    .waitFor()
  await agent.page.getByText('Quick and kind').first().waitFor()

  await visitor.panel.getByRole('button', { name: 'Start a new chat' }).click()
  await visitor.say('Something else')
  await agent.row('Something else').waitFor()
  await visitor.panel.getByRole('button', { name: 'Menu' }).click()
  await visitor.panel.getByRole('menuitem', { name: 'Earlier conversations' }).click()
  await visitor.panel.getByText('Quick and kind').or(visitor.panel.getByText('Ask away')).first().waitFor()
})

test('reload and page change in mid-chat lose nothing', async () => {
  const { visitor, agent } = await conversation(it, 'Before the reload')
  await visitor.page.reload()
  await agent.say('Are you still there?')
  await until(async () => (await visitor.panel.isVisible()) || (await visitor.launcher.isVisible()), 'the widget is back')
  if (!(await visitor.panel.isVisible())) await visitor.open()
  await reads(visitor, ['Before the reload', 'Are you still there?'])
  await visitor.page.getByRole('link', { name: 'Mugs' }).click()
  await visitor.page.waitForURL(/mugs/)
  await until(async () => (await visitor.panel.isVisible()) || (await visitor.launcher.isVisible()), 'the widget is back')
  if (!(await visitor.panel.isVisible())) await visitor.open()
  await visitor.say('Yes, on another page now')
  await agent.sees('Yes, on another page now')
  await reads(visitor, ['Before the reload', 'Are you still there?', 'Yes, on another page now'])
})

test('two tabs are one visitor and show the same', async () => {
  const { visitor, agent } = await conversation(it, 'From the first tab')
  const second = await visitor.tab(`${it.host.url}/checkout`)
  await until(async () => (await second.panel.isVisible()) || (await second.launcher.isVisible()), 'the widget shows')
  if (!(await second.panel.isVisible())) await second.open()
  await second.sees('From the first tab')
  await second.say('From the second tab')
  await visitor.sees('From the second tab')
  await agent.say('I see both')
  for (const tab of [visitor, second]) await reads(tab, ['From the first tab', 'From the second tab', 'I see both'])
  expect(await agent.row('I see both').or(agent.row('From the second tab')).count()).toBe(1)
})

test('two tabs that say their first words in the same moment are one visitor in one session', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const one = await Visitor.at(it.host.url)
  const two = await one.tab(`${it.host.url}/mugs`)
  const words = ['Together, from one', 'Together, from two']
  for (const [i, tab] of [one, two].entries()) {
    await tab.page.bringToFront()
    await tab.open()
    await tab.panel.getByText('Online now').waitFor() // before that, what one types into is the form for nobody's being there
    await tab.field.fill(words[i] ?? '')
  }
  const moment = Date.now() + 500
  const enter = (tab: Visitor) =>
    tab.field.evaluate(
      (field, at) =>
        new Promise<void>(done =>
          setTimeout(() => {
            field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, composed: true }))
            done()
          }, at - Date.now()),
        ),
      moment,
    )
  await Promise.all([enter(one), enter(two)])
  for (const tab of [one, two]) for (const text of words) await tab.sees(text)
  await agent.row('Together').waitFor()
  const chats = await it.api.call('GET', `/properties/${it.property}/chats`)
  const ours = chats.items.filter((row: { last: { text: string } }) => row.last.text.startsWith('Together'))
  expect(ours).toHaveLength(1)
  const stored = await it.api.call('GET', `/properties/${it.property}/chats/${ours[0].id}/messages`)
  const texts = stored.items.flatMap((m: { kind: string; text: string }) => (m.kind === 'text' ? [m.text] : []))
  expect(texts.sort()).toEqual(words)
})

test('two agents: invite, join, whisper that the visitor never sees, leave', async () => {
  const ben = await Agent.at(it.server.url, await it.api.colleague('Ben Okafor'))
  const { visitor, agent } = await conversation(it, 'Two of you, please')
  await agent.say('Hello from Ana')
  await agent.page.getByRole('button', { name: /Ask a colleague in/ }).click()
  await agent.page.getByRole('menuitem', { name: /Ben/ }).click()
  await ben.openChat(/Hello from Ana|asks you in/)
  await ben.page.getByRole('button', { name: 'Join' }).first().click()
  await visitor.sees(/Ben( Okafor)? joined/)
  await ben.page.getByRole('button', { name: /^Whisper/ }).click()
  await ben.say('Oat is down to six pieces')
  await agent.sees('Oat is down to six pieces')
  await ben.page.getByRole('button', { name: /^Whisper/ }).click()
  await ben.say('Hello from Ben')
  await visitor.sees('Hello from Ben')
  expect(await visitor.log.textContent()).not.toContain('Oat is down')
  await ben.page.getByRole('button', { name: /Ask a colleague in/ }).click()
  await ben.page.getByRole('menuitem', { name: 'Leave this chat' }).click()
  await visitor.sees(/Ben( Okafor)? left/)
  await agent.sees(/Ben( Okafor)? left/)
})

test('the chats can be found again, by words too', async () => {
  const { agent } = await conversation(it, 'The cobalt teapot drips')
  await agent.page.getByRole('link', { name: 'History' }).click()
  await agent.page.getByRole('searchbox').fill('cobalt teap')
  await agent.page.getByRole('searchbox').press('Enter')
  await agent.page.locator('[data-row]').filter({ hasText: 'cobalt teapot' }).first().waitFor()
  await agent.page.getByRole('searchbox').fill('zirconium')
  await agent.page.getByRole('searchbox').press('Enter')
  await agent.page.getByText('Nothing fits').waitFor()
})

test('nobody online: the form becomes a ticket', async () => {
  await until(
    async () => {
      const members = await it.api.call('GET', `/properties/${it.property}/members`)
      return members.items.every((m: { status: string }) => m.status === 'offline')
    },
    'everybody is offline',
    30_000,
  )
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.panel.getByLabel('Name').fill('Jonas Weber')
  await visitor.panel.getByLabel('Email').fill('jonas.weber@')
  await visitor.panel.getByLabel('Message').fill('The discount code does not work for plates.')
  await visitor.panel.getByRole('button', { name: 'Send message' }).click()
  await visitor.panel.getByText('This address is not complete.').waitFor()
  await visitor.panel.getByLabel('Email').fill('jonas.weber@example.com')
  await visitor.panel.getByRole('button', { name: 'Send message' }).click()
  await visitor.panel.getByText('We have your message').waitFor()

  const agent = await Agent.at(it.server.url, owner)
  await agent.page.getByRole('link', { name: /^Tickets/ }).click()
  await agent.page.locator('[data-row]').filter({ hasText: 'Jonas Weber' }).click()
  await agent.page.getByText('The discount code does not work for plates.').first().waitFor()
  await agent.page.getByRole('button', { name: 'Take it' }).click()
  await agent.page.getByRole('button', { name: 'Close ticket' }).click()
  await agent.page.getByRole('button', { name: 'Open again' }).waitFor()
})
