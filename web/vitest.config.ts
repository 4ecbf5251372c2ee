import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['{core,loader,widget,ui,dashboard}/**/*.test.ts'], environment: 'node' } })
