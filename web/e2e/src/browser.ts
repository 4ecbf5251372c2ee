import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'

let shared: Browser | undefined

/** Chromium without a browser around its pages takes two thirds of the time, but it knows no notifications and no windows that are hidden. */
const shell = '/usr/bin/chromium-headless-shell'
const whole = '/usr/bin/chromium'
let executablePath = process.env.PARLEY_CHROMIUM ?? (existsSync(shell) ? shell : whole)

/** For a test file that needs the browser around the pages. Call it before anybody comes. */
export function useWholeBrowser(): void {
  executablePath = process.env.PARLEY_CHROMIUM ?? whole
}

/** One Chromium for a test file; people are contexts in it, with cookies of their own. */
export async function browser(): Promise<Browser> {
  shared ??= await launch()
  return shared
}

/** A Chromium of one's own. */
export function launch(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      ...more,
    ],
  })
}

export async function closeBrowser(): Promise<void> {
  await shared?.close()
  shared = undefined
}

/** Everybody goes home: a test that failed must not leave an agent online for the next one. */
export async function closePeople(): Promise<void> {
  await Promise.all((shared?.contexts() ?? []).map(context => context.close()))
}

/** A person at a computer of their own. */
export async function person(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
  context.setDefaultTimeout(15_000)
  return context
}

export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
