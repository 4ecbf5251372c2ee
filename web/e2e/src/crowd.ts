/** Somebody who browses, as far as the server can tell from outside. */
export interface Somebody {
  url: string
  title?: string
  referrer?: string
  /** Where they come from: the server must trust us as its proxy (--trusted-proxies 127.0.0.1). */
  address?: string
  agent?: string
  language?: string
  time_zone?: string
  idle?: boolean
}

const desktop = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'

/** Many visitors without a browser: each keeps the stream open that browsers use where WebSockets are blocked. */
export class Crowd {
  private constructor(private readonly gone: AbortController) {}

  static async arrive(server: string, property: string, people: readonly Somebody[]): Promise<Crowd> {
    const gone = new AbortController()
    const road = `${server}/api/v1/visitor/stream?property=${property}`
    const all = [...people]
    const enter = async () => {
      for (let one = all.pop(); one; one = all.pop()) await come(road, property, one, gone.signal)
    }
    await Promise.all(Array.from({ length: 20 }, enter))
    return new Crowd(gone)
  }

  leave(): void {
    this.gone.abort()
  }
}

/** Says hello, waits for the welcome, and stays. */
async function come(road: string, property: string, one: Somebody, signal: AbortSignal): Promise<void> {
  const answer = await fetch(road, {
    method: 'POST',
    signal,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': one.agent ?? desktop,
      ...(one.address ? { 'X-Forwarded-For': one.address } : {}),
    },
    body: JSON.stringify({
      t: 'hello',
      v: 1,
      property,
      page: { url: one.url, title: one.title, referrer: one.referrer },
      language: one.language,
      time_zone: one.time_zone,
      idle: one.idle,
    }),
  })
  if (!answer.ok || !answer.body) throw new Error(`a visitor was refused: ${answer.status} ${await answer.text()}`)
  const reader = answer.body.getReader()
  const decoder = new TextDecoder()
  let heard = ''
  while (!heard.includes('"welcome"')) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream ended before the welcome: ${heard}`)
    heard += decoder.decode(value, { stream: true })
  }
  void (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {})
}
