import { isKey, t } from './i18n.svelte'

/** What the server answered instead of what was asked for (RFC 9457). Status 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly retryAfterMS?: number,
  ) {
    super(message)
  }
}

let loggedOut = (): void => {}

/** Who is told that the login is over. Only a 401 says so: an outage never logs anybody out. */
export function onLoggedOut(tell: () => void): void {
  loggedOut = tell
}

/** Calls the API and gives its answer, or throws an ApiError. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const raw = body instanceof Blob
  let answer: Response
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': raw ? body.type : 'application/json' },
      body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
      credentials: 'same-origin',
    })
  } catch {
    throw new ApiError(0, 'offline', t('error.offline'))
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T
  const problem = await answer.json().catch(() => ({}))
  // A proxy's page is not the server's word: without a code of ours nobody is logged out.
  if (answer.status === 401 && typeof problem.code === 'string' && path !== '/login') loggedOut()
  throw new ApiError(
    answer.status,
    problem.code ?? 'unavailable',
    problem.detail ?? t('error.unavailable'),
    problem.field,
    problem.retry_after_ms,
  )
}

/** A query string of what is filled, with its question mark. */
export function search(values: Record<string, string | number | undefined>): string {
  const filled = Object.entries(values).filter(entry => entry[1] !== undefined && entry[1] !== '')
  return filled.length === 0 ? '' : `?${new URLSearchParams(filled.map(([name, value]) => [name, String(value)]))}`
}

/** What to tell the reader about an error: our own sentence for its code, else the server's. */
export function sentence(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return t('error.unavailable')
  const { code, message, retryAfterMS } = error as ApiError
  const key = `error.${code}`
  const seconds = Math.ceil((retryAfterMS ?? 0) / 1000)
  if (isKey(key)) return t(key, { n: seconds })
  return message || t('error.unavailable')
}
