import createClient from 'openapi-fetch'
import type { components, paths } from './api.gen'
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

/** The API, typed by its description (api/openapi.yaml). Use it inside answer. */
export const api = createClient<paths>({ credentials: 'same-origin' })

/** Waits for a call of the API and gives its answer, or throws an ApiError. */
export async function answer<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked.catch(() => {
    throw new ApiError(0, 'offline', t('error.offline'))
  })
  if (response.ok) return data as T
  const problem = (typeof error === 'object' && error !== null ? error : {}) as Partial<components['schemas']['Problem']>
  // A proxy's page is not the server's word: without a code of ours nobody is logged out.
  if (response.status === 401 && problem.code === 'login.required') loggedOut()
  throw new ApiError(
    response.status,
    problem.code ?? 'unavailable',
    problem.detail ?? t('error.unavailable'),
    problem.field,
    problem.retry_after_ms,
  )
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
