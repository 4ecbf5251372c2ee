/** The places of the dashboard that have an address. */
export const places = ['home', 'chats', 'visitors', 'history', 'tickets', 'help', 'admin', 'account'] as const
export type Place = (typeof places)[number]

export type Query = Readonly<Record<string, string>>

export type Route =
  | { name: 'start' }
  | { name: 'setup'; token: string }
  | { name: 'invite'; token: string }
  | { name: 'place'; property: string; place: Place; id: string; query: Query }
  /** Not ours: a file, the API, the live page, or nothing at all. */
  | { name: 'unknown' }

/** What an address shows. URL is state: the open chat, the filters and the page of the administration are all in it. */
export function parse(path: string, search = ''): Route {
  const parts = path.split('/').filter(Boolean).map(decode)
  const query = Object.fromEntries(new URLSearchParams(search))
  const [first = '', second = '', third = 'chats', fourth = ''] = parts
  if (parts.length === 0 || (first === 'login' && parts.length === 1)) return { name: 'start' }
  if (first === 'setup') return { name: 'setup', token: second || (query.token ?? '') }
  if ((first === 'invite' || first === 'invites') && second) return { name: 'invite', token: second }
  if (first === 'p' && second && parts.length <= 4 && isPlace(third))
    return { name: 'place', property: second, place: third, id: fourth, query }
  return { name: 'unknown' }
}

const isPlace = (word: string): word is Place => (places as readonly string[]).includes(word)

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a place. Empty filters are left out. */
export function address(property: string, place: Place, id = '', query: Record<string, string | undefined> = {}): string {
  const filled = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const search = new URLSearchParams(filled).toString()
  return `/p/${encodeURIComponent(property)}/${place}${id ? `/${encodeURIComponent(id)}` : ''}${search ? `?${search}` : ''}`
}
