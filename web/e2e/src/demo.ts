import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, freePort, freshDatabase, plainEnv } from './server.ts'

/** What `parley demo --json` prints. */
interface Ready {
  url: string
  page_url: string
  property_id: string
  email: string
  password: string
}

/** A demo in a process of its own: the only server whose clock a test can move. */
export class Demo {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly ready: Ready,
  ) {}

  static async start(): Promise<Demo> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-clock-'))
    const database = await freshDatabase()
    const args = ['--listen', `127.0.0.1:${await freePort()}`, '--shop-listen', `127.0.0.1:${await freePort()}`]
    const child = spawn(
      binary,
      ['demo', '--json', '--clock-file', join(folder, 'clock'), ...args, ...(database ? ['--database', database] : [])],
      { stdio: ['ignore', 'pipe', 'pipe'], env: plainEnv() },
    )
    let output = ''
    let log = ''
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    const line = await new Promise<string>((done, failed) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes('\n')) done(output)
      })
      child.once('exit', () => failed(new Error(`the demo stopped:\n${log}`)))
    })
    return new Demo(child, folder, JSON.parse(line))
  }

  /** Puts the server's clock ahead of the real one. */
  async ahead(ms: number): Promise<void> {
    const draft = join(this.folder, 'draft')
    await writeFile(draft, String(ms))
    await rename(draft, join(this.folder, 'clock'))
  }

  async stop(): Promise<void> {
    const gone = new Promise(done => this.process.once('exit', done))
    this.process.kill()
    await gone
    await rm(this.folder, { recursive: true, force: true })
  }
}
