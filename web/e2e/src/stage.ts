import { afterAll, afterEach, beforeAll } from 'vitest'
import { closeBrowser, closePeople } from './browser.ts'
import { Host } from './host.ts'
import { Agent, Visitor } from './people.ts'
import { Api, owner, Server } from './server.ts'

/** A server with an owner, and a customer's site that carries the snippet: what nearly every test starts from. */
export interface Stage {
  server: Server
  api: Api
  property: string
  host: Host
}

export function stage(options: { args?: string[] } = {}): Stage {
  const it = {} as Stage
  beforeAll(async () => {
    it.server = await Server.fresh(options)
    it.api = await Api.login(it.server.url)
    it.property = await it.api.property()
    it.host = await Host.open(it.server.url, it.property)
  })
  afterEach(closePeople)
  afterAll(async () => {
    await closeBrowser()
    await it.host?.close()
    await it.server?.remove()
  })
  return it
}

/** A visitor who has written, and the agent who has the chat open. */
export async function conversation(it: Stage, words = 'Hello, do you ship to Prague?'): Promise<{ visitor: Visitor; agent: Agent }> {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say(words)
  await agent.openChat(words)
  await agent.sees(words)
  return { visitor, agent }
}
