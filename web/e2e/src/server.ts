import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const binary = process.env.PARLEY_BIN ?? new URL('../../../bin/parley', import.meta.url).pathname

/** The account that every server of these tests starts with. */
export const owner = { name: 'Ana Ruiz', email: 'ana@kiln.example', password: 'speckled-mug-0419' }

/** A Parley server in a process of its own, with its own data, that tests may kill and start again. */
export class Server {
  private process: ChildProcess | undefined
  private output = ''

  private constructor(
    readonly port: number,
    private readonly data: string,
    private readonly database: string | undefined,
    private readonly args: string[],
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Makes an empty installation; with an owner and a property unless `empty`. */
  static async fresh(options: { empty?: boolean; args?: string[] } = {}): Promise<Server> {
    const server = new Server(await freePort(), await mkdtemp(join(tmpdir(), 'parley-e2e-')), await freshDatabase(), options.args ?? [])
    if (!options.empty) {
      await server.cli(
        'admin',
        'create-owner',
        '--email',
        owner.email,
        '--name',
        owner.name,
        '--password',
        owner.password,
        '--property',
        'Kiln Street',
      )
    }
    await server.start()
    return server
  }

  async start(): Promise<void> {
    this.output = ''
    const child = spawn(
      binary,
      ['serve', '--listen', `127.0.0.1:${this.port}`, '--rate-limit-exempt', '127.0.0.0/8', ...this.args, ...this.storage()],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: plainEnv(),
      },
    )
    this.process = child
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`the server stopped:\n${this.output}`)
      return (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok ?? false
    }, 'the server is ready')
  }

  /** The first-run link that the server printed. */
  async setupLink(): Promise<string> {
    let link = ''
    await until(async () => {
      link = /https?:\/\/\S*\/setup\S*/.exec(this.output)?.[0] ?? ''
      return link !== ''
    }, 'the set-up link is printed')
    return link
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(done => child.once('exit', done))
    child.kill(signal)
    await gone
  }

  /** As the power going out: no goodbye to anybody. */
  kill(): Promise<void> {
    return this.stop('SIGKILL')
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL')
    await rm(this.data, { recursive: true, force: true })
  }

  private storage(): string[] {
    return ['--data', this.data, ...(this.database ? ['--database', this.database] : [])]
  }

  private async cli(...args: string[]): Promise<string> {
    return (await run(binary, [...args, ...this.storage()], { env: plainEnv() })).stdout
  }
}

/** A signed-in HTTP client, to arrange what a test is not about. */
export class Api {
  private cookie = ''
  constructor(readonly base: string) {}

  static async login(base: string, who: { email: string; password: string } = owner): Promise<Api> {
    const api = new Api(base)
    await api.call('POST', '/login', { email: who.email, password: who.password })
    return api
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answers and say what they expect of it
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', Cookie: this.cookie, Origin: this.base },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = answer.headers.getSetCookie()[0]
    if (set) this.cookie = set.split(';')[0] ?? ''
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async property(): Promise<string> {
    return (await this.call('GET', '/me')).properties[0].id
  }

  async settings(change: Record<string, unknown>): Promise<void> {
    const id = await this.property()
    const now = await this.call('GET', `/properties/${id}`)
    await this.call('PATCH', `/properties/${id}`, { settings: { ...now.settings, ...change }, version: now.version })
  }

  /** Brings a colleague into the team. */
  async colleague(name: string): Promise<{ name: string; email: string; password: string }> {
    const email = `${name.split(' ')[0]?.toLowerCase()}-${randomUUID().slice(0, 8)}@kiln.example`
    const invite = await this.call('POST', `/properties/${await this.property()}/invites`, { email, role: 'agent' })
    const password = `glaze-${randomUUID()}`
    await new Api(this.base).call('POST', `/invites/${invite.link.split('/').at(-1)}/accept`, { name, password })
    return { name, email, password }
  }
}

/** Waits until a condition holds; tests never sleep for a time. */
export async function until(holds: () => Promise<boolean> | boolean, what: string, ms = 20_000): Promise<void> {
  const end = Date.now() + ms
  for (;;) {
    if (await holds()) return
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`)
    await new Promise(next => setTimeout(next, 25))
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>(ready => probe.listen(0, '127.0.0.1', ready))
  const address = probe.address()
  await new Promise(closed => probe.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A new PostgreSQL database when PARLEY_TEST_PG names a server, otherwise nothing: SQLite. */
export async function freshDatabase(): Promise<string | undefined> {
  const base = process.env.PARLEY_E2E_PG
  if (!base) return undefined
  const name = `e2e_${randomUUID().replaceAll('-', '')}`
  await run('psql', [base, '-qc', `CREATE DATABASE ${name}`])
  const url = new URL(base)
  url.pathname = `/${name}`
  return url.toString()
}

export function plainEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARLEY_')))
}
