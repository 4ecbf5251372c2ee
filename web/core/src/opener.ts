import { emptyThread, type Thread } from './thread.ts'
import type { Opener, VisitorMessage, VisitorSession } from './wire.gen.ts'

/**
 * An agent's first words at the top of the thread, as the message that they become when the visitor answers. session is the
 * newest one that is known, threadOf the one that the thread is of. Undefined: there is nothing to put there.
 */
export function withOpener(
  opener: Opener | undefined,
  session: VisitorSession | undefined,
  threadOf: string | undefined,
  thread: Thread<VisitorMessage>,
): Thread<VisitorMessage> | undefined {
  if (!opener || session?.active) return undefined
  const first: VisitorMessage = {
    seq: 0,
    id: opener.id,
    at: opener.at,
    kind: 'text',
    from: 'agent',
    author: opener.agent,
    text: opener.text,
  }
  if (!threadOf || threadOf === session?.id) return { ...emptyThread, messages: [first] }
  // Answered just now: the session that begins with these words is there, but they themselves may not have come yet.
  return thread.messages[0]?.seq === 1 ? thread : { ...thread, messages: [first, ...thread.messages] }
}
