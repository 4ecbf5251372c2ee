import { defineConfig } from 'vitest/config'

// One file at a time: every file starts a server and a browser of its own, and the machine has two cores.
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    reporters: ['verbose'],
  },
})
