import { defineConfig } from 'vitest/config'
import { onPostgres, onSQLite } from './src/shares.ts'

// With PARLEY_E2E_BOTH somebody else runs the others' share.
const files = (names: string[]) => names.map(name => `tests/${name}.test.ts`)

// One file at a time: every file starts a server and a browser of its own, and the machine has two cores.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: process.env.PARLEY_E2E_PG ? files(onSQLite) : process.env.PARLEY_E2E_BOTH ? files(onPostgres) : [],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 180_000, // of a whole journey, on a machine that does other things too; what is waited for on the way has limits of its own
    hookTimeout: 60_000,
    retry: 0,
    reporters: ['verbose'],
  },
})
