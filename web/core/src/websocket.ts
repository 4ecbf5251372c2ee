import type { Dial } from './connection.ts'

/** The usual road: one WebSocket. The first frame on it is hello, which may wait for what it is to say. */
export function webSocket(url: string, ready?: Promise<void>): Dial {
  return (hello, on) => {
    const socket = new WebSocket(url)
    socket.onopen = async () => {
      await ready
      socket.send(JSON.stringify(hello()))
      on.open()
    }
    socket.onmessage = event => on.data(event.data)
    socket.onclose = event => on.closed(event.code)
    return socket
  }
}
