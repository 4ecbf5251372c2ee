import { defineConfig } from 'vitest/config'

// npm run shots -w e2e: a picture of every screen, to look at. Not a test; CI does not run it.
export default defineConfig({
  test: { include: ['shots/**/*.shot.ts'], pool: 'forks', fileParallelism: false, testTimeout: 240_000, hookTimeout: 60_000 },
})
