// Svelte guards its hydration, legacy and async code by variables, so that bundlers can leave it out where it is not used.
// Rolldown does not look that far; this says it: our panel is never server-rendered, and has no legacy or async components.
const files = {
  'svelte/src/internal/client/dom/hydration.js': [
    ['export let hydrating = false;', 'export const hydrating = false;'],
    ['\thydrating = value;', ''],
  ],
  'svelte/src/internal/flags/index.js': [
    ['export let async_mode_flag = false;', 'export const async_mode_flag = false;'],
    ['export let legacy_mode_flag = false;', 'export const legacy_mode_flag = false;'],
    ['export let tracing_mode_flag = false;', 'export const tracing_mode_flag = false;'],
    ['\tasync_mode_flag = true;', ''],
    ['\tasync_mode_flag = false;', ''],
    ['\tlegacy_mode_flag = true;', ''],
    ['\ttracing_mode_flag = true;', ''],
  ],
  // And it makes no deep state: $state.raw everywhere (checked below), so the proxies are not needed.
  'svelte/src/internal/client/reactivity/sources.js': [['should_proxy ? proxy(value) : value', 'value']],
}

export function slimSvelte() {
  return {
    name: 'parley-slim-svelte',
    enforce: 'post',
    transform(code, id) {
      const file = Object.keys(files).find(name => id.endsWith(name))
      if (!file && id.includes('/widget/src/') && code.includes('$.proxy(')) this.error(`${id} makes deep state: use $state.raw`)
      if (!file) return
      let slim = code
      for (const [from, to] of files[file]) {
        if (!slim.includes(from)) this.error(`${file} has changed: look whether scripts/slim-svelte.mjs is still right`)
        slim = slim.replace(from, to)
      }
      return { code: slim, map: null }
    },
  }
}
