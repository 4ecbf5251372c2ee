import { describe, expect, it } from 'vitest'
import { message } from './fixture'
import { append, emptyLog, hasGap, lastSeq, merge } from './log'

const seqs = (log: { messages: readonly { seq: number }[] }) => log.messages.map(one => one.seq)
const three = merge(emptyLog, [message(1), message(2), message(3)], false)

describe('log', () => {
  it('takes the next message, and every message once', () => {
    expect(seqs(append(append(three, message(4)), message(4)))).toEqual([1, 2, 3, 4])
  })

  it('holds a message back until its neighbour is here', () => {
    const gap = append(three, message(5))
    expect(seqs(gap)).toEqual([1, 2, 3])
    expect(hasGap(gap)).toBe(true)
    const healed = append(gap, message(4))
    expect(seqs(healed)).toEqual([1, 2, 3, 4, 5])
    expect(hasGap(healed)).toBe(false)
  })

  it('an answer to watch fills the hole, and what came too early follows', () => {
    const healed = merge(append(three, message(6)), [message(4), message(5)], false)
    expect(seqs(healed)).toEqual([1, 2, 3, 4, 5, 6])
    expect(hasGap(healed)).toBe(false)
  })

  it('keeps the newest run when more was missed than fits into one answer', () => {
    const log = merge(three, [message(301), message(302)], true)
    expect(seqs(log)).toEqual([301, 302])
    expect(log.more).toBe(true)
    expect(lastSeq(log)).toBe(302)
  })

  it('puts older ones before, and knows when there are no more', () => {
    const newest = merge(emptyLog, [message(3), message(4)], true)
    expect(newest.more).toBe(true)
    const all = merge(newest, [message(1), message(2)], false)
    expect(seqs(all)).toEqual([1, 2, 3, 4])
    expect(all.more).toBe(false)
  })

  it('waits for the first answer before it shows what comes', () => {
    const early = append(emptyLog, message(9))
    expect(seqs(early)).toEqual([])
    expect(seqs(merge(early, [message(7), message(8)], true))).toEqual([7, 8, 9])
  })

  it('an empty answer keeps what is there', () => {
    const log = merge(three, [], false)
    expect(seqs(log)).toEqual([1, 2, 3])
    expect(log.more).toBe(false)
  })
})
