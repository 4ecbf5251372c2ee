// After both builds: the manifest that names the panel's script, and the compressed files.
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compressFile } from '../scripts/compress.mjs'
import { keepNewest } from '../scripts/dist.mjs'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const panel = keepNewest(`${dist}w`, 'panel-')
keepNewest(`${dist}w`, 'preview-')
writeFileSync(`${dist}manifest.json`, `${JSON.stringify({ panel: `w/${panel}` })}\n`)
for (const name of readdirSync(`${dist}w`)) if (/^(panel|preview)-[^.]+\.js$/.test(name) && statSync(`${dist}w/${name}`).isFile()) compressFile(`${dist}w/${name}`)
compressFile(`${dist}preview.html`)
