import type { Dial } from './connection.ts'

/** The usual road: one WebSocket. The first frame on it is hello. */
export function webSocket(url: string): Dial {
  return (hello, on) => {
    const socket = new WebSocket(url)
    socket.onopen = () => {
      socket.send(JSON.stringify(hello()))
      on.open()
    }
    socket.onmessage = event => on.data(event.data)
    socket.onclose = event => on.closed(event.code)
    return {
      send: text => socket.send(text),
      close: () => socket.close(),
    }
  }
}
