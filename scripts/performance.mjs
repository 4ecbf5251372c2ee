// Measures what presence and a help centre cost, at several sizes, and writes the figures into docs/performance.md. Run by
// scripts/performance.sh. PARTS=help or PARTS=presence measures only that.
//   PARTS=help ARTICLES=1000,10000 SIZES=1000,19000 DURATION=15s DATABASE=postgres://… node scripts/performance.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { measure, storm } from './bench-server.mjs'

const parts = (process.env.PARTS ?? 'presence,help').split(',')
const sizes = (process.env.SIZES ?? '1000,5000,10000,19000').split(',').map(Number)
const articles = (process.env.ARTICLES ?? '1000,10000').split(',').map(Number)
const duration = process.env.DURATION ?? '15s'
const database = process.env.DATABASE
const name = database ? 'PostgreSQL' : 'SQLite'
const page = 'docs/performance.md'

const commit = execFileSync('git', ['describe', '--tags', '--always', '--dirty']).toString().trim()
mkdirSync('.tmp', { recursive: true })
const number = (x, digits = 0) => x.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const ms = (m) => `${number(m.p50, 1)} / ${number(m.p99, 1)}`

/** What the figures stand on. The load is that of the minute before: others who work on the machine show in it. */
const machine = () =>
  `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} cores ${cpus()[0].model}, ${number(totalmem() / 1e9)} GB, parts of ${duration}, load before ${number(loadavg()[0], 1)}`

/** Writes a table between the marks of its place in the document. A row is: command, what, bar, figure, whether it is met. */
function write(place, head, columns, figures, all) {
  const cell = (f, r) => f[3](r) + (f[4] && !f[4](r) ? ' **missed**' : '')
  const table = [
    `| | what | bar | ${columns.map((n) => number(n)).join(' | ')} |`,
    `| --- | --- | --- | ${columns.map(() => '---:').join(' | ')} |`,
    ...figures.map((f) => `| ${f[0]} | ${f[1]} | ${f[2]} | ${all.map((r) => cell(f, r)).join(' | ')} |`),
  ].join('\n')
  console.log(`${place}: ${head}\n\n${table}`)
  const text = readFileSync(page, 'utf8')
  const [from, to] = [`<!-- figures:${place} -->`, `<!-- /figures:${place} -->`]
  const [before, rest] = text.split(from)
  if (rest === undefined || !rest.includes(to)) throw new Error(`${page} has no place for ${place}`)
  writeFileSync(page, `${before}${from}\n\n${head}\n\n${table}\n\n${to}${rest.split(to)[1]}`)
}

async function presence() {
  const on = machine()
  const none = await measure({ database }, 'messages', '--visitors', '200', '--duration', duration) // the same with nobody else
  const all = []
  for (const n of sizes.toSorted((a, b) => b - a)) { // the largest first: ports rest for a minute after their connections
    const many = ['--duration', duration, '--forwarded']
    all.push({
      n,
      presence: await measure({ database }, 'presence', '--visitors', `${n}`, ...many),
      latency: await measure({ database }, 'latency', '--crowd', `${n}`, ...many),
      messages: await measure({ database }, 'messages', '--visitors', '200', '--crowd', `${n}`, ...many),
      killed: await storm({ database }, 'KILL', '--visitors', `${n}`, '--forwarded'),
      stopped: await storm({ database }, 'TERM', '--visitors', `${n}`, '--forwarded'),
    })
  }
  all.sort((a, b) => a.n - b.n)

  const storms = (kind) => [
    [`S ${kind}`, 'all back after, s', '≤ 30', (r) => r[kind].failed === 0 ? number(r[kind].all_seconds, 1) : `${r[kind].failed} not back`, (r) => r[kind].failed === 0 && r[kind].all_seconds <= 30],
    [`S ${kind}`, '… in the busiest second', '', (r) => number(r[kind].most_in_second)],
    [`S ${kind}`, '… memory at most, MB (before)', '', (r) => `${number(r[kind].rss_peak_bytes / 1e6)} (${number(r[kind].rss_before_bytes / 1e6)})`],
    [`S ${kind}`, '… a chat waited at most, s', '', (r) => number(r[kind].longest_wait, 1)],
    [`S ${kind}`, '… messages lost, doubled, chats broken', '0', (r) => `${r[kind].lost + r[kind].doubled + r[kind].broken} of ${number(r[kind].acked)}`, (r) => r[kind].lost + r[kind].doubled + r[kind].broken === 0],
  ]
  const figures = [
    ['P', 'memory of an idle visitor, bytes', '≤ 6,000 at 19,000', (r) => number(r.presence.rss_per_idle_visitor_bytes), (r) => r.n < 19000 || r.presence.rss_per_idle_visitor_bytes <= 6000],
    ['P', '… who moves, with chats and a watching agent, bytes', '≤ 6,000 at 19,000', (r) => number(r.presence.rss_per_visitor_bytes), (r) => r.n < 19000 || r.presence.rss_per_visitor_bytes <= 6000],
    ['P', 'processor for all who are idle, % of a core', '', (r) => number(r.presence.cpu_idle_percent, 1)],
    ['P', 'processor for a page view, µs', '', (r) => number(r.presence.cpu_us_per_page_view)],
    ['P', 'page views a second', '', (r) => number(r.presence.page_views_per_second)],
    ['P', 'processor for all of it, % of a core', '', (r) => number(r.presence.cpu_watched_percent, 1)],
    ['P', 'visitors failed, messages lost', '0', (r) => `${r.presence.failed}, ${r.presence.lost}`, (r) => r.presence.failed + r.presence.lost === 0],
    ['P', 'first page of the list, ms (p50 / p99)', '≤ 50', (r) => ms(r.presence.first_page_ms), (r) => r.presence.first_page_ms.p99 <= 50],
    ['P', '… the first look of anybody, ms', '≤ 50', (r) => number(r.presence.first_watch_ms, 1), (r) => r.presence.first_watch_ms <= 50],
    ['P', 'a dashboard gets, frames a second', '≤ 1', (r) => number(r.presence.agent_frames_per_second, 2), (r) => r.presence.agent_frames_per_second <= 1.05],
    ['P', '… bytes a second', '', (r) => number(r.presence.agent_bytes_per_second)],
    ['P', '… the largest frame, bytes', '≤ 20,000', (r) => number(r.presence.agent_largest_frame_bytes), (r) => r.presence.agent_largest_frame_bytes <= 20_000],
    ['P', 'visitor to agent among them, ms (p50 / p99)', '≤ 2 / 10', (r) => ms(r.presence.v2a_ms), (r) => r.presence.v2a_ms.p50 <= 2 && r.presence.v2a_ms.p99 <= 10],
    ['P', 'agent to visitor among them, ms (p50 / p99)', '≤ 2 / 10', (r) => ms(r.presence.a2v_ms), (r) => r.presence.a2v_ms.p50 <= 2 && r.presence.a2v_ms.p99 <= 10],
    ['L', 'visitor to agent, one in flight, ms (p50 / p99)', '≤ 2 / 10', (r) => ms(r.latency.v2a_ms), (r) => r.latency.v2a_ms.p50 <= 2 && r.latency.v2a_ms.p99 <= 10],
    ['L', 'agent to visitor, one in flight, ms (p50 / p99)', '≤ 2 / 10', (r) => ms(r.latency.a2v_ms), (r) => r.latency.a2v_ms.p50 <= 2 && r.latency.a2v_ms.p99 <= 10],
    ['M', '200 chat among them: messages a second', '', (r) => number(r.messages.per_second)],
    ['M', `… of those with nobody else (${number(none.per_second)})`, '≥ 90 %', (r) => `${number((100 * r.messages.per_second) / none.per_second)} %`, (r) => r.messages.per_second >= 0.9 * none.per_second],
    ['M', `… processor of the server for one, µs (with nobody else ${number(none.cpu_us_per_message)})`, '', (r) => number(r.messages.cpu_us_per_message)],
    ['M', '… delivered, ms (p50 / p99)', '≤ – / 100', (r) => ms(r.messages.ms), (r) => r.messages.ms.p99 <= 100],
    ['M', '… lost, doubled', '0', (r) => `${r.messages.lost}, ${r.messages.doubled}`, (r) => r.messages.lost + r.messages.doubled === 0],
    ...storms('killed'),
    ...storms('stopped'),
  ]
  const head = `${on}; start to first answer ${number(none.start_ms)} ms, memory then ${number(none.start_rss_bytes / 1e6, 1)} MB.`
  write(name, head, all.map((r) => r.n), figures, all)
  writeFileSync(`.tmp/performance-${name}.json`, JSON.stringify({ commit, none, all }, null, 2))
}

async function help() {
  const on = machine()
  const all = []
  for (const n of articles) all.push({ n, ...(await measure({ database }, 'help', '--articles', `${n}`, '--duration', duration)) })
  const three = (m) => `${number(m.p50, 1)} / ${number(m.p95, 1)} / ${number(m.p99, 1)}`
  const figures = [
    ['H', 'search while somebody types, ms (p50 / p95 / p99)', 'p99 ≤ 50', (r) => three(r.search_ms), (r) => r.search_ms.p99 <= 50],
    ...Object.keys(all[0].search_by_ms).map((kind) => ['H', `… ${kind}`, '', (r) => three(r.search_by_ms[kind])]),
    ['H', '… searches a second', '', (r) => number(r.searches_per_second)],
    ['H', '… processor for one, µs', '', (r) => number(r.cpu_us_per_search)],
    ['H', '… for words that are there, without a result', '0', (r) => number(r.unfound), (r) => r.unfound === 0],
    ['H', 'page of results, ms', 'p99 ≤ 50', (r) => three(r.search_page_ms), (r) => r.search_page_ms.p99 <= 50],
    ['H', 'an article’s page, ms', 'p99 ≤ 20', (r) => three(r.page_ms), (r) => r.page_ms.p99 <= 20],
    ['H', '… pages a second', '', (r) => number(r.pages_per_second)],
    ['H', '… processor for one, µs', '', (r) => number(r.cpu_us_per_page)],
    ['H', '… bytes on the wire', '≤ 30,000', (r) => number(r.page_bytes), (r) => r.page_bytes <= 30_000],
    ['H', '… that the browser has already, ms', '', (r) => three(r.again_ms)],
    ['H', 'home page, ms', '', (r) => three(r.home_ms)],
    ['H', 'a category’s page, ms', '', (r) => three(r.category_ms)],
    ['H', 'articles made and published a second', '', (r) => number(r.made_per_second)],
    ['H', 'memory of the server at the end, MB (before)', '', (r) => `${number(r.rss_bytes / 1e6)} (${number(r.rss_before_bytes / 1e6)})`],
  ]
  write(`help ${name}`, `${on}, ${all[0].readers} readers at a time.`, all.map((r) => r.n), figures, all)
  writeFileSync(`.tmp/performance-help-${name}.json`, JSON.stringify({ commit, all }, null, 2))
}

if (parts.includes('presence')) await presence()
if (parts.includes('help')) await help()
