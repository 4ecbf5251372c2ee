// Finding and reading answers in the panel: a script of its own, loaded when the visitor first looks for one.

export { default as Help } from './Help.svelte'
export { text as css } from './help.css'
