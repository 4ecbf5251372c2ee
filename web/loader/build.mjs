// Builds web/dist/widget.js (the loader, one classic script) and web/dist/w/fallback-HASH.js (the other road, loaded lazily).
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { compressFile } from '../scripts/compress.mjs'
import { cssText } from '../scripts/css.mjs'
import { dist, removeOld } from '../scripts/dist.mjs'
import { launcherWords } from '../scripts/words.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))

/** Bundles one entry and returns its code. */
async function bundle(entry, format, define = {}) {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    root: here('.'),
    define,
    plugins: [cssText()],
    build: { write: false, target: 'es2022', modulePreload: false, lib: { entry, formats: [format], name: 'x', fileName: 'x' } },
  })
  return (Array.isArray(result) ? result[0] : result).output[0].code
}

async function write(name, code) {
  writeFileSync(dist + name, code)
  await compressFile(dist + name)
}

mkdirSync(`${dist}w`, { recursive: true })
const road = await bundle(here('../core/src/fallback.ts'), 'es')
const fallback = `fallback-${createHash('sha256').update(road).digest('base64url').slice(0, 8)}.js`
removeOld(`${dist}w`, 'fallback-')
await write(`w/${fallback}`, road)
await write(
  'widget.js',
  await bundle(here('src/main.ts'), 'iife', { FALLBACK: JSON.stringify(fallback), WORDS: JSON.stringify(launcherWords()) }),
)
