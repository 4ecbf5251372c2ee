// Servers for measuring: bin/parley on a fresh database each, with one owner, without rate limits.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'

const run = promisify(execFile)
const work = mkdtempSync(join(tmpdir(), 'parley-bench-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))

export const email = 'bench@parley.example'
export const password = randomBytes(18).toString('base64')

/** Visitors of a bench come from this machine, or from everywhere as they say. */
export const open = ['--rate-limit-exempt', '0.0.0.0/0,::/0', '--trusted-proxies', '127.0.0.0/8,::1', '--log-level', 'warn']

export const freePort = () => new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => done(port))
  })
})

function freshDatabase(base) {
  const name = `bench_${randomUUID().replaceAll('-', '')}`
  execFileSync('psql', [base, '-qc', `CREATE DATABASE ${name}`])
  const fresh = new URL(base)
  fresh.pathname = `/${name}`
  return fresh.toString()
}

async function ready(url, server) {
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (server.exitCode !== null) throw new Error('the server does not start')
  }
}

/** Starts a server with an owner: not the demo, whose passwords and pictures leave memory behind. */
export async function start({ database, more = [], port } = {}) {
  port ??= await freePort()
  const url = `http://127.0.0.1:${port}`
  const storage = ['--data', mkdtempSync(join(work, 'data-'))]
  if (database) storage.push('--database', freshDatabase(database))
  const made = execFileSync('bin/parley', ['admin', 'create-owner', ...storage, '--email', email, '--name', 'Bench', '--property', 'Bench', '--password', password])
  const property = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(made.toString())[0]
  const args = ['serve', ...storage, '--listen', `127.0.0.1:${port}`, ...open, ...more]
  const began = performance.now()
  const server = spawn('bin/parley', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await ready(url, server)
  const answered = performance.now() - began
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) * 1024
  return { server, url, property, answered, rss, storage, args }
}

/** Another node of the installation. */
export async function startNode(first, more) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = spawn('bin/parley', ['serve', ...first.storage, '--listen', `127.0.0.1:${port}`, '--base-url', first.url, ...open, ...more], { stdio: ['ignore', 'ignore', 'inherit'] })
  await ready(url, server)
  return { server, url }
}

export async function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((done) => server.once('exit', done))
  server.kill()
  await gone
}

/** Runs one `parley bench` against a server, and answers what it measured. */
export async function bench(at, kind, ...flags) {
  console.error(`measuring ${kind} ${flags.filter((f) => !f.includes('\n')).join(' ')}`)
  const args = ['bench', kind, '--url', at.url, '--email', email, '--password', password, '--property', at.property, '--json', ...flags]
  const { stdout } = await run('bin/parley', args, { maxBuffer: 1 << 24 })
  return JSON.parse(stdout)
}

/** bench with a server of its own. */
export async function measure(options, kind, ...flags) {
  const at = await start(options)
  try {
    const result = await bench(at, kind, '--pid', `${at.server.pid}`, ...flags)
    return { ...result, start_ms: at.answered, start_rss_bytes: at.rss }
  } finally {
    await stop(at.server)
  }
}

/** What happens when a server is ended by a signal and started again, under visitors. */
export async function storm(options, signal, ...flags) {
  const at = await start(options)
  const pidFile = join(work, `storm-${randomUUID()}`)
  const quoted = at.args.map((a) => `'${a}'`).join(' ')
  const restart = `kill -${signal} ${at.server.pid}
while kill -0 ${at.server.pid} 2>/dev/null; do sleep 0.02; done
setsid bin/parley ${quoted} </dev/null >/dev/null 2>&1 &
echo $! | tee ${pidFile}`
  writeFileSync(pidFile, '')
  try {
    return await bench(at, 'storm', '--pid', `${at.server.pid}`, '--restart', restart, ...flags)
  } finally {
    await stop(at.server)
    const again = Number(readFileSync(pidFile, 'utf8'))
    if (again) process.kill(again)
  }
}
