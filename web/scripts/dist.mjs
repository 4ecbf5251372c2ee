import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Removes what an earlier build left under another hash. */
export function removeOld(dir, prefix) {
  if (existsSync(dir)) for (const name of readdirSync(dir)) if (name.startsWith(prefix)) rmSync(join(dir, name))
}

/** Keeps the newest script with the prefix, removes those of earlier builds, and returns its name. */
export function keepNewest(dir, prefix) {
  const scripts = readdirSync(dir).filter(name => name.startsWith(prefix) && name.endsWith('.js'))
  const age = name => statSync(join(dir, name)).mtimeMs
  const [newest, ...old] = scripts.sort((a, b) => age(b) - age(a))
  for (const name of old) for (const end of ['', '.br', '.gz']) rmSync(join(dir, name + end), { force: true })
  return newest
}
