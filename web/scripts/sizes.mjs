// Checks the weight of what browsers load, compressed both ways, and prints a table. Exits 1 when something is too heavy.
import { existsSync, readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { dist } from './dist.mjs'

const kB = 1024

function size(files) {
  const sum = { br: 0, gz: 0 }
  for (const file of files) {
    const data = readFileSync(dist + file)
    sum.br += existsSync(`${dist}${file}.br`) ? readFileSync(`${dist}${file}.br`).length : brotliCompressSync(data).length
    sum.gz += existsSync(`${dist}${file}.gz`) ? readFileSync(`${dist}${file}.gz`).length : gzipSync(data, { level: 9 }).length
  }
  return sum
}

/** The scripts and stylesheets that the dashboard's page names: its first screen. */
function firstScreen() {
  if (!existsSync(`${dist}index.html`)) return []
  const html = readFileSync(`${dist}index.html`, 'utf8')
  return [...html.matchAll(/(?:src|href)="\/?([^"]+\.(?:js|css))"/g)].map(m => m[1])
}

const { panel } = JSON.parse(readFileSync(`${dist}manifest.json`, 'utf8'))
const rows = [
  { name: 'loader (widget.js)', files: ['widget.js'], budget: 4 * kB },
  { name: 'panel, on first open', files: [panel], budget: 30 * kB },
  { name: 'dashboard, first screen', files: firstScreen(), budget: 150 * kB },
]

let heavy = false
console.log('what                       brotli     gzip   budget')
for (const { name, files, budget } of rows) {
  if (files.length === 0) {
    console.log(`${name.padEnd(24)} not built`)
    continue
  }
  const { br, gz } = size(files)
  const over = Math.max(br, gz) > budget
  heavy ||= over
  console.log(
    `${name.padEnd(24)} ${String(br).padStart(8)} ${String(gz).padStart(8)} ${String(budget).padStart(8)}${over ? '  too heavy' : ''}`,
  )
}
process.exit(heavy ? 1 : 0)
