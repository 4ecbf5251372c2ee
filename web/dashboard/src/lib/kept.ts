import { lastingStore } from '@parley/core'

/** Small choices of this browser: the theme, the sound, whether Options is shown. */
export const kept = lastingStore('parley.')
