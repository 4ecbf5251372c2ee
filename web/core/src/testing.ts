import type { Dial, LineEvents } from './connection.ts'
import type { AnyFrame } from './frame.ts'

/** A server in memory: the test opens, answers and breaks lines by hand. */
export function fakeServer() {
  const lines: FakeLine[] = []
  const dial: Dial = (hello, on) => {
    const line = new FakeLine(hello, on)
    lines.push(line)
    return { send: text => line.sent.push(JSON.parse(text)), close: () => (line.closed = true) }
  }
  return {
    dial,
    lines,
    /** The newest line. */
    get line() {
      const line = lines.at(-1)
      if (!line) throw new Error('nobody has called yet')
      return line
    },
  }
}

class FakeLine {
  readonly sent: AnyFrame[] = []
  closed = false
  private readonly hello: () => AnyFrame
  private readonly on: LineEvents

  constructor(hello: () => AnyFrame, on: LineEvents) {
    this.hello = hello
    this.on = on
  }

  open() {
    this.sent.push(this.hello())
    this.on.open()
  }

  push(frame: object) {
    this.on.data(JSON.stringify(frame))
  }

  text(text: string) {
    this.on.data(text)
  }

  welcome(fields: object = {}) {
    this.open()
    this.push({ t: 'welcome', ...fields })
  }

  drop(code = 1006) {
    this.on.closed(code)
  }

  /** The types of what was sent after hello. */
  get types() {
    return this.sent.slice(1).map(f => f.t)
  }
}
