import type { Tool } from './markdown'

export const tools = [
  'heading',
  'bold',
  'italic',
  'list',
  'numbers',
  'link',
  'callout',
  'table',
  'code',
  'image',
] as const satisfies readonly (Tool | 'image')[]

interface Press {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

/** By tool: its key, and whether Shift belongs to it. By place on the board where letters differ from one language to another. */
export const shortcuts: Record<Tool | 'image', { code: string; shift: boolean; sign: string }> = {
  bold: { code: 'KeyB', shift: false, sign: 'B' },
  italic: { code: 'KeyI', shift: false, sign: 'I' },
  code: { code: 'KeyE', shift: false, sign: 'E' },
  link: { code: 'KeyK', shift: true, sign: 'K' },
  heading: { code: 'Digit2', shift: true, sign: '2' },
  table: { code: 'Digit6', shift: true, sign: '6' },
  numbers: { code: 'Digit7', shift: true, sign: '7' },
  list: { code: 'Digit8', shift: true, sign: '8' },
  callout: { code: 'Digit9', shift: true, sign: '9' },
  image: { code: 'KeyG', shift: true, sign: 'G' },
}

/** The tool of a key; letters by what they write, where the board writes Latin letters. */
export function toolOf(press: Press): Tool | 'image' | undefined {
  if (!(press.ctrlKey || press.metaKey) || press.altKey) return undefined
  return tools.find(tool => {
    const { code, shift, sign } = shortcuts[tool]
    if (shift !== press.shiftKey) return false
    return /^[a-z]$/i.test(press.key) && /^[A-Z]$/.test(sign) ? press.key.toUpperCase() === sign : press.code === code
  })
}
