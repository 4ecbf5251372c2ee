import { rmSync } from 'node:fs'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

const out = new URL('../dist/', import.meta.url).pathname

/** The widget's build writes into the same folder: only what is ours goes away before a build. */
const clean: Plugin = {
  name: 'clean-own-output',
  apply: 'build',
  buildStart() {
    rmSync(`${out}assets`, { recursive: true, force: true })
    for (const end of ['', '.br', '.gz']) rmSync(`${out}index.html${end}`, { force: true })
  },
}

export default defineConfig({
  plugins: [svelte({ compilerOptions: { runes: true } }), clean],
  build: {
    outDir: out,
    emptyOutDir: false,
    // The first browsers that know light-dark().
    target: ['chrome123', 'firefox121', 'safari17.5'],
    modulePreload: { polyfill: false },
    // A data: address would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        // What every page needs comes in one file instead of twenty.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: /node_modules[\\/]svelte|lucide[\\/]svelte[\\/]dist[\\/]Icon|web[\\/]ui[\\/]|web[\\/]core[\\/]src[\\/](?!fallback)|dashboard[\\/]src[\\/](lib|locales[\\/]en)/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/pictures', '/live', '/preview', '/w', '/widget.js'].map(path => [
        path,
        { target: process.env.PARLEY_URL ?? 'http://127.0.0.1:8080', ws: path === '/api' },
      ]),
    ),
  },
})
