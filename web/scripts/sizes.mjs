// Weighs what was built against the budgets: node scripts/sizes.mjs. Fails when something is too heavy.
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const kB = 1024
const weigh = (files, end) => files.reduce((sum, file) => sum + statSync(`${dist}${file}${end}`).size, 0)

/** Everything that index.html names: the dashboard's first screen before it asks for data. */
function firstScreen() {
  const html = readFileSync(`${dist}index.html`, 'utf8')
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(match => match[1])
}

const { panel } = JSON.parse(readFileSync(`${dist}manifest.json`, 'utf8'))
const budgets = [
  { what: 'before a click (loader)', files: ['widget.js'], budget: 4 * kB },
  { what: 'opening the panel', files: [panel], budget: 30 * kB },
  { what: 'dashboard, first screen', files: firstScreen(), budget: 150 * kB },
]

let heavy = 0
for (const { what, files, budget } of budgets) {
  const [brotli, gzip] = ['.br', '.gz'].map(end => weigh(files, end))
  const met = Math.max(brotli, gzip) <= budget
  if (!met) heavy++
  console.log(`${what.padEnd(26)} ${String(brotli).padStart(7)} brotli ${String(gzip).padStart(7)} gzip  of ${String(budget).padStart(7)} bytes  ${met ? 'met' : 'TOO HEAVY'}`)
}
process.exitCode = heavy ? 1 : 0
