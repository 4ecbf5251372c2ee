// Prints what scripts/bench.sh measured, beside the bars that the product is held to.
import { execSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { cpus } from 'node:os'

const folder = process.argv[2]
const read = (name) => {
  const path = `${folder}/${name}.json`
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return text.trim() ? JSON.parse(text) : undefined
}
const [latency, messages, idle, crowd] = ['latency', 'messages', 'idle', 'crowd'].map(read)
const ms = (n) => (n === undefined ? 'not measured' : `${n.toFixed(2)} ms`)
const row = (what, bar, got, good) => ({ what, bar, measured: got, '': good === undefined ? '' : good ? 'met' : 'MISSED' })
const below = (bar) => (n) => (n === undefined ? undefined : n <= bar)

const rows = [
  row('visitor to agent, p50', '2 ms', ms(latency?.v2a_ms.p50), below(2)(latency?.v2a_ms.p50)),
  row('visitor to agent, p99', '10 ms', ms(latency?.v2a_ms.p99), below(10)(latency?.v2a_ms.p99)),
  row('agent to visitor, p50', '2 ms', ms(latency?.a2v_ms.p50), below(2)(latency?.a2v_ms.p50)),
  row('agent to visitor, p99', '10 ms', ms(latency?.a2v_ms.p99), below(10)(latency?.a2v_ms.p99)),
  row('200 chatting: messages a second', '5000', messages?.per_second?.toFixed(0) ?? 'not measured', messages && messages.per_second >= 5000),
  row('200 chatting: p99', '100 ms', ms(messages?.ms.p99), below(100)(messages?.ms.p99)),
  row('lost or doubled', '0', messages ? String(messages.lost + messages.doubled) : 'not measured', messages && messages.lost + messages.doubled === 0),
  row(`memory for each of ${idle?.visitors ?? '?'} idle visitors`, '6000 bytes', idle ? `${idle.rss_per_visitor_bytes} bytes` : 'not measured', idle && idle.rss_per_visitor_bytes <= 6000),
  row('memory when idle', '50 MB', idle ? `${(idle.rss_before_bytes / 1e6).toFixed(1)} MB` : 'not measured', idle && idle.rss_before_bytes <= 50e6),
  row(`messages a second among ${crowd?.crowd ?? '?'} idle`, '90 % of none', crowd && messages ? `${((100 * crowd.per_second) / messages.per_second).toFixed(0)} %` : 'not measured', crowd && messages && crowd.per_second >= 0.9 * messages.per_second),
]
const commit = execSync('git describe --tags --always --dirty').toString().trim()
console.log(`\n${commit}, ${cpus().length} cores, ${cpus()[0].model}\n`)
const width = (key) => Math.max(key.length, ...rows.map((r) => r[key].length))
const line = (r) => `| ${['what', 'bar', 'measured', ''].map((k) => r[k].padEnd(width(k))).join(' | ')} |`
console.log(line({ what: 'what', bar: 'bar', measured: 'measured', '': '' }))
console.log(line({ what: '---', bar: '---', measured: '---', '': '---' }))
for (const r of rows) console.log(line(r))
mkdirSync('.tmp', { recursive: true })
writeFileSync('.tmp/bench.json', JSON.stringify({ commit, latency, messages, idle, crowd }, null, 2))
console.log('\nThe figures are in .tmp/bench.json')
