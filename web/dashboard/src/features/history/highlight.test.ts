import { expect, it } from 'vitest'
import { highlight } from './highlight'

const marked = (text: string, q: string) =>
  highlight(text, q)
    .map(piece => (piece.hit ? `[${piece.text}]` : piece.text))
    .join('')

it('marks the beginnings of words, without case and accents', () => {
  expect(marked('Blue plates, and a BLUE bowl', 'blue plate')).toBe('[Blue] [plate]s, and a [BLUE] bowl')
  expect(marked('El café está', 'cafe')).toBe('El [café] está')
  expect(marked('Nothing here', 'here?')).toBe('Nothing [here]')
  expect(marked('unblue', 'blue')).toBe('unblue')
  expect(marked('as it is', '')).toBe('as it is')
})
