export type Action = 'palette' | 'keys' | 'next' | 'previous' | 'answer' | 'back' | 'options' | 'whisper' | 'article'

interface Press {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** By the place of the key: with Alt some keyboards write other letters. */
const alts: Record<string, Action> = { KeyO: 'options', KeyW: 'whisper', KeyA: 'article' }

/** Where the focus is: in a text, on a row of the list, or elsewhere. */
export type Where = 'text' | 'row' | 'control' | 'page'

/** What a key means. Letters alone mean nothing, so that nobody triggers a thing by dictating or by a slip. */
export function actionOf(press: Press, where: Where): Action | undefined {
  if ((press.ctrlKey || press.metaKey) && !press.altKey && press.key.toLowerCase() === 'k') return 'palette'
  if (press.altKey && !press.ctrlKey && !press.metaKey) return alts[press.code]
  if (press.ctrlKey || press.metaKey) return undefined
  if (press.key === 'Escape') return 'back'
  if (where === 'text') return undefined
  if (press.key === '?') return 'keys'
  if (where === 'control') return undefined
  if (press.key === 'ArrowDown') return 'next'
  if (press.key === 'ArrowUp') return 'previous'
  return press.key === 'Enter' ? 'answer' : undefined
}

/** Where an element stands for the keys. */
export function whereIs(element: Element | null): Where {
  if (!element || element === document.body || element.id === 'main') return 'page'
  if (element.matches('a[data-row]')) return 'row'
  if (element.matches('textarea, select, [contenteditable], input:not([type="checkbox"], [type="radio"], [type="button"])')) return 'text'
  return 'control'
}
