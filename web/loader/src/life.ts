/** So long without a sign of life, a visitor is idle. */
const idleAfter = 10 * 60_000
/** The page view itself is a sign; until then the listeners would only hold it up. */
const listenAfter = 20_000

/**
 * Notices that nobody touches the page any more, and that somebody does again. An event costs no more than writing the time
 * down; one timer looks, when the time could be over. Tells whether the page is idle now, for a hello.
 */
export function life(tell: (idle: boolean) => boolean): () => boolean {
  let at = Date.now()
  let told = false // that we are idle

  function sign() {
    at = Date.now()
    // Not heard when the line is just being made: then the next sign tells it.
    if (told) told = !tell(false)
  }

  function look() {
    const left = at + idleAfter - Date.now()
    if (left <= 0 && !told) told = tell(true)
    setTimeout(look, left > 0 ? left : idleAfter)
  }

  setTimeout(() => {
    for (const name of ['pointermove', 'pointerdown', 'keydown', 'scroll', 'pageshow'])
      addEventListener(name, sign, { capture: true, passive: true })
  }, listenAfter)
  look()
  return () => (told = Date.now() - at >= idleAfter)
}
