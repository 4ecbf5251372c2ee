// Writes .br and .gz beside every text file of a folder: node scripts/compress.mjs dist [folders…]
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import zopfli from '@gfx/zopfli'

const texts = /\.(js|css|html|svg|json|webmanifest|txt)$/
const small = 150_000 // zopfli saves 4 %, and takes its time: for what visitors load

/** Compresses one file, as well as it can be. */
export async function compressFile(file) {
  const data = readFileSync(file)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 22,
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  }
  writeFileSync(`${file}.br`, brotliCompressSync(data, { params }))
  writeFileSync(`${file}.gz`, data.length < small ? await zopfli.gzipAsync(data, { numiterations: 15 }) : gzipSync(data, { level: 9 }))
}

/** Compresses every text file in dir and below. */
export async function compress(dir) {
  for (const name of readdirSync(dir)) {
    const file = join(dir, name)
    if (statSync(file).isDirectory()) await compress(file)
    else if (texts.test(name) && !done(file)) await compressFile(file)
  }
}

/** Whether the file was compressed since it was written. */
function done(file) {
  return existsSync(`${file}.gz`) && statSync(`${file}.gz`).mtimeMs >= statSync(file).mtimeMs
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) for (const dir of process.argv.slice(2)) await compress(dir)
