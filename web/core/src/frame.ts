/** What every frame has. Its other fields are known once its type is. */
export interface AnyFrame {
  t: string
  id?: string
}

/** Reads a frame at the edge: anything that is not an object with a type is nothing. */
export function parseFrame(text: string): AnyFrame | undefined {
  try {
    const value = JSON.parse(text)
    return typeof value?.t === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** A client-made id: 128 random bits. Not crypto.randomUUID, which plain http pages do not have. */
export function newID(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}
