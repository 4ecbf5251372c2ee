/** Makes sure, after so many ms without a frame, that the line still lives: browsers do not show the server's pings. */
export function silenceWatch(o: { quiet: () => number; check: () => void }) {
  let heard = Date.now()
  const timer = setInterval(() => {
    if (Date.now() - heard >= o.quiet()) o.check()
  }, 15_000)
  return {
    heard() {
      heard = Date.now()
    },
    stop: () => clearInterval(timer),
  }
}
