// Makes the compressed twins (.br, .gz) of what was built, once, at the highest level: the server only chooses.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = process.argv[2] ?? 'web/dist'
const worth = /\.(js|css|html|svg|json|webmanifest)$/
const least = 500 // bytes; below that the header costs what compression saves

for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !worth.test(entry.name)) continue
  const path = join(entry.parentPath ?? entry.path, entry.name)
  const raw = readFileSync(path)
  if (raw.length < least) continue
  const brotli = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length }
  writeFileSync(`${path}.br`, brotliCompressSync(raw, { params: brotli }))
  writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }))
}
