import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { cssText } from '../scripts/css.mjs'
import { publish } from '../scripts/dist.mjs'
import { slimSvelte } from '../scripts/slim-svelte.mjs'
import { bubbleWords, launcherWords } from '../scripts/words.mjs'

// Svelte's wrapper for custom elements keeps itself in by a side effect; we have none of those.
const treeshake = { moduleSideEffects: (id: string) => !id.endsWith('/custom-element.js') }

// Two builds: the panel (loaded by the loader; the Arabic words and the rarer screens when they are needed) and the preview page of Administration › Widget.
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: '/',
  plugins: [
    cssText(),
    slimSvelte(),
    mode === 'preview' ? publish('preview-') : publish('panel-', { manifest: true }),
    svelte({
      // A tree of createElement calls: no innerHTML, which pages with Trusted Types forbid. No second global.
      compilerOptions: { fragments: 'tree', css: 'external', discloseVersion: false },
    }),
  ],
  define: mode === 'preview' ? { WORDS: JSON.stringify(launcherWords()), BUBBLE_WORDS: JSON.stringify(bubbleWords()) } : {},
  build: {
    target: 'es2022',
    outDir: '../dist',
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions:
      mode === 'preview'
        ? { treeshake, input: 'preview.html', output: { entryFileNames: 'w/preview-[hash].js', chunkFileNames: 'w/preview-[hash].js' } }
        : {
            treeshake,
            input: 'src/main.ts',
            preserveEntrySignatures: 'allow-extension',
            output: { format: 'es', entryFileNames: 'w/panel-[hash].js', chunkFileNames: 'w/panel-[name]-[hash].js' },
          },
  },
}))
