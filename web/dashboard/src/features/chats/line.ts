import { type AnyFrame, type Connection, type ConnectionState, connection, webSocket } from '@parley/core'

/** The agents' road to the server: WebSocket, and the fallback where it is blocked. */
export function agentLine(o: {
  hello: () => AnyFrame
  frame: (frame: AnyFrame) => void
  state: (state: ConnectionState, code: number) => void
}): Connection {
  const road = '/api/v1/agent'
  return connection({
    ...o,
    dial: webSocket(`${location.origin.replace(/^http/, 'ws')}${road}/socket`),
    fallback: async () => {
      const { fallback } = await import('@parley/core/fallback')
      return fallback({ stream: `${road}/stream`, frames: `${road}/frames`, credentials: 'same-origin' })
    },
    // Agents work in it all day: a dead line is noticed within half a minute.
    quiet: () => 30_000,
  })
}
