// A stylesheet as text: the tokens it uses put in, light-dark() lowered, minified. `import { text } from './x.css'`.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { transform } from 'lightningcss'

const tokensFile = new URL('../ui/src/tokens.css', import.meta.url)
const targets = { chrome: 100 << 16, edge: 100 << 16, firefox: 102 << 16, safari: (15 << 16) | (4 << 8) }

/** Every token of tokens.css by name, in its order. Those of media queries are written out in panel.css. */
function readTokens() {
  const css = readFileSync(tokensFile, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const tokens = new Map()
  for (const [, name, value] of css.slice(0, css.indexOf('@media')).matchAll(/(--[\w-]+):\s*([^;]+);/g)) tokens.set(name, toPixels(value))
  if (tokens.size < 50) throw new Error('the tokens cannot be read: tokens.css has changed its shape')
  return tokens
}

/** The host page decides what a rem is; the widget must not change size with it. */
const toPixels = value => value.replace(/([\d.]+)rem/g, (_, n) => `${Number(n) * 16}px`)

const uses = css => [...css.matchAll(/var\((--[\w-]+)/g)].map(m => m[1])

/** The declarations of the tokens that css uses, and those that these use. */
function declarations(css, tokens) {
  const wanted = new Set()
  const add = name => {
    if (!tokens.has(name) || wanted.has(name)) return
    wanted.add(name)
    for (const n of uses(tokens.get(name))) add(n)
  }
  for (const name of uses(css)) add(name)
  return [...tokens]
    .filter(([name]) => wanted.has(name))
    .map(([name, value]) => `${name}: ${value};`)
    .join('\n')
}

/** Replaces tokens by their light values: for the few of the launcher, which has no theme. */
function flatten(css, tokens) {
  return css.replace(/var\((--[\w-]+)\)/g, (all, name) => {
    const value = tokens.get(name)
    return value ? flatten(value.replace(/light-dark\(([^,]+),[^)]+\)/, '$1'), tokens) : all
  })
}

const place = '--tokens: here;'

/**
 * Puts the tokens in at their place: those that this stylesheet and its neighbours use. launcher.css, which has no such
 * place and no theme, gets the light values themselves.
 */
export function compile(file, css) {
  const tokens = readTokens()
  const neighbours = readdirSync(dirname(file)).filter(name => name.endsWith('.css'))
  const all = neighbours.map(name => readFileSync(join(dirname(file), name), 'utf8'))
  const put = basename(file) === 'launcher.css' ? flatten(css, tokens) : css.replace(place, () => declarations(all.join('\n'), tokens))
  const code = transform({ filename: file, code: Buffer.from(put), minify: true, targets }).code.toString()
  return code.replaceAll('--lightningcss-light', '--l').replaceAll('--lightningcss-dark', '--d')
}

/** The Vite plugin. */
export function cssText() {
  const suffix = '.text' // so that Vite's own handling of .css does not see it
  return {
    name: 'parley-css-text',
    enforce: 'pre',
    async resolveId(id, from) {
      if (!id.endsWith('.css') || !from || from.includes('.svelte')) return
      const found = await this.resolve(id, from, { skipSelf: true })
      return found && found.id + suffix
    },
    load(id) {
      if (!id.endsWith(suffix)) return
      const file = id.slice(0, -suffix.length)
      this.addWatchFile(file)
      return { code: `export const text = ${JSON.stringify(compile(file, readFileSync(file, 'utf8')))}`, moduleType: 'js' }
    },
  }
}
