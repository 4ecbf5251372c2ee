// Measures bin/parley on this machine, a fresh server for every figure, and prints the bars of the product beside them.
//   VISITORS=19000 DURATION=10s DATABASE=postgres://… node scripts/bench.mjs
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

const visitors = process.env.VISITORS ?? '19000'
const duration = process.env.DURATION ?? '10s'
const work = mkdtempSync(join(tmpdir(), 'parley-bench-'))
const email = 'bench@parley.example'
const password = randomBytes(18).toString('base64')

const port = await new Promise((done) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => done(port))
  })
})
const url = `http://127.0.0.1:${port}`

/** Starts a server with an owner: not the demo, whose passwords and pictures leave memory behind. */
async function start() {
  const storage = ['--data', mkdtempSync(join(work, 'data-'))]
  if (process.env.DATABASE) storage.push('--database', freshDatabase(process.env.DATABASE))
  const made = execFileSync('bin/parley', ['admin', 'create-owner', ...storage, '--email', email, '--name', 'Bench', '--property', 'Bench', '--password', password])
  const property = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(made.toString())[0]
  const began = performance.now()
  const server = spawn('bin/parley', ['serve', ...storage, '--listen', `127.0.0.1:${port}`, '--rate-limit-exempt', '127.0.0.0/8,::1', '--log-level', 'warn'], { stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (server.exitCode !== null) throw new Error('the server does not start')
  }
  const answered = performance.now() - began
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) * 1024
  return { server, property, answered, rss }
}

function freshDatabase(base) {
  const name = `bench_${randomUUID().replaceAll('-', '')}`
  execFileSync('psql', [base, '-qc', `CREATE DATABASE ${name}`])
  const fresh = new URL(base)
  fresh.pathname = `/${name}`
  return fresh.toString()
}

async function measure(kind, ...flags) {
  console.error(`measuring ${kind} ${flags.join(' ')}`)
  const { server, property, answered, rss } = await start()
  try {
    const out = execFileSync('bin/parley', ['bench', kind, '--url', url, '--email', email, '--password', password, '--property', property, '--pid', `${server.pid}`, '--json', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
    return { ...JSON.parse(out), start_ms: answered, start_rss_bytes: rss }
  } finally {
    const gone = new Promise((done) => server.once('exit', done))
    server.kill()
    await gone
  }
}

const latency = await measure('latency', '--duration', duration)
const messages = await measure('messages', '--visitors', '200', '--duration', duration)
const idle = await measure('idle', '--visitors', visitors)
const crowd = await measure('messages', '--visitors', '200', '--crowd', visitors, '--duration', duration)
const bans = await measure('bans', '--visitors', '1000', '--duration', duration)
rmSync(work, { recursive: true, force: true })

const row = (what, bar, got, good) => ({ what, bar, measured: got, '': good ? 'met' : 'MISSED' })
const ms = (what, got, bar) => row(what, `${bar} ms`, `${got.toFixed(2)} ms`, got <= bar)
const share = (100 * crowd.per_second) / messages.per_second
const rows = [
  ms('visitor to agent, p50', latency.v2a_ms.p50, 2),
  ms('visitor to agent, p99', latency.v2a_ms.p99, 10),
  ms('agent to visitor, p50', latency.a2v_ms.p50, 2),
  ms('agent to visitor, p99', latency.a2v_ms.p99, 10),
  row('200 chatting: messages a second', '5000', messages.per_second.toFixed(0), messages.per_second >= 5000),
  ms('200 chatting: p99', messages.ms.p99, 100),
  row('lost or doubled', '0', String(messages.lost + messages.doubled + crowd.lost + crowd.doubled), messages.lost + messages.doubled + crowd.lost + crowd.doubled === 0),
  row(`memory for each of ${idle.visitors} idle visitors`, '6000 bytes', `${idle.rss_per_visitor_bytes} bytes`, idle.rss_per_visitor_bytes <= 6000),
  row(`messages a second among ${crowd.crowd} idle`, '90 % of none', `${share.toFixed(0)} %`, share >= 90),
  ms('ban: click to gone, p99', bans.click_to_gone_ms.p99, 100),
  row('decision among 1,000,000 bans', '1000 ns', `${bans.decision_ns['1000000'].toFixed(0)} ns`, bans.decision_ns['1000000'] <= 1000),
  row('memory when idle', '50 MB', `${(latency.start_rss_bytes / 1e6).toFixed(1)} MB`, latency.start_rss_bytes <= 50e6),
  ms('start to first answer', latency.start_ms, 200),
]
const commit = execFileSync('git', ['describe', '--tags', '--always', '--dirty']).toString().trim()
console.log(`\n${commit}, ${process.env.DATABASE ? 'PostgreSQL' : 'SQLite'}, ${cpus().length} cores, ${cpus()[0].model}\n`)
const width = (key) => Math.max(key.length, ...rows.map((r) => r[key].length))
const line = (r) => `| ${['what', 'bar', 'measured', ''].map((k) => r[k].padEnd(width(k))).join(' | ')} |`
console.log(line({ what: 'what', bar: 'bar', measured: 'measured', '': '' }))
console.log(line({ what: '---', bar: '---', measured: '---', '': '---' }))
for (const r of rows) console.log(line(r))
mkdirSync('.tmp', { recursive: true })
writeFileSync('.tmp/bench.json', JSON.stringify({ commit, latency, messages, idle, crowd, bans }, null, 2))
console.log('\nThe figures are in .tmp/bench.json')
