import type { Dial, ServerToVisitor, VisitorToServer } from '@parley/core'

/** Answers of a server that exists only in this page. */
export type Answer = (frame: VisitorToServer) => ServerToVisitor[]

/** A transport to it. push sends to the client at any time; drop closes the line and lets nobody in until lift. */
export function inMemory(answer: Answer) {
  let send: ((frame: ServerToVisitor) => void) | undefined
  let close: (() => void) | undefined
  let blocked = false

  const dial: Dial = (hello, on) => {
    const push = (frame: ServerToVisitor) => on.data(JSON.stringify(frame))
    const deliver = (frames: ServerToVisitor[]) => setTimeout(() => frames.forEach(push))
    if (blocked) throw new Error('no way to the server')
    send = push
    close = () => on.closed(1006)
    setTimeout(() => {
      on.open()
      deliver(answer(hello() as VisitorToServer))
    })
    return { send: text => deliver(answer(JSON.parse(text))), close: () => {} }
  }

  return {
    dial,
    push: (frame: ServerToVisitor) => send?.(frame),
    drop() {
      blocked = true
      close?.()
    },
    lift() {
      blocked = false
    },
  }
}
