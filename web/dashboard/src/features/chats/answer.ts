let wanted = false

/** Enter was pressed before the composer was there: it takes the focus as soon as it comes. */
export function wantAnswer(): void {
  wanted = true
}

/** Whether the composer that comes now shall take the focus. */
export function takeAnswer(): boolean {
  const was = wanted
  wanted = false
  return was
}
