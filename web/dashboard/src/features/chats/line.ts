import { type AnyFrame, type Connection, type ConnectionState, connection, silenceWatch, webSocket } from '@parley/core'

/** The agents' road to the server: WebSocket, and the fallback where it is blocked. */
export function agentLine(o: {
  hello: () => AnyFrame
  frame: (frame: AnyFrame) => void
  state: (state: ConnectionState, code: number) => void
}): Connection {
  const road = '/api/v1/agent'
  let live = false
  const line = connection({
    ...o,
    frame(frame) {
      silence.heard()
      o.frame(frame)
    },
    state(next, code) {
      live = next === 'live'
      o.state(next, code)
    },
    dial: webSocket(`${location.origin.replace(/^http/, 'ws')}${road}/socket`),
    fallback: async () => {
      const { fallback } = await import('@parley/core/fallback')
      return fallback(name => `${road}/${name}`, 'same-origin')
    },
  })
  // Agents work in it all day: a dead line is noticed within half a minute.
  const silence = silenceWatch({ quiet: () => (live ? 30_000 : Infinity), check: line.check })
  return {
    ...line,
    stop() {
      silence.stop()
      line.stop()
    },
  }
}
