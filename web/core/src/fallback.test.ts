import { afterEach, expect, test, vi } from 'vitest'
import { fallback } from './fallback.ts'

afterEach(() => vi.unstubAllGlobals())

const road = (name: string) => `https://chat.example/${name}`
const problem = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } })
const events = (...blocks: string[]) => new Response(blocks.map(b => `${b}\n\n`).join(''))

/** Dials, with these answers to the two calls, and says how it went. */
async function dial(stream: Response, frames?: Response) {
  vi.stubGlobal('fetch', async (url: string) => (url === road('stream') ? stream : (frames ?? new Promise(() => {}))))
  const got: string[] = []
  const code = await new Promise<number>(closed => {
    const line = fallback(road)(() => ({ t: 'hello' }), {
      open() {
        got.push('open')
        if (frames) line.send('{"t":"send","id":"a"}')
      },
      data: text => got.push(text),
      closed,
    })
  })
  return { code, got }
}

test('the close event of the stream says why', async () => {
  const { code, got } = await dial(events('event: open\ndata: {"stream":"s"}', 'event: close\ndata: {"code":4002,"reason":""}'))
  expect(code).toBe(4002)
  expect(got).toEqual(['open'])
})

test('so does a POST of frames, after its answers', async () => {
  const stream = new Response(
    new ReadableStream({ start: c => c.enqueue(new TextEncoder().encode('event: open\ndata: {"stream":"s"}\n\n')) }),
  )
  const { code, got } = await dial(stream, new Response('{"frames":[{"t":"error","id":"a"}],"close":{"code":4002,"reason":""}}'))
  expect(code).toBe(4002)
  expect(got).toEqual(['open', '{"t":"error","id":"a"}'])
})

test('a refusal for a ban, or for somebody who was erased, is told from one for the site', async () => {
  expect((await dial(problem(403, { code: 'visitor.banned' }))).code).toBe(4002)
  expect((await dial(problem(403, { code: 'visitor.forgotten' }))).code).toBe(4006)
  expect((await dial(problem(403, { code: 'origin.not_allowed' }))).code).toBe(4003)
  expect((await dial(new Response('', { status: 403 }))).code).toBe(0) // a proxy
})
