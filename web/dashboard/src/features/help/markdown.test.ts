import { describe, expect, it } from 'vitest'
import { apply, imageWords, moved, nextLine, pastedLink, replaced, type Selected, type Tool, withImage, wordsIn } from './markdown'

const samples = {
  bold: 'bold',
  italic: 'slanted',
  heading: 'Heading',
  link: 'words',
  code: 'code',
  list: '',
  column: 'Column',
  callout: 'Note',
}

/** A text with its selection between bars: 'a |b| c'; one bar is the caret. */
function sel(text: string): Selected {
  const start = text.indexOf('|')
  const rest = text.slice(0, start) + text.slice(start + 1)
  const second = rest.indexOf('|', start)
  if (second < 0) return { text: rest, start, end: start }
  return { text: rest.slice(0, second) + rest.slice(second + 1), start, end: second }
}
function show({ text, start, end }: Selected): string {
  return start === end
    ? `${text.slice(0, start)}|${text.slice(start)}`
    : `${text.slice(0, start)}|${text.slice(start, end)}|${text.slice(end)}`
}
const does = (tool: Tool, text: string) => show(apply(tool, sel(text), samples))

describe('tools', () => {
  it.each<[Tool, string, string]>([
    ['bold', 'a |b| c', 'a **|b|** c'],
    ['bold', 'a **|b|** c', 'a |b| c'],
    ['bold', 'a |**b**| c', 'a |b| c'],
    ['bold', 'a |b |c', 'a **|b|** c'],
    ['bold', '|', '**|bold|**'],
    ['italic', 'a |b|', 'a _|b|_'],
    ['italic', 'a _|b|_', 'a |b|'],
    ['code', 'run |make|', 'run `|make|`'],
    ['code', 'x\n\n|a\nb|\n\ny', 'x\n\n```\n|a\nb|\n```\n\ny'],
    ['link', 'see |here| now', 'see [here](|https://|) now'],
    ['link', 'see |https://a.example/b| now', 'see [|words|](https://a.example/b) now'],
    ['link', 'see |', 'see [words](|https://|)'],
    ['heading', 'Glaze|', '## |Glaze|'],
    ['heading', '## Gla|ze', '### |Glaze|'],
    ['heading', '### Gla|ze', '|Glaze|'],
    ['heading', 'a\n|\nb', 'a\n## |Heading|\nb'],
    ['list', '|a\nb|', '|- a\n- b|'],
    ['list', '|- a\n- b|', '|a\nb|'],
    ['list', '|1. a\n2. b|', '|- a\n- b|'],
    ['list', 'words\n|a', 'words\n\n- a|'],
    ['numbers', '|a\n\nb\n|', '|1. a\n\n2. b|\n'],
    ['numbers', '- a|', '1. a|'],
  ])('%s: %s', (tool, was, is) => {
    const expected = tool === 'list' || tool === 'numbers' || tool === 'heading' ? is : is
    expect(does(tool, was)).toBe(expected)
  })

  it('a table and a callout get empty lines around them, and a callout goes away again', () => {
    const { text, start, end } = apply('table', sel('a|b'), samples)
    expect(text).toBe('a\n\n| Column 1 | Column 2 |\n| --- | --- |\n|  |  |\n|  |  |\n\nb')
    expect(text.slice(start, end)).toBe('Column 1')
    expect(does('callout', 'a\n\n|warm it\nslowly|\n\nb')).toBe('a\n\n> [!NOTE]\n> |warm it\n> slowly|\n\nb')
    const again = apply('callout', sel('|> [!TIP]\n> warm it|'), samples)
    expect(again.text).toBe('warm it')
  })
})

describe('typing', () => {
  it('Enter goes on with a list, and ends it on an empty line', () => {
    const enter = (text: string) => {
      const next = nextLine(sel(text))
      return next && show(next)
    }
    expect(enter('- a|')).toBe('- a\n- |')
    expect(enter('  3. a|')).toBe('  3. a\n  4. |')
    expect(enter('- [x] a|')).toBe('- [x] a\n- [ ] |')
    expect(enter('> a|')).toBe('> a\n> |')
    expect(enter('- a\n- |')).toBe('- a\n|')
    expect(enter('a|')).toBeUndefined()
    expect(enter('|- a|')).toBeUndefined()
  })

  it('an address over words makes a link, and nothing else does', () => {
    const paste = (text: string, url: string) => {
      const next = pastedLink(sel(text), url)
      return next && show(next)
    }
    expect(paste('see |here|', 'https://a.example')).toBe('see [here](https://a.example)|')
    expect(paste('see |', 'https://a.example')).toBeUndefined()
    expect(paste('see |https://b.example|', 'https://a.example')).toBeUndefined()
    expect(paste('|here|', 'javascript:alert(1)')).toBeUndefined()
  })

  it('finds the part that changed, and where a place went', () => {
    expect(replaced('abcd', 'abXcd')).toEqual({ from: 2, to: 2, by: 'X' })
    expect(replaced('aaa', 'aa')).toEqual({ from: 2, to: 3, by: '' })
    expect(moved(1, 'abcd', 'abXcd')).toBe(1)
    expect(moved(3, 'abcd', 'abXcd')).toBe(4)
    expect(moved(2, 'abcd', 'ad')).toBe(1)
  })
})

describe('pictures', () => {
  it('stand on a line of their own', () => {
    expect(show(withImage('ab', 1, 'i1', 'A [bowl]'))).toBe('a\n\n![A  bowl](image:i1)|\n\nb')
    expect(withImage('', 0, 'i1', '').text).toBe('![](image:i1)\n')
  })

  it('take their first words from a name that means something', () => {
    expect(imageWords('large_serving-bowl.png')).toBe('large serving bowl')
    for (const name of ['image.png', 'IMG_2041.JPG', 'Screenshot 2026-11-29 at 10.20.png', '20261129.png'])
      expect(imageWords(name), name).toBe('')
  })
})

it('counts words in scripts without blanks too', () => {
  expect(wordsIn('Is stoneware oven-safe?')).toBe(4)
  expect(wordsIn('陶器はオーブンに入れられますか', 'ja')).toBeGreaterThan(3)
})
