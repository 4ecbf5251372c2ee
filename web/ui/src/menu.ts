/** What the arrow keys do in a menu: the index to go to, or undefined if the key is none of ours. */
export function step(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count
    case 'ArrowUp':
      return (at - 1 + count) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}

/** Where a menu is: at its button, or a sheet at the window's lower edge, for thumbs. */
export type Side = 'below' | 'above' | 'beside' | 'sheet'

/** Where a menu of the size goes, beside its button and inside the window. Pixels from the window's left and top. */
export function place(
  button: DOMRect,
  size: { width: number; height: number },
  side: Exclude<Side, 'sheet'>,
  rtl: boolean,
  alignEnd = false,
): { left: number; top: number } {
  const gap = 6
  const edge = 8
  let left = alignEnd !== rtl ? button.right - size.width : button.left
  let top = side === 'above' ? button.top - size.height - gap : button.bottom + gap
  if (side === 'beside') {
    left = rtl ? button.left - size.width - gap : button.right + gap
    top = button.top
  }
  if (top + size.height > innerHeight - edge && side === 'below') top = button.top - size.height - gap
  return {
    left: Math.max(edge, Math.min(left, innerWidth - size.width - edge)),
    top: Math.max(edge, Math.min(top, innerHeight - size.height - edge)),
  }
}
