import type { CDPSession, Page } from 'playwright-core'
import { test } from 'vitest'
import { person } from '../src/browser.ts'
import { stage } from '../src/stage.ts'

// What the widget costs a customer's page, as quality.md has it: the same page without it and with it, by turns.
const it = stage()
const rounds = 9

/** What one page view took, in ms or bytes. */
type View = Record<string, number>

test('weight', async () => {
  // As nearly every page, this one has a line of script: a page's first makes its whole JavaScript world, whoever brings it.
  const head = '<script>document.documentElement.className = "js"</script>'
  const pages = { without: it.host.page('/without', { times: 0, head }), with: it.host.page('/with', { head }) }
  const silent = { without: it.host.page('/silent', { times: 0 }), with: it.host.url } // a page without any
  // A page as large as a shop's, in one answer: what is seen first takes longer than on a page of a few lines.
  const products = Array.from(
    { length: 400 },
    (_, n) => `<li class="p${n}"><h3>Mug ${n}</h3><p>Stoneware, ${n} in stock. Made by hand.</p></li>`,
  )
  const rules = Array.from({ length: 400 }, (_, n) => `.p${n} { margin: ${n % 7}px; border: 1px solid; border-radius: ${n % 5}px }`)
  const body = `<ul style="display:grid;grid-template-columns:repeat(4,1fr)">${products.join('')}</ul>`
  const large = { head: `${head}<style>${rules.join('')}</style>`, body }
  const shop = { without: it.host.page('/shop-without', { times: 0, ...large }), with: it.host.page('/shop', large) }
  const slow = { without: [] as View[], with: [] as View[] }
  const first = { without: [] as View[], with: [] as View[] }
  const fast = { without: [] as View[], with: [] as View[] }
  const shown = { without: [] as View[], with: [] as View[] }
  const second: View[] = []
  for (let round = 0; round < rounds; round++)
    for (const name of ['without', 'with'] as const) {
      slow[name].push(await inFreshBrowser(page => mainThread(page, pages[name])))
      first[name].push(await inFreshBrowser(page => mainThread(page, silent[name])))
      fast[name].push(await inFreshBrowser(page => appearance(page, pages[name])))
      shown[name].push(await inFreshBrowser(page => appearance(page, shop[name])))
      if (name === 'with') second.push(await inFreshBrowser(page => secondView(page, pages[name])))
    }
  say(`main thread at 4x CPU throttling, CPU time in ms, median (quickest quarter) of ${rounds}:`)
  for (const key of ['script', 'style', 'layout', 'script + style + layout', 'all tasks']) {
    const [without, withIt] = [mid(slow.without, key), mid(slow.with, key)]
    const best = mid(slow.with, key, 0.25) - mid(slow.without, key, 0.25)
    say(
      `  ${key.padEnd(24)} ${without.toFixed(1)} → ${withIt.toFixed(1)}: the widget ${(withIt - without).toFixed(1)} (${best.toFixed(1)})`,
    )
  }
  say(`  script, where the page has none of its own: ${(mid(first.with, 'script') - mid(first.without, 'script')).toFixed(1)}`)
  say(`  tasks over 50 ms         ${mid(slow.without, 'long')} → ${mid(slow.with, 'long')}`)
  say('from the start of the navigation, no throttling, median in ms:')
  for (const [name, views] of [
    ['a page of a few lines', fast],
    ['a page of 400 products', shown],
  ] as const) {
    const [paint, loaded, launcher] = [mid(views.without, 'paint'), mid(views.without, 'loaded'), mid(views.with, 'launcher')]
    const times = (launcher / Math.max(paint, loaded)).toFixed(2)
    say(
      `  ${name}: painted ${paint.toFixed(0)}, loaded ${loaded.toFixed(0)}; with: loaded ${mid(views.with, 'loaded').toFixed(0)}, launcher painted ${launcher.toFixed(0)} = ${times} x`,
    )
  }
  say(
    `second page view: ${mid(second, 'bytes')} bytes of script, ${mid(second, 'requests')} requests from the cache, ${mid(second, 'sockets')} WebSocket`,
  )
}, 900_000)

async function inFreshBrowser(look: (page: Page) => Promise<View>): Promise<View> {
  const context = await person()
  try {
    return await look(await context.newPage())
  } finally {
    await context.close()
  }
}

/** CPU time of the main thread, and not the clock: what else this machine does is not the page's. */
async function mainThread(page: Page, url: string): Promise<View> {
  const browser = await page.context().newCDPSession(page)
  await browser.send('Performance.enable', { timeDomain: 'threadTicks' })
  await browser.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  await page.addInitScript(() => {
    const long = { count: 0 }
    new PerformanceObserver(list => (long.count += list.getEntries().length)).observe({ type: 'longtask', buffered: true })
    Object.assign(window, { long })
  })
  const before = await metrics(browser)
  await page.goto(url)
  await page.waitForTimeout(2000)
  const after = await metrics(browser)
  const took = (key: string) => ((after.get(key) ?? 0) - (before.get(key) ?? 0)) * 1000
  const [script, style, layout] = [took('ScriptDuration'), took('RecalcStyleDuration'), took('LayoutDuration')]
  const long = await page.evaluate(() => (window as unknown as { long: { count: number } }).long.count)
  return { script, style, layout, long, 'script + style + layout': script + style + layout, 'all tasks': took('TaskDuration') }
}

async function metrics(browser: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await browser.send('Performance.getMetrics')
  return new Map(metrics.map(one => [one.name, one.value]))
}

/** When the page is painted and loaded, and when the frame with the launcher is out. */
async function appearance(page: Page, url: string): Promise<View> {
  await page.addInitScript(() => {
    const seen = { launcher: 0 }
    Object.assign(window, { seen })
    const look = new MutationObserver(() => {
      if (!document.querySelector('parley-chat')) return
      look.disconnect()
      requestAnimationFrame(() => {
        const out = new MessageChannel() // its message comes after the frame
        out.port1.onmessage = () => (seen.launcher = performance.now())
        out.port2.postMessage(0)
      })
    })
    look.observe(document, { childList: true, subtree: true })
  })
  await page.goto(url)
  await page.waitForTimeout(1000)
  return page.evaluate(() => ({
    launcher: (window as unknown as { seen: { launcher: number } }).seen.launcher,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    loaded: (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).loadEventEnd,
  }))
}

/** What comes over the network from us when the visitor goes on to a second page. */
async function secondView(page: Page, url: string): Promise<View> {
  await page.goto(url)
  await page.locator('parley-chat').waitFor({ state: 'attached' })
  const browser = await page.context().newCDPSession(page)
  await browser.send('Network.enable')
  const ours = new Set<string>()
  const view = { bytes: 0, requests: 0, sockets: 0 }
  browser.on('Network.requestWillBeSent', e => e.request.url.startsWith(it.server.url) && ours.add(e.requestId))
  browser.on('Network.requestServedFromCache', e => ours.has(e.requestId) && view.requests++)
  browser.on('Network.loadingFinished', e => {
    if (ours.has(e.requestId)) view.bytes += e.encodedDataLength
  })
  browser.on('Network.webSocketCreated', () => view.sockets++)
  await page.getByRole('link', { name: 'Mugs' }).click()
  await page.waitForURL(/mugs/)
  await page.locator('parley-chat').waitFor({ state: 'attached' })
  await page.waitForTimeout(500)
  return view
}

function mid(views: View[], key: string, part = 0.5): number {
  const all = views.map(one => one[key] ?? 0).sort((a, b) => a - b)
  return all[Math.floor(all.length * part)] ?? 0
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}
