import { describe, expect, it } from 'vitest'
import { editors, forgetMS, heard, type Presence, still } from './presence'

const ben = { id: 'ben', name: 'Ben' }
const ana = { id: 'ana', name: 'Ana' }
const frame = (agent: typeof ben, language = 'en', on = true) => ({ article: 'a1', language, agent, on })

describe('who edits an article', () => {
  it('are the others, each once, with their languages', () => {
    let presence: Presence = new Map()
    for (const one of [frame(ben), frame(ben, 'ar'), frame(ana), frame(ben)]) presence = heard(presence, one, 0)
    expect(editors(presence, 'ana')).toEqual([{ agent: ben, languages: ['en', 'ar'] }])
    expect(editors(presence, 'nobody').map(one => one.agent.name)).toEqual(['Ana', 'Ben'])
  })

  it('go when they say so, or when nothing was heard of them', () => {
    let presence = heard(heard(new Map(), frame(ben), 0), frame(ana), 10_000)
    expect(still(presence, forgetMS - 1)).toBe(presence)
    presence = still(presence, forgetMS + 1)
    expect(editors(presence, '').map(one => one.agent.name)).toEqual(['Ana'])
    expect(editors(heard(presence, frame(ana, 'en', false), 0), '')).toEqual([])
  })
})
