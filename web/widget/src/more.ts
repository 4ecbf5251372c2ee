// The screens that few visitors see, loaded when they are needed: the form, the end with its rating, earlier conversations.

export { default as Earlier } from './Earlier.svelte'
export { default as Ended } from './Ended.svelte'
export { default as Form } from './Form.svelte'
export { text as css } from './more.css'
