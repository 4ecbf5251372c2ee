import { createServer, type Server as HttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** A way to the server from an address of its own: a proxy that the server trusts (--trusted-proxies 127.0.0.1). */
export class Road {
  private readonly sockets = new Set<Socket>()

  private constructor(
    private readonly http: HttpServer,
    readonly address: string,
  ) {}

  static async from(address: string, server: string): Promise<Road> {
    const to = new URL(server)
    const headers = (one: IncomingMessage) => ({ ...one.headers, 'x-forwarded-for': address })
    const http = createServer((asked, answer) => {
      const onward = request({ host: to.hostname, port: to.port, method: asked.method, path: asked.url, headers: headers(asked) }, got => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      })
      onward.on('error', () => answer.destroy())
      asked.pipe(onward)
    })
    const road = new Road(http, address)
    http.on('upgrade', (asked: IncomingMessage, near: Socket, head: Buffer) => {
      const far = connect(Number(to.port), to.hostname, () => {
        const lines = Object.entries(headers(asked)).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`)
        far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
        far.write(head)
        near.pipe(far).pipe(near)
      })
      for (const socket of [near, far]) {
        road.sockets.add(socket)
        socket.on('error', () => near.destroy())
        socket.on('close', () => {
          road.sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
    })
    await new Promise<void>(ready => http.listen(0, '127.0.0.1', ready))
    return road
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.http.closeAllConnections()
    await new Promise(closed => this.http.close(closed))
  }
}
