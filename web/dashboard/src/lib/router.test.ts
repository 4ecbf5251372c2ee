import { describe, expect, it } from 'vitest'
import { address, parse } from './router'

describe('router', () => {
  it('reads back every address that it makes', () => {
    const route = parse('/p/p1/history/c%2F1', '?q=blue+plate&state=missed')
    expect(route).toEqual({ name: 'place', property: 'p1', place: 'history', id: 'c/1', query: { q: 'blue plate', state: 'missed' } })
    expect(address('p1', 'history', 'c/1', { q: 'blue plate', state: 'missed', agent: '' })).toBe(
      '/p/p1/history/c%2F1?q=blue+plate&state=missed',
    )
  })

  it('knows the pages before the log-in, and opens a property at its chats', () => {
    expect(parse('/setup', '?token=t')).toEqual({ name: 'setup', token: 't' })
    expect(parse('/setup/t')).toEqual({ name: 'setup', token: 't' })
    expect(parse('/invite/t')).toEqual({ name: 'invite', token: 't' })
    expect(parse('/')).toEqual({ name: 'start' })
    expect(parse('/p/p1/home', '?days=7')).toMatchObject({ place: 'home', query: { days: '7' } })
    expect(parse('/p/p1')).toMatchObject({ place: 'chats', id: '' })
  })

  it('leaves to the browser what is not a place', () => {
    for (const path of ['/live/p1', '/pictures/x', '/p/p1/nowhere', '/p/p1/chats/a/b', '/widget.js'])
      expect(parse(path).name).toBe('unknown')
  })
})
