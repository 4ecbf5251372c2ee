/** A text and what is selected in it, as a textarea has them. */
export interface Selected {
  text: string
  start: number
  end: number
}

/** What the toolbar can do with a selection. */
export type Tool = 'bold' | 'italic' | 'heading' | 'list' | 'numbers' | 'link' | 'table' | 'code' | 'callout'

/** The words that stand where nothing was selected, to be written over. */
export interface Samples {
  bold: string
  italic: string
  heading: string
  link: string
  code: string
  list: string
  column: string
  callout: string
}

/** Does what a tool of the editor does. Asked twice, it takes back what it did, where that can be told. */
export function apply(tool: Tool, now: Selected, samples: Samples): Selected {
  switch (tool) {
    case 'bold':
      return around(now, '**', samples.bold)
    case 'italic':
      return around(now, '_', samples.italic)
    case 'code':
      return now.text.slice(now.start, now.end).includes('\n') ? fenced(now) : around(now, '`', samples.code)
    case 'link':
      return link(now, samples.link)
    case 'heading':
      return heading(now, samples.heading)
    case 'list':
      return prefixed(now, /^\s*[-*+] /, () => '- ', samples.list)
    case 'numbers':
      return prefixed(now, /^\s*\d{1,9}[.)] /, at => `${at + 1}. `, samples.list)
    case 'callout':
      return callout(now, samples.callout)
    case 'table':
      return table(now, samples.column)
  }
}

/** Puts marks on both sides of the selection, or takes them away. */
function around({ text, start, end }: Selected, mark: string, sample: string): Selected {
  // Blanks at the edges stay outside: Markdown does not see marks with a blank inside them.
  const inner = text.slice(start, end)
  const from = start + (inner.length - inner.trimStart().length)
  const to = Math.max(from, end - (inner.length - inner.trimEnd().length))
  const n = mark.length
  const marked = text.slice(from - n, from) === mark && text.slice(to, to + n) === mark && from >= n
  if (marked && text[from - n - 1] !== mark[0])
    return { text: text.slice(0, from - n) + text.slice(from, to) + text.slice(to + n), start: from - n, end: to - n }
  const words = text.slice(from, to)
  if (words.length > 2 * n && words.startsWith(mark) && words.endsWith(mark))
    return { text: text.slice(0, from) + words.slice(n, -n) + text.slice(to), start: from, end: to - 2 * n }
  const said = words || sample
  return { text: text.slice(0, from) + mark + said + mark + text.slice(to), start: from + n, end: from + n + said.length }
}

const address = /^(https?:\/\/|mailto:|\/|#)\S+$/i

/** A link: the selected words, or a selected address, and what is missing is selected to be typed. */
function link({ text, start, end }: Selected, sample: string): Selected {
  const words = text.slice(start, end)
  if (address.test(words)) {
    const made = `[${sample}](${words})`
    return { text: text.slice(0, start) + made + text.slice(end), start: start + 1, end: start + 1 + sample.length }
  }
  const said = words || sample
  const at = start + said.length + 3
  return { text: `${text.slice(0, start)}[${said}](https://)${text.slice(end)}`, start: at, end: at + 'https://'.length }
}

/** An address that is pasted over words makes them a link; nothing where it should be pasted as it is. */
export function pastedLink({ text, start, end }: Selected, pasted: string): Selected | undefined {
  const words = text.slice(start, end)
  const url = pasted.trim()
  if (words.trim() === '' || words.includes('\n') || !/^https?:\/\/\S+$/i.test(url) || address.test(words)) return undefined
  const made = `[${words}](${url})`
  return { text: text.slice(0, start) + made + text.slice(end), start: start + made.length, end: start + made.length }
}

/** The whole lines that the selection touches. */
function linesOf({ text, start, end }: Selected): { from: number; to: number; lines: string[] } {
  const from = text.lastIndexOf('\n', start - 1) + 1
  // A selection that ends at the beginning of a line does not mean that line.
  const last = end > start && text[end - 1] === '\n' ? end - 1 : end
  const next = text.indexOf('\n', last)
  const to = next < 0 ? text.length : next
  return { from, to, lines: text.slice(from, to).split('\n') }
}

/** Section, part, plain words: one after the other. The title is the first heading, so an article begins with the second. */
function heading(now: Selected, sample: string): Selected {
  const { from, to, lines } = linesOf(now)
  const level = /^(#{1,6}) /.exec(lines[0] ?? '')?.[1]?.length ?? 0
  const mark = level === 2 ? '### ' : level === 0 || level === 1 ? '## ' : ''
  const bare = lines.map(line => line.replace(/^#{1,6} +/, ''))
  const empty = bare.every(line => line.trim() === '')
  const made = empty ? `${mark}${sample}` : bare.map(line => (line.trim() === '' ? line : mark + line)).join('\n')
  const text = now.text.slice(0, from) + made + now.text.slice(to)
  return { text, start: from + mark.length, end: from + made.length }
}

/** Puts something in front of every line, or takes it away where every line has it. */
function prefixed(now: Selected, has: RegExp, mark: (at: number) => string, sample = ''): Selected {
  const { from, to, lines } = linesOf(now)
  const full = lines.filter(line => line.trim() !== '')
  const off = full.length > 0 && full.every(line => has.test(line))
  let n = 0
  const bare = (line: string) => line.replace(/^(\s*)(?:[-*+]|\d{1,9}[.)]) /, '$1')
  const made = lines
    .map(line => {
      if (off) return line.replace(has, '')
      if (line.trim() === '' && full.length > 0) return line
      const indent = /^\s*/.exec(line)?.[0] ?? ''
      return indent + mark(n++) + (bare(line).slice(indent.length) || sample)
    })
    .join('\n')
  // A list right under words would be one paragraph with them to some readers of Markdown.
  const before = now.text.slice(0, from)
  const gap = !off && /[^\n]\n$/.test(before) && !has.test(before.trimEnd().split('\n').at(-1) ?? '') ? '\n' : ''
  const text = before + gap + made + now.text.slice(to)
  const end = from + gap.length + made.length
  return lines.length > 1 ? { text, start: from + gap.length, end } : { text, start: end, end }
}

function fenced({ text, start, end }: Selected): Selected {
  const words = text.slice(start, end).replace(/^\n+|\n+$/g, '')
  const fence = '`'.repeat(Math.max(3, ...[...words.matchAll(/`{3,}/g)].map(found => found[0].length + 1)))
  return block({ text, start, end }, `${fence}\n${words}\n${fence}`, fence.length + 1, words.length)
}

function callout(now: Selected, sample: string): Selected {
  const { from, to, lines } = linesOf(now)
  if (lines.every(line => line.startsWith('>'))) {
    const bare = lines.filter(line => !/^> ?\[!\w+\]\s*$/.test(line)).map(line => line.replace(/^> ?/, ''))
    const made = bare.join('\n')
    return { text: now.text.slice(0, from) + made + now.text.slice(to), start: from, end: from + made.length }
  }
  const words = lines.join('\n').trim() === '' ? [sample] : lines
  const head = '> [!NOTE]\n> '
  const said = words.map(line => `> ${line}`.trimEnd()).join('\n')
  return block({ text: now.text, start: from, end: to }, `> [!NOTE]\n${said}`, head.length, said.length - 2)
}

function table(now: Selected, column: string): Selected {
  const head = `| ${column} 1 | ${column} 2 |`
  const made = `${head}\n| --- | --- |\n|  |  |\n|  |  |`
  return block({ ...now, start: now.end }, made, 2, `${column} 1`.length)
}

/** A part that needs empty lines around it. at and length say what of it is selected. */
function block({ text, start, end }: Selected, made: string, at: number, length: number): Selected {
  const before = text.slice(0, start)
  const after = text.slice(end)
  const above = before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n'
  const below = after === '' ? '\n' : after.startsWith('\n\n') ? '' : after.startsWith('\n') ? '\n' : '\n\n'
  const from = start + above.length + at
  return { text: before + above + made + below + after, start: from, end: from + length }
}

/** What Enter does at the end of a line of a list or a callout: the next line goes on; an empty one ends it. Nothing elsewhere. */
export function nextLine({ text, start, end }: Selected): Selected | undefined {
  if (start !== end) return undefined
  const from = text.lastIndexOf('\n', start - 1) + 1
  const line = text.slice(from, start)
  const found = /^(\s*)(?:([-*+]) (?:\[[ xX]\] )?|(\d{1,9})([.)]) |(> ))/.exec(line)
  if (!found) return undefined
  const [mark, indent = '', bullet, number, dot = '.', quote] = found
  if (line === mark) {
    // The second Enter in a row ends the list.
    return { text: text.slice(0, from) + text.slice(start), start: from, end: from }
  }
  const task = bullet && mark.includes('[') ? '[ ] ' : ''
  const next = `\n${indent}${quote ?? (bullet ? `${bullet} ${task}` : `${Number(number) + 1}${dot} `)}`
  const at = start + next.length
  return { text: text.slice(0, start) + next + text.slice(start), start: at, end: at }
}

/** The smallest part that differs: what has to be replaced, and by what. For an editor that keeps its own Undo. */
export function replaced(was: string, is: string): { from: number; to: number; by: string } {
  const most = Math.min(was.length, is.length)
  let from = 0
  while (from < most && was[from] === is[from]) from++
  let tail = 0
  while (tail < most - from && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++
  return { from, to: was.length - tail, by: is.slice(from, is.length - tail) }
}

/** Where a place in a text is after the text was changed: uploads come back to where they were dropped. */
export function moved(at: number, was: string, is: string): number {
  const { from, to, by } = replaced(was, is)
  if (at <= from) return at
  if (at >= to) return at + by.length - (to - from)
  return from + by.length
}

/** Puts a picture on a line of its own. */
export function withImage(text: string, at: number, image: string, words: string): Selected {
  const made = `![${words.replace(/[[\]\n]/g, ' ').trim()}](image:${image})`
  return block({ text, start: at, end: at }, made, made.length, 0)
}

/** A file's name as the first words for a picture: nothing for what cameras and screenshots call them. */
export function imageWords(file: string): string {
  const name = file
    .replace(/\.[a-z0-9]+$/i, '')
    .replace(/[_-]+/g, ' ')
    .trim()
  return /^(image|img|dsc|pxl|screen ?shot|bildschirmfoto|unnamed|untitled|clipboard)\b[\s\d.:]*|^[\d\s.]*$/i.test(name) ? '' : name
}

/** How many words there are to read, in whatever script. */
export function wordsIn(text: string, locale = 'en'): number {
  if (typeof Intl.Segmenter !== 'function') return text.split(/\s+/u).filter(Boolean).length
  let n = 0
  for (const part of new Intl.Segmenter(locale, { granularity: 'word' }).segment(text)) if (part.isWordLike) n++
  return n
}
