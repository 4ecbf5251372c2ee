/** Uses storage or a cookie. They may be blocked: then nothing is remembered. */
export function stored<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
