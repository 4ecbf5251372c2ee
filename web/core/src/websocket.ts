import type { Dial } from './connection.ts'

/** The usual road: one WebSocket. The first frame on it is hello; ready finds out what it is to say, while the socket opens. */
export function webSocket(url: string, ready?: () => Promise<void>): Dial {
  return (hello, on) => {
    const socket = new WebSocket(url)
    const known = ready?.()
    socket.onopen = async () => {
      await known
      socket.send(JSON.stringify(hello()))
      on.open()
    }
    socket.onmessage = event => on.data(event.data)
    socket.onclose = event => on.closed(event.code)
    return socket
  }
}
