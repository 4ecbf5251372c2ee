import { describe, expect, it } from 'vitest'
import { compare, compareTexts, folded, type Line, sum } from './diff'

const show = (lines: readonly Line[]) =>
  lines.map(
    line =>
      `${{ same: ' ', gone: '-', new: '+' }[line.kind]}${line.parts.map(part => (part.kind === 'same' ? part.text : `[${part.text}]`)).join('')}`,
  )

/** Puts a comparison together again. */
const side = (lines: readonly Line[], kind: 'gone' | 'new') =>
  lines
    .filter(line => line.kind === 'same' || line.kind === kind)
    .map(line => line.parts.map(part => part.text).join(''))
    .join('\n')

describe('comparing', () => {
  it('finds the shortest way', () => {
    const steps = compare([...'ABCABBA'], [...'CBABAC'])
    expect(steps.filter(step => step.kind !== 'same').length).toBe(5)
    expect(compare(['a'], ['a'])).toEqual([{ kind: 'same', at: 0 }])
    expect(compare([], ['a'])).toEqual([{ kind: 'new', at: 0 }])
  })

  it('tells a changed line by its words', () => {
    expect(show(compareTexts('one\nWarm it up slowly.\nthree', 'one\nWarm it up very slowly.\nthree'))).toEqual([
      ' one',
      '-Warm it up slowly.',
      '+Warm it up [very ]slowly.',
      ' three',
    ])
  })

  it('does not compare words of lines that have nothing in common', () => {
    expect(show(compareTexts('Gold rim series', 'Ask us'))).toEqual(['-[Gold rim series]', '+[Ask us]'])
  })

  it('numbers the lines of both sides', () => {
    const lines = compareTexts('a\nb\nc', 'a\nx\nb\nc')
    expect(lines.map(line => [line.was, line.is])).toEqual([
      [1, 1],
      [undefined, 2],
      [2, 3],
      [3, 4],
    ])
    expect(sum(lines)).toEqual({ fresh: 1, gone: 0 })
  })

  it('loses nothing of either side, whatever the texts are', () => {
    let seed = 7
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      return seed % n
    }
    for (let turn = 0; turn < 200; turn++) {
      const text = () => Array.from({ length: random(12) }, () => ['a', 'b', 'a b', 'a c b', ''][random(5)]).join('\n')
      const [was, is] = [text(), text()]
      const lines = compareTexts(was, is)
      expect(side(lines, 'gone')).toBe(was)
      expect(side(lines, 'new')).toBe(is)
    }
  })

  it('gives up on texts that have nothing in common rather than on the page', () => {
    const many = (word: string) => Array.from({ length: 3000 }, (_, at) => `${word} ${at}`).join('\n')
    const started = performance.now()
    const lines = compareTexts(many('this'), many('that'))
    expect(side(lines, 'new')).toBe(many('that'))
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

it('folds what is far from every change', () => {
  const was = Array.from({ length: 20 }, (_, at) => `line ${at}`)
  const is = was.with(10, 'another')
  const parts = folded(compareTexts(was.join('\n'), is.join('\n')))
  expect(parts.map(part => [part.hidden, part.lines.length])).toEqual([
    [8, 8],
    [0, 6],
    [7, 7],
  ])
})
