import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compressFile } from './compress.mjs'

/** Where all front ends are built to. */
export const dist = fileURLToPath(new URL('../dist/', import.meta.url))

/** Removes what an earlier build left under another hash. */
export function removeOld(dir, prefix) {
  if (existsSync(dir)) for (const name of readdirSync(dir)) if (name.startsWith(prefix)) rmSync(join(dir, name))
}

/** Vite plugin: cleans up before a build of w/PREFIX*, compresses what was built, and names the entry in the manifest. */
export function publish(prefix, { manifest = false } = {}) {
  return {
    name: 'parley-publish',
    apply: 'build',
    buildStart: () => removeOld(`${dist}w`, prefix),
    async writeBundle(_, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        await compressFile(dist + name)
        if (manifest && file.isEntry) writeFileSync(`${dist}manifest.json`, `${JSON.stringify({ panel: name })}\n`)
      }
    },
  }
}
