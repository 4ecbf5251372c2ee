// Builds web/dist/widget.js (the loader, one classic script) and web/dist/w/rare-HASH.js (what few visitors need, loaded lazily).
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { compressFile } from '../scripts/compress.mjs'
import { cssText } from '../scripts/css.mjs'
import { dist, removeOld } from '../scripts/dist.mjs'
import { bubbleWords, launcherWords } from '../scripts/words.mjs'

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
const rareCode = await bundle(here('src/rare.ts'), 'es', { BUBBLE_WORDS: JSON.stringify(bubbleWords()) })
const rare = `rare-${createHash('sha256').update(rareCode).digest('base64url').slice(0, 8)}.js`
removeOld(`${dist}w`, 'rare-')
removeOld(`${dist}w`, 'fallback-') // its name in earlier versions
await write(`w/${rare}`, rareCode)
// Browsers that know this line compile every function beside the main thread, which then does not stop for each of them.
const eager = '//# allFunctionsCalledOnLoad\n'
const loader = await bundle(here('src/main.ts'), 'iife', { RARE: JSON.stringify(rare), WORDS: JSON.stringify(launcherWords()) })
await write('widget.js', eager + loader)
