import { expect, it } from 'vitest'
import { askOf, filtersOf, pressed, toggled } from './ask'
import { chosenColumns, withColumn } from './columns'

it('reads what the address asks for, and nothing that means nothing', () => {
  expect(askOf({})).toEqual({ sort: 'state', filter: {} })
  expect(askOf({ q: 'mug', state: 'idle,waiting,x', country: 'DE', sort: '-time', group: 'page' })).toEqual({
    sort: 'time',
    desc: true,
    group: 'page',
    filter: { text: 'mug', states: ['waiting', 'idle'], country: 'DE' },
  })
  expect(askOf({ sort: 'x', group: 'name' })).toEqual({ sort: 'state', filter: {} })
  expect(filtersOf({ q: 'mug', device: 'phone' })).toEqual(['device'])
})

it('turns the order round at the second press, and begins with the largest where that is wanted', () => {
  expect(pressed('', 'name')).toBe('name')
  expect(pressed('name', 'name')).toBe('-name')
  expect(pressed('-name', 'name')).toBe('name')
  expect(pressed('', 'time')).toBe('-time')
  expect(pressed('-time', 'time')).toBe('time')
  expect(pressed('', 'state')).toBe('-state')
  expect(pressed('-state', 'state')).toBe('')
})

it('switches one of several choices', () => {
  expect(toggled('', 'idle')).toBe('idle')
  expect(toggled('idle,left', 'idle')).toBe('left')
})

it('keeps the chosen columns in the order of the screen, and always who it is', () => {
  const names = (kept?: string) => chosenColumns(kept).map(column => column.name)
  expect(names()).toEqual(['name', 'state', 'page', 'time', 'country', 'referrer', 'pages'])
  expect(names(withColumn(chosenColumns('state,page'), 'device'))).toEqual(['name', 'state', 'page', 'device'])
  expect(names(withColumn(chosenColumns('state,page'), 'page'))).toEqual(['name', 'state'])
})
