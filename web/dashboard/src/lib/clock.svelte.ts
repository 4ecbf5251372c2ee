let at = $state(Date.now())
let timer: ReturnType<typeof setInterval> | undefined

/** The time by our own clock, moving once a second while the page is shown. */
export const now = (): number => at

/** Call once. A hidden page does not tick, and is right at once when it is shown again. */
export function startClock(): void {
  const tick = () => {
    at = Date.now()
  }
  const run = () => {
    clearInterval(timer)
    if (document.hidden) return
    tick()
    timer = setInterval(tick, 1000)
  }
  document.addEventListener('visibilitychange', run)
  run()
}
