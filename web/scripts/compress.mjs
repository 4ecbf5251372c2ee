// Writes .br and .gz beside every text file of a folder: node scripts/compress.mjs dist [files…]
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const texts = /\.(js|css|html|svg|json|webmanifest|txt)$/

/** Compresses one file, as well as it can be. */
export function compressFile(file) {
  const data = readFileSync(file)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length }
  writeFileSync(`${file}.br`, brotliCompressSync(data, { params }))
  writeFileSync(`${file}.gz`, gzipSync(data, { level: 9 }))
}

/** Compresses every text file in dir and below. */
export function compress(dir) {
  for (const name of readdirSync(dir)) {
    const file = join(dir, name)
    if (statSync(file).isDirectory()) compress(file)
    else if (texts.test(name)) compressFile(file)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) for (const dir of process.argv.slice(2)) compress(dir)
