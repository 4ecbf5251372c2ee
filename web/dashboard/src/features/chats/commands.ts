import type { Ack, AgentMessagesFrame, AgentToServer, ErrorFrame } from '@parley/core'

export type Answer = Ack | AgentMessagesFrame
/** A frame that the server answers by its id. */
export type Command = Extract<AgentToServer, { id: string }>

interface Pending {
  frame: Command
  settle: (answer: Answer) => void
  refuse: (error: unknown) => void
  timer: ReturnType<typeof setTimeout>
}

/** A command that nobody answered in this time is told as failed; each may be repeated without harm. */
const patienceMS = 15_000

/** Commands that wait for their answer. They live over a lost connection: on the next one they are sent again. */
export function commands(send: (frame: Command) => boolean) {
  const pending = new Map<string, Pending>()

  function take(id: string | undefined): Pending | undefined {
    const one = id ? pending.get(id) : undefined
    if (!one) return undefined
    clearTimeout(one.timer)
    pending.delete(one.frame.id)
    return one
  }

  return {
    run(frame: Command): Promise<Answer> {
      return new Promise((settle, refuse) => {
        const timer = setTimeout(() => take(frame.id)?.refuse({ code: 'offline', message: '' }), patienceMS)
        pending.set(frame.id, { frame, settle, refuse, timer })
        send(frame)
      })
    },
    answered: (answer: Answer): void => take(answer.id)?.settle(answer),
    refused: (error: ErrorFrame): void => take(error.id)?.refuse(error),
    again(): void {
      for (const one of pending.values()) send(one.frame)
    },
    stop(): void {
      for (const id of [...pending.keys()]) clearTimeout(take(id)?.timer)
    },
  }
}
