import { expect, test } from 'vitest'
import { phone } from '../src/browser.ts'
import type { HostPage } from '../src/host.ts'
import { Agent, reads, Visitor } from '../src/people.ts'
import { owner, until } from '../src/server.ts'
import { stage } from '../src/stage.ts'

const it = stage()

/** The whole road on a page: the widget shows, a message goes out, the answer comes. */
async function talks(path: string, page: HostPage, check?: (visitor: Visitor) => Promise<void>): Promise<void> {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at('about:blank')
  const errors: string[] = []
  visitor.page.on('pageerror', error => errors.push(error.message))
  visitor.page.on('console', line => {
    if (line.type() === 'error') errors.push(line.text())
  })
  await visitor.page.goto(it.host.page(path, page))
  await visitor.open()
  const words = `from ${path}`
  await visitor.say(words)
  await agent.openChat(words)
  await agent.say('answered')
  await visitor.sees('answered')
  await check?.(visitor)
  expect(errors.filter(text => !text.includes('favicon') && !text.includes('404'))).toEqual([])
}

test('hostile CSS of the page changes nothing of the widget', async () => {
  await talks(
    '/hostile',
    {
      head: `<style>* { all: unset !important; color: red !important; font-size: 60px !important }
      html > *, body * { display: none !important }
      parley-chat, parley-chat *, div, button, textarea { visibility: hidden !important; opacity: 0 !important; transform: scale(0) !important; position: static !important; z-index: -1 !important }</style>`,
    },
    async visitor => {
      const box = await visitor.panel.boundingBox()
      expect(box?.width).toBeGreaterThan(300)
      expect(box?.height).toBeGreaterThan(400)
      const size = await visitor.field.evaluate(field => getComputedStyle(field).fontSize)
      expect(Number.parseFloat(size)).toBeLessThan(20)
      const looks = await visitor.panel.evaluate(panel => {
        const style = getComputedStyle(panel)
        return { paper: style.backgroundColor, font: style.fontFamily, ink: style.color }
      })
      expect(looks.paper).not.toMatch(/transparent|, 0\)$/)
      expect(looks.font).toMatch(/sans-serif/)
      expect(looks.ink).not.toBe('rgb(255, 0, 0)')
    },
  )
})

test('a strict Content-Security-Policy and Trusted Types', async () => {
  const ours = it.server.url
  await talks('/csp', {
    headers: {
      'Content-Security-Policy': `default-src 'none'; script-src 'self' ${ours}; style-src 'self'; img-src 'self' ${ours}; connect-src ${ours} ${ours.replace('http', 'ws')}; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'`,
    },
  })
})

test('a right-to-left page in Arabic', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.page('/ar', { dir: 'rtl', lang: 'ar' }), { locale: 'ar' })
  await visitor.open()
  expect(await visitor.panel.evaluate(panel => getComputedStyle(panel).direction)).toBe('rtl')
  const box = await visitor.panel.boundingBox()
  expect(box?.x).toBeLessThan(200) // the end of a right-to-left line is on the left
  await visitor.say('مرحبا')
  await agent.openChat('مرحبا')
  await agent.say('أهلا')
  await visitor.sees('أهلا')
})

test('the script tag twice is one widget, one socket, one global', async () => {
  const visitor = await Visitor.at('about:blank')
  const sockets: string[] = []
  visitor.page.on('websocket', socket => sockets.push(socket.url()))
  await visitor.page.goto(it.host.page('/without', { times: 0 }))
  const before = await visitor.page.evaluate(() => Object.keys(window))
  await visitor.page.goto(it.host.page('/twice', { times: 2 }))
  await visitor.launcher.waitFor()
  expect(await visitor.widget.count()).toBe(1)
  expect(sockets).toHaveLength(1)
  const after = await visitor.page.evaluate(() => Object.keys(window))
  expect(after.filter(name => !before.includes(name) && !/^\d+$/.test(name))).toEqual(['Parley'])
})

test('before a click: one request and one socket to us, no cookie, nothing stored, nothing moves', async () => {
  const visitor = await Visitor.at('about:blank')
  const requests: string[] = []
  visitor.page.on('request', request => {
    if (!request.url().startsWith(it.host.url)) requests.push(request.url())
  })
  await visitor.page.goto(it.host.url)
  await visitor.launcher.waitFor()
  expect(requests).toEqual([`${it.server.url}/widget.js`])
  expect(await visitor.context.cookies()).toEqual([])
  expect(await visitor.page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0)
  const shift = await visitor.page.evaluate(
    () =>
      new Promise<number>(done => {
        new PerformanceObserver(list =>
          done(list.getEntries().reduce((sum, e) => sum + (e as unknown as { value: number }).value, 0)),
        ).observe({ type: 'layout-shift', buffered: true })
        requestAnimationFrame(() => requestAnimationFrame(() => done(0)))
      }),
  )
  expect(shift).toBe(0)
})

test('after the first message: a first-party cookie for 180 days', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('remember me')
  await agent.row('remember me').waitFor()
  const cookie = await until(async () => (await visitor.context.cookies()).length === 1, 'the cookie is set').then(
    async () => (await visitor.context.cookies())[0],
  )
  expect(cookie?.name).toBe(`parley_${it.property}`)
  expect(cookie?.sameSite).toBe('Lax')
  expect(cookie?.domain).toBe('localhost')
  expect(Math.round(((cookie?.expires ?? 0) - Date.now() / 1000) / 86_400)).toBe(180)
})

test('a single-page site: new address without a load, and document.body replaced', async () => {
  await talks('/spa', {}, async visitor => {
    await visitor.page.evaluate(() => {
      history.pushState({}, '', '/spa/product/7')
      document.title = 'Product 7'
      const body = document.createElement('body')
      body.innerHTML = '<h1>Another page</h1>'
      document.body.replaceWith(body)
    })
    await visitor.panel.waitFor()
    await visitor.sees('answered')
    await visitor.say('still the same chat')
    await reads(visitor, ['from /spa', 'answered', 'still the same chat'])
  })
})

test('blocked storage and cookies: one page still chats', async () => {
  await talks('/blocked', {
    head: `<script>for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError') } });
      Object.defineProperty(document, 'cookie', { get() { return '' }, set() { throw new DOMException('blocked', 'SecurityError') } })</script>`,
  })
})

test('back from the back/forward cache the chat is live again', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  await visitor.say('going away')
  await agent.openChat('going away')
  await visitor.page.getByRole('link', { name: 'Mugs' }).click()
  await visitor.page.waitForURL(/mugs/)
  await agent.say('while you were on the other page')
  await visitor.page.goBack()
  await until(async () => (await visitor.panel.isVisible()) || (await visitor.launcher.isVisible()), 'the widget shows')
  if (!(await visitor.panel.isVisible())) await visitor.open()
  await reads(visitor, ['going away', 'while you were on the other page'])
  await visitor.say('back again')
  await agent.sees('back again')
})

test('a phone: the panel fills the screen', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url, phone)
  await visitor.launcher.tap()
  await visitor.panel.waitFor()
  await expect.poll(async () => (await visitor.panel.boundingBox())?.width).toBe(390)
  expect((await visitor.panel.boundingBox())?.height).toBeGreaterThan(800)
  expect(Number.parseFloat(await visitor.field.evaluate(f => getComputedStyle(f).fontSize))).toBeGreaterThanOrEqual(16)
  await visitor.say('from my phone')
  await agent.openChat('from my phone')
  await agent.say('hello phone')
  await visitor.sees('hello phone')
})

test('a domain that is not allowed gets no widget', async () => {
  await it.api.settings({ allowed_domains: ['shop.example'] })
  const visitor = await Visitor.at(it.host.url)
  await visitor.page.waitForLoadState('networkidle')
  expect(await visitor.launcher.isVisible()).toBe(false)
  await it.api.settings({ allowed_domains: [] })
})

test('text from people is text', async () => {
  const agent = await Agent.at(it.server.url, owner)
  const visitor = await Visitor.at(it.host.url)
  await visitor.open()
  const evil = '<img src=x onerror="window.hacked=1"> javascript:alert(1) https://example.com/a?b=1'
  await visitor.say(evil)
  await agent.openChat('<img src=x')
  await agent.say(evil)
  await visitor.log.getByText('<img src=x').nth(1).waitFor()
  for (const page of [visitor.page, agent.page]) {
    expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined()
    expect(await page.locator('a[href^="javascript:"]').count()).toBe(0)
  }
  const link = visitor.log.locator('a').first()
  expect(await link.getAttribute('href')).toBe('https://example.com/a?b=1')
  expect(await link.getAttribute('rel')).toMatch(/noopener/)
})
