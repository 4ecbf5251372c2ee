/** How long somebody rests who has said what they look for; between two keys it is less. */
const restMS = 3000

/**
 * Tells what somebody looked for in the end. Each key brings other answers, but the editors should see questions, not beginnings of
 * words: so it is told once, when they rest, choose, leave, or turn to something else.
 */
export function settled(tell: (words: string) => void, told = '') {
  let pending = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  const now = () => {
    clearTimeout(timer)
    if (pending && pending !== told) {
      told = pending
      tell(told)
    }
    pending = ''
  }
  return {
    /** They have written this, and may go on. */
    typed(words: string) {
      if (!words.startsWith(pending) && !pending.startsWith(words)) now()
      pending = words
      clearTimeout(timer)
      timer = setTimeout(now, restMS)
    },
    /** They will not go on. */
    now,
  }
}
