/** A run of what is the same, what went, and what came. */
export interface Change {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** A line of a comparison. A changed line has its words compared too. */
export interface Line {
  kind: 'same' | 'gone' | 'new'
  parts: Change[]
  /** Its number before and now; absent on the side where it is not. */
  was?: number
  is?: number
}

/** Beyond this many differences the rest is told as gone and new: nobody reads such a comparison, and it would take the page with it. */
const most = 500

/** What turns one list into another, by Myers' shortest script. eq tells items that are the same. */
export function compare<T>(
  was: readonly T[],
  is: readonly T[],
  eq: (a: T, b: T) => boolean = Object.is,
): { kind: Change['kind']; at: number }[] {
  let head = 0
  while (head < was.length && head < is.length && eq(was[head] as T, is[head] as T)) head++
  let tail = 0
  while (tail < was.length - head && tail < is.length - head && eq(was[was.length - 1 - tail] as T, is[is.length - 1 - tail] as T)) tail++
  const same = (from: number, n: number) => Array.from({ length: n }, (_, at) => ({ kind: 'same' as const, at: from + at }))
  const middle = script(was.slice(head, was.length - tail), is.slice(head, is.length - tail), eq).map(one => ({
    kind: one.kind,
    at: one.at + head,
  }))
  return [...same(0, head), ...middle, ...same(is.length - tail, tail)]
}

/** at counts in was for what is gone, in is for the rest. */
function script<T>(was: T[], is: T[], eq: (a: T, b: T) => boolean): { kind: Change['kind']; at: number }[] {
  const [n, m] = [was.length, is.length]
  const trace = n === 0 || m === 0 ? undefined : furthest(was, is, eq)
  if (!trace) return [...was.map((_, at) => ({ kind: 'gone' as const, at })), ...is.map((_, at) => ({ kind: 'new' as const, at }))]
  const found: { kind: Change['kind']; at: number }[] = []
  let [x, y] = [n, m]
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d] as Map<number, number>
    const k = x - y
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1))
    const from = down ? k + 1 : k - 1
    const fromX = d === 0 ? 0 : (reach.get(from) ?? 0)
    const fromY = d === 0 ? 0 : fromX - from
    while (x > fromX && y > fromY) {
      x--
      y--
      found.push({ kind: 'same', at: y })
    }
    if (d === 0) break
    if (down) found.push({ kind: 'new', at: --y })
    else found.push({ kind: 'gone', at: --x })
  }
  return found.reverse()
}

/** How far each diagonal reaches with every number of steps; nothing where it takes too many. */
function furthest<T>(was: T[], is: T[], eq: (a: T, b: T) => boolean): Map<number, number>[] | undefined {
  const [n, m] = [was.length, is.length]
  const trace: Map<number, number>[] = []
  let reach = new Map<number, number>([[1, 0]])
  for (let d = 0; d <= Math.min(n + m, most); d++) {
    trace.push(reach)
    const next = new Map(reach)
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1))
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1
      let y = x - k
      while (x < n && y < m && eq(was[x] as T, is[y] as T)) {
        x++
        y++
      }
      next.set(k, x)
      if (x >= n && y >= m) return trace
    }
    reach = next
  }
  return undefined
}

/** Two texts line by line. Lines that were changed, and not only put in or taken out, are compared word by word. */
export function compareTexts(was: string, is: string): Line[] {
  const [before, now] = [was.split('\n'), is.split('\n')]
  const steps = compare(before, now)
  const lines: Line[] = []
  let [a, b] = [0, 0]
  for (let at = 0; at < steps.length; ) {
    if (steps[at]?.kind === 'same') {
      lines.push({ kind: 'same', parts: [{ kind: 'same', text: now[b] ?? '' }], was: ++a, is: ++b })
      at++
      continue
    }
    let end = at
    while (end < steps.length && steps[end]?.kind !== 'same') end++
    const run = steps.slice(at, end)
    const gone = run.filter(step => step.kind === 'gone').length
    const fresh = run.length - gone
    lines.push(...changed(before.slice(a, a + gone), now.slice(b, b + fresh), a, b))
    a += gone
    b += fresh
    at = end
  }
  return lines
}

/** A run of lines that went and came: those that are alike are told as one that was changed. */
function changed(gone: string[], fresh: string[], a: number, b: number): Line[] {
  const pairs = gone.map((line, at) => words(line, fresh[at] ?? '', at < fresh.length))
  const were = gone.map((line, at): Line => ({ kind: 'gone', parts: pairs[at]?.was ?? [{ kind: 'gone', text: line }], was: a + at + 1 }))
  const are = fresh.map((line, at): Line => ({ kind: 'new', parts: pairs[at]?.is ?? [{ kind: 'new', text: line }], is: b + at + 1 }))
  return [...were, ...are]
}

/** Words and what is between them, so that the pieces make up the line again. */
const piecesOf = (line: string): string[] => line.match(/[\p{L}\p{N}\p{M}_]+|\s+|[^\p{L}\p{N}\p{M}_\s]/gu) ?? []

/** What of two lines differs; nothing where they have too little in common to be one line that was changed. */
function words(was: string, is: string, both: boolean): { was: Change[]; is: Change[] } | undefined {
  if (!both) return undefined
  const [before, now] = [piecesOf(was), piecesOf(is)]
  const steps = compare(before, now)
  const kept = steps.filter(step => step.kind === 'same').reduce((sum, step) => sum + (now[step.at]?.trim().length ?? 0), 0)
  if (kept * 3 < Math.max(was.trim().length, is.trim().length)) return undefined
  const side = (kind: 'gone' | 'new', from: string[]) => {
    const parts: Change[] = []
    for (const step of steps) {
      if (step.kind !== 'same' && step.kind !== kind) continue
      const text = step.kind === 'gone' ? from[step.at] : now[step.at]
      const last = parts.at(-1)
      if (last?.kind === step.kind) last.text += text ?? ''
      else parts.push({ kind: step.kind, text: text ?? '' })
    }
    return parts
  }
  return { was: side('gone', before), is: side('new', now) }
}

/** A stretch of lines to show, or of lines that are the same and far from every change. */
export interface Stretch {
  hidden: number
  lines: Line[]
}

/** Folds what is the same and more than a few lines away from a change. */
export function folded(lines: readonly Line[], around = 2): Stretch[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some(line => line.kind !== 'same'))
  const out: Stretch[] = []
  for (const [at, line] of lines.entries()) {
    const shown = near[at] ?? true
    const last = out.at(-1)
    if (last && (last.hidden === 0) === shown) {
      last.lines.push(line)
      if (!shown) last.hidden++
    } else out.push({ hidden: shown ? 0 : 1, lines: [line] })
  }
  // A fold of one line hides nothing worth a press.
  return out.map(one => (one.hidden === 1 ? { ...one, hidden: 0 } : one))
}

/** How many lines came and went. */
export function sum(lines: readonly Line[]): { fresh: number; gone: number } {
  return { fresh: lines.filter(line => line.kind === 'new').length, gone: lines.filter(line => line.kind === 'gone').length }
}
