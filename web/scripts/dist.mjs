import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Removes what an earlier build left under another hash. */
export function removeOld(dir, prefix) {
  if (existsSync(dir)) for (const name of readdirSync(dir)) if (name.startsWith(prefix)) rmSync(join(dir, name))
}
