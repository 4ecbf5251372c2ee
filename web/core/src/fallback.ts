import type { Dial, LineEvents } from './connection.ts'
import { type AnyFrame, parseFrame } from './frame.ts'
import { CloseBanned, CloseForgotten, CloseLoggedOut, CloseNotAllowed, MaxBatch } from './wire.gen.ts'

/** The road where WebSockets are blocked: frames come as Server-Sent Events of a POST, and go by POST, the same frames. */
export function fallback(road: (name: 'stream' | 'frames') => string, credentials: RequestCredentials = 'omit'): Dial {
  return (hello, on) => {
    const gone = new AbortController()
    const post = (url: string, body: unknown) =>
      fetch(url, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
        credentials,
        cache: 'no-store',
        signal: gone.signal,
      })
    const close = (code: number) => {
      if (gone.signal.aborted) return
      gone.abort()
      on.closed(code)
    }
    const sender = batches(close, on, (stream, frames) => post(road('frames'), { stream, hello: { ...hello(), t: 'attach' }, frames }))

    post(road('stream'), hello())
      .then(answer => {
        if (!answer.ok || !answer.body) return refused(answer).then(close)
        return read(answer.body, (name, data) => {
          if (name === 'close') return close(JSON.parse(data).code)
          if (name !== 'open') return on.data(data)
          on.open()
          sender.open(streamOf(data))
        }).then(() => close(0))
      })
      .catch(() => close(0))

    return { send: sender.send, close: () => gone.abort() }
  }
}

/** Sends what has gathered in one POST at a time, so that frames keep their order. */
function batches(close: (code: number) => void, on: LineEvents, post: (stream: string, frames: AnyFrame[]) => Promise<Response>) {
  let stream = ''
  let busy = false
  const queue: AnyFrame[] = []

  async function pump() {
    if (busy || !stream || queue.length === 0) return
    busy = true
    try {
      const answer = await post(stream, queue.splice(0, MaxBatch))
      if (!answer.ok) return close(await refused(answer))
      const { frames, close: end }: { frames?: unknown[]; close?: { code: number } } = await answer.json()
      for (const frame of frames ?? []) on.data(JSON.stringify(frame))
      if (end) return close(end.code)
    } catch {
      return close(0)
    }
    busy = false
    void pump()
  }

  return {
    open(id: string) {
      stream = id
      void pump()
    },
    send(text: string) {
      const frame = parseFrame(text)
      if (!frame) return
      queue.push(frame)
      void pump()
    },
  }
}

/** What a refused POST means. Only the server itself can turn us away, not a proxy that has lost it for a moment. */
async function refused(answer: Response): Promise<number> {
  if (!answer.headers.get('Content-Type')?.startsWith('application/problem+json')) return 0
  if (answer.status === 401) return CloseLoggedOut
  const { code } = await answer.json()
  if (code === 'visitor.banned') return CloseBanned
  if (code === 'visitor.forgotten') return CloseForgotten
  return answer.status === 403 || answer.status === 404 ? CloseNotAllowed : 0
}

function streamOf(data: string): string {
  const { stream }: { stream?: unknown } = JSON.parse(data)
  return typeof stream === 'string' ? stream : ''
}

/** Reads Server-Sent Events: blocks of lines, parted by an empty one. */
async function read(body: ReadableStream<Uint8Array>, event: (name: string, data: string) => void) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      let name = 'message'
      const data: string[] = []
      for (const line of block.split(/\r?\n/)) {
        if (line.startsWith('event:')) name = line.slice(6).trim()
        else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
      }
      if (data.length > 0) event(name, data.join('\n'))
    }
  }
}
