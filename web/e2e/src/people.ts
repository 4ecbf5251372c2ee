import type { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { person } from './browser.ts'
import { owner, until } from './server.ts'

/** A visitor on a customer's page, in a browser of their own. */
export class Visitor {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async at(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    return Visitor.open(await person(options), url)
  }

  private static async open(context: BrowserContext, url: string): Promise<Visitor> {
    const visitor = new Visitor(context, await context.newPage())
    await visitor.page.goto(url)
    return visitor
  }

  /** A further tab of the same browser. */
  async tab(url: string): Promise<Visitor> {
    const page = await this.context.newPage()
    await page.goto(url)
    return new Visitor(this.context, page)
  }

  /** From now on the timers of this browser's pages can be hastened. Until then time passes as it does. */
  static async hasty(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await person(options)
    await context.clock.install()
    return Visitor.open(context, url)
  }

  /** A minute passes for a page of somebody hasty: what a page does within a minute has been done. */
  async minute(): Promise<void> {
    await this.page.clock.fastForward(60_000)
  }

  get widget(): Locator {
    return this.page.locator('parley-chat')
  }

  get launcher(): Locator {
    return this.widget.locator('button[aria-expanded]').last()
  }

  get panel(): Locator {
    return this.widget.getByRole('dialog').first()
  }

  get field(): Locator {
    return this.panel.getByRole('textbox').last()
  }

  get log(): Locator {
    return this.panel.getByRole('log')
  }

  async open(): Promise<void> {
    await this.launcher.click()
    await this.panel.waitFor()
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.log.getByText(text).first().waitFor()
  }

  /** What the visitor reads in the thread, one entry a bubble, in order. */
  bubbles(): Promise<string[]> {
    return this.log.locator('.m').allInnerTexts()
  }

  async choose(item: string): Promise<void> {
    await this.panel.getByRole('button', { name: 'Menu' }).click()
    await this.panel.getByRole('menuitem', { name: item }).click()
  }

  async endSession(): Promise<void> {
    await this.choose('End this chat session')
    await this.panel
      .getByRole('alertdialog')
      .or(this.panel.getByRole('dialog'))
      .getByRole('button', { name: 'End this chat session' })
      .click()
    await this.sees(/You ended this chat/)
  }
}

/** An agent at the dashboard, in a browser of their own. */
export class Agent {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async at(base: string, who: { email: string; password: string } = owner, options: BrowserContextOptions = {}): Promise<Agent> {
    const context = await person(options)
    const agent = new Agent(context, await context.newPage())
    await agent.page.goto(base)
    await agent.page.getByLabel('Email').fill(who.email)
    await agent.page.getByLabel('Password').fill(who.password)
    await agent.page.getByRole('button', { name: 'Log in' }).click()
    await agent.page.getByRole('navigation', { name: 'Main' }).waitFor()
    return agent
  }

  get list(): Locator {
    return this.page.locator('[data-row]')
  }

  /** The rows under a heading of the list: Waiting, Mine, Others. */
  row(text: string | RegExp): Locator {
    return this.list.filter({ hasText: text })
  }

  get pane(): Locator {
    return this.page
      .getByRole('main')
      .getByRole('region', { name: /Chat with/ })
      .or(this.page.locator('section[aria-label^="Chat with"]'))
      .first()
  }

  get log(): Locator {
    return this.page.getByRole('log')
  }

  get field(): Locator {
    return this.page.getByRole('textbox', { name: /^(Message to|To your team)/ })
  }

  async openChat(text: string | RegExp): Promise<void> {
    await this.row(text).first().click()
    await this.log.waitFor()
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text)
    await this.field.press('Enter')
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.log.getByText(text).first().waitFor()
  }

  bubbles(): Promise<string[]> {
    return this.log.locator('.b .text').allInnerTexts()
  }

  async end(): Promise<void> {
    await this.page.getByRole('button', { name: /^End/ }).click()
  }
}

/** Every word arrived, once, in the order in which it was said. */
export async function reads(side: { bubbles(): Promise<string[]> }, words: string[]): Promise<void> {
  let got: string[] = []
  await until(
    async () => {
      got = (await side.bubbles()).map(text => text.trim()).filter(text => words.includes(text))
      return got.length >= words.length
    },
    `${words.length} messages arrive`,
    30_000,
  ).catch(() => undefined)
  expect(got).toEqual(words)
}
