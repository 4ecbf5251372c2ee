// Measures bin/parley on this machine, a fresh server for every figure, and prints the bars of the product beside them.
//   VISITORS=19000 ARTICLES=10000 DURATION=10s DATABASE=postgres://… node scripts/bench.mjs
// With DATABASE it also starts three nodes on it, and measures how long a ban takes to reach all of them.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { bench, freePort, startNode, measure as measureWith, start, stop, storm as stormWith } from './bench-server.mjs'

const visitors = process.env.VISITORS ?? '19000'
const duration = process.env.DURATION ?? '10s'
const database = process.env.DATABASE
const measure = (kind, ...flags) => measureWith({ database }, kind, ...flags)

/** How long a ban takes to reach the visitors of three nodes on one PostgreSQL. */
async function threeNodes(...flags) {
  const cluster = await freePort()
  const secret = randomBytes(18).toString('base64')
  const first = await start({ database, more: ['--cluster-listen', `127.0.0.1:${cluster}`, '--cluster-secret', secret] })
  const nodes = [first]
  try {
    while (nodes.length < 3) {
      nodes.push(await startNode(first, ['--cluster-listen', `127.0.0.1:${await freePort()}`, '--cluster-peers', `127.0.0.1:${cluster}`, '--cluster-secret', secret]))
    }
    return await bench(first, 'bans', '--urls', nodes.map((n) => n.url).join(','), ...flags)
  } finally {
    for (const one of nodes) await stop(one.server)
  }
}

const latency = await measure('latency', '--duration', duration)
const messages = await measure('messages', '--visitors', '200', '--duration', duration)
const idle = await measure('idle', '--visitors', visitors)
const presence = await measure('presence', '--visitors', visitors, '--duration', duration, '--forwarded')
const storm = await stormWith({ database }, 'KILL', '--visitors', visitors, '--forwarded')
const crowd = await measure('messages', '--visitors', '200', '--crowd', visitors, '--duration', duration)
const bans = await measure('bans', '--visitors', '1000', '--duration', duration)
const help = await measure('help', '--articles', process.env.ARTICLES ?? '10000', '--duration', duration)
const nodes = database ? await threeNodes('--visitors', '1000', '--duration', duration) : undefined

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
  row(`memory for each of ${presence.visitors} who move, chat and are watched`, '6000 bytes', `${presence.rss_per_visitor_bytes} bytes`, presence.rss_per_visitor_bytes <= 6000),
  ms(`visitor to agent among them, p99`, presence.v2a_ms.p99, 10),
  ms(`first page of the list of visitors, p99`, presence.first_page_ms.p99, 50),
  row('… then at most, in a second', '1 of 20 kB', `${presence.agent_frames_per_second.toFixed(2)} of ${(presence.agent_largest_frame_bytes / 1000).toFixed(1)} kB`, presence.agent_frames_per_second <= 1.05 && presence.agent_largest_frame_bytes <= 20_000),
  row(`a killed server: all ${storm.visitors} back`, '30 s', `${storm.all_seconds.toFixed(1)} s`, storm.all_seconds <= 30 && storm.failed === 0),
  row('… chats lost, doubled or broken', '0', `${storm.lost + storm.doubled + storm.broken} of ${storm.chats}`, storm.lost + storm.doubled + storm.broken === 0),
  ms('ban: click to gone, p99', bans.click_to_gone_ms.p99, 100),
  ...(nodes ? [ms('ban: click to gone on three nodes, p99', nodes.click_to_gone_ms.p99, 100)] : []),
  row('decision among 1,000,000 bans', '1000 ns', `${bans.decision_ns['1000000'].toFixed(0)} ns`, bans.decision_ns['1000000'] <= 1000),
  ms(`help centre of ${help.articles}: search, p99`, help.search_ms.p99, 50),
  ms('… an article’s page, p99', help.page_ms.p99, 20),
  row('… searches for words that are there, without a result', '0', String(help.unfound), help.unfound === 0),
  row('memory when idle', '50 MB', `${(latency.start_rss_bytes / 1e6).toFixed(1)} MB`, latency.start_rss_bytes <= 50e6),
  ms('start to first answer', latency.start_ms, 200),
]
const commit = execFileSync('git', ['describe', '--tags', '--always', '--dirty']).toString().trim()
console.log(`\n${commit}, ${database ? 'PostgreSQL' : 'SQLite'}, ${cpus().length} cores, ${cpus()[0].model}\n`)
const width = (key) => Math.max(key.length, ...rows.map((r) => r[key].length))
const line = (r) => `| ${['what', 'bar', 'measured', ''].map((k) => r[k].padEnd(width(k))).join(' | ')} |`
console.log(line({ what: 'what', bar: 'bar', measured: 'measured', '': '' }))
console.log(line({ what: '---', bar: '---', measured: '---', '': '---' }))
for (const r of rows) console.log(line(r))
mkdirSync('.tmp', { recursive: true })
writeFileSync('.tmp/bench.json', JSON.stringify({ commit, latency, messages, idle, presence, storm, crowd, bans, help, nodes }, null, 2))
console.log('\nThe figures are in .tmp/bench.json')
