import { test } from 'vitest'
import { person } from '../src/browser.ts'
import { stage } from '../src/stage.ts'

const it = stage()

/** What the widget costs a customer's page: main-thread time at 4x CPU throttling, the median of nine page views. */
test('weight', async () => {
  const bare = it.host.page('/bare', { times: 0 })
  const results: Record<string, number[]> = {}
  for (let round = 0; round < 9; round++) {
    for (const [name, url] of [
      ['without', bare],
      ['with', it.host.url],
    ] as const) {
      const context = await person()
      const page = await context.newPage()
      const cdp = await context.newCDPSession(page)
      await cdp.send('Performance.enable')
      await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
      const before = await cdp.send('Performance.getMetrics')
      await page.goto(url)
      await page.waitForTimeout(2000)
      const after = await cdp.send('Performance.getMetrics')
      const get = (m: typeof after, key: string) => m.metrics.find(one => one.name === key)?.value ?? 0
      for (const key of ['ScriptDuration', 'TaskDuration']) {
        const row = `${name} ${key} ms`
        results[row] = [...(results[row] ?? []), (get(after, key) - get(before, key)) * 1000]
      }
      await context.close()
    }
  }
  for (const [name, all] of Object.entries(results))
    process.stdout.write(`${name.padEnd(28)} ${all.sort((a, b) => a - b)[4]?.toFixed(1)}\n`)
})
