import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a customer's page is made: plain HTML from a server that knows nothing of Parley. */
export interface HostPage {
  /** Extra response headers, a Content-Security-Policy for example. */
  headers?: Record<string, string>
  /** Goes into <head>. */
  head?: string
  /** Goes into <body>, before the snippet. */
  body?: string
  /** How often the snippet is pasted. */
  times?: number
  /** More attributes of the snippet. */
  attributes?: string
  /** The dir attribute of <html>. */
  dir?: 'ltr' | 'rtl'
  lang?: string
}

/** A customer's website: another origin, any number of pages. */
export class Host {
  private constructor(
    private readonly http: HttpServer,
    private readonly pages: Map<string, HostPage>,
    readonly _snippet: string,
  ) {}

  static async open(parley: string, property: string, pages: Record<string, HostPage> = {}): Promise<Host> {
    const known = new Map(Object.entries({ '/': {}, '/mugs': {}, '/checkout': {}, ...pages }))
    const snippet = `<script async src="${parley}/widget.js" data-property="${property}"></script>`
    const http = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://host').pathname
      const page = known.get(path)
      if (path === '/host.js') return void response.setHeader('Content-Type', 'text/javascript').end('window.hostScriptRan = true')
      response.statusCode = page ? 200 : 404
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      for (const [name, value] of Object.entries(page?.headers ?? {})) response.setHeader(name, value)
      response.end(page ? html(path, page, snippet) : 'No such page')
    })
    const host = new Host(http, known, snippet)
    await new Promise<void>(ready => http.listen(0, '127.0.0.1', ready))
    return host
  }

  /** Another name than the server's own address, so that it is another site and not only another port. */
  get url(): string {
    return `http://localhost:${(this.http.address() as AddressInfo).port}`
  }

  page(path: string, page: HostPage): string {
    this.pages.set(path, page)
    return this.url + path
  }

  async close(): Promise<void> {
    this.http.closeAllConnections()
    await new Promise(closed => this.http.close(closed))
  }
}

function html(path: string, page: HostPage, snippet: string): string {
  return `<!doctype html><html lang="${page.lang ?? 'en'}" dir="${page.dir ?? 'ltr'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Kiln Street ${path}</title>${page.head ?? ''}</head>
<body><main><h1>Stoneware</h1><p>Made by hand.</p><p><a href="/">Home</a> <a href="/mugs">Mugs</a> <a href="/checkout">Checkout</a></p>
${page.body ?? ''}</main>${snippet.replace(' data-', ` ${page.attributes ?? ''} data-`).repeat(page.times ?? 1)}</body></html>`
}
