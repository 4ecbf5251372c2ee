import { expect, test } from 'vitest'
import { Agent, reads, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { conversation, stage } from '../src/stage.ts'

const it = stage()

test('the server is killed while both write: every word arrives once, in order', async () => {
  const { visitor, agent } = await conversation(it, 'word 0')
  const said = ['word 0']
  for (let n = 1; n <= 4; n++) {
    await visitor.say(`word ${n}`)
    said.push(`word ${n}`)
    if (n === 2) await it.server.kill()
  }
  await agent.field.fill('the answer, written without a server')
  await agent.field.press('Enter')
  await visitor.panel.getByText('No connection. Go on writing.').waitFor()
  await agent.page.getByText('No connection. Go on writing.').waitFor()
  await visitor.field.pressSequentially('word 5', { delay: 10 }) // types while nobody listens
  await it.server.start()
  await visitor.field.press('Enter')
  said.push('word 5')
  await agent.sees('word 5')
  await reads(agent, said)
  await reads(visitor, said)
  await visitor.sees('the answer, written without a server')
  await agent.sees('the answer, written without a server')
  expect((await visitor.bubbles()).filter(text => text.includes('without a server'))).toHaveLength(1)
  const chats = await it.api.call('GET', `/properties/${it.property}/chats`)
  const stored = await it.api.call('GET', `/properties/${it.property}/chats/${chats.items[0].id}/messages`)
  const texts = stored.items.filter((m: { kind: string }) => m.kind === 'text').map((m: { text: string }) => m.text)
  expect(texts.filter((text: string) => text.startsWith('word'))).toEqual(said)
})

test('typed without a server, the page closed, opened again later: the words go out', async () => {
  const { visitor, agent } = await conversation(it, 'before the dark')
  await it.server.kill()
  await visitor.say('said in the dark')
  await visitor.field.fill('half a sentence')
  await visitor.page.close()
  await it.server.start()
  const back = await visitor.tab(`${it.host.url}/mugs`)
  await agent.sees('said in the dark')
  await until(async () => (await back.panel.isVisible()) || (await back.launcher.isVisible()), 'the widget shows')
  if (!(await back.panel.isVisible())) await back.open()
  await reads(back, ['before the dark', 'said in the dark'])
  await expect.poll(() => back.field.inputValue()).toBe('half a sentence')
})

test('WebSockets are blocked: the conversation goes over Server-Sent Events and POST', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at('about:blank')
  await visitor.context.routeWebSocket(/.*/, socket => socket.close())
  await visitor.page.goto(it.host.url)
  await visitor.open()
  await visitor.say('No sockets here')
  await agent.openChat('No sockets here')
  await agent.say('No matter')
  await visitor.sees('No matter')
  await visitor.say('So it seems')
  await agent.sees('So it seems')
  await reads(visitor, ['No sockets here', 'No matter', 'So it seems'])
})

test('WebSockets are blocked for the agent too', async () => {
  const agent = await Agent.at(it.server.url, owner)
  await agent.context.routeWebSocket(/.*/, socket => socket.close())
  await agent.page.reload()
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('Can you hear me?')
  await agent.openChat('Can you hear me?')
  await agent.say('Loud and clear')
  await visitor.sees('Loud and clear')
})

test('the network goes and comes back', async () => {
  const { visitor, agent } = await conversation(it, 'on the train')
  await visitor.context.setOffline(true)
  await visitor.say('in the tunnel')
  await agent.say('hello?')
  await visitor.context.setOffline(false)
  await agent.sees('in the tunnel')
  await visitor.sees('hello?')
  await agent.context.setOffline(true)
  await visitor.say('and now you')
  await agent.say('me, in my tunnel')
  await agent.context.setOffline(false)
  await agent.sees('and now you')
  await visitor.sees('me, in my tunnel')
})

test('an outage logs nobody out; logging out ends the sockets at once', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const second = await Agent.at(it.server.url, owner)
  await it.server.kill()
  await it.server.start()
  await agent.page.reload()
  await agent.page.getByRole('navigation', { name: 'Main' }).waitFor()
  await agent.page.evaluate(() =>
    fetch('/api/v1/logout-everywhere', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
  )
  await second.page
    .getByText('Your login has ended')
    .or(second.page.getByRole('button', { name: 'Log in' }))
    .first()
    .waitFor()
})
