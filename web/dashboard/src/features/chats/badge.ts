const mark =
  '<path d="M16 7.500c5 0 8.800 3.300 8.800 7.500s-3.800 7.500-8.800 7.500c-1 0-2-.1-2.900-.4L8.600 24.500l.9-4C8 19.100 7.200 17.200 7.200 15c0-4.200 3.800-7.500 8.800-7.500Z"/><path d="M12.300 15.500c.9 1.400 2.200 2.100 3.700 2.100s2.800-.7 3.700-2.100"/>'

/** The tab's icon with a number on it, as an address. The colours are those of the light theme: a tab has none. */
export function iconWith(n: number): string {
  if (n === 0) return '/favicon.svg'
  const text = n > 9 ? '9+' : String(n)
  const badge = `<circle cx="22" cy="10" r="10" fill="#855100" stroke="#fff" stroke-width="1.500"/><text x="22" y="14.500" text-anchor="middle" font-family="Arial,sans-serif" font-size="${text.length > 1 ? 11 : 13}" font-weight="700" fill="#fff">${text}</text>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="#3550bf"/><g fill="none" stroke="#fff" stroke-width="2.200" stroke-linecap="round" stroke-linejoin="round">${mark}</g>${badge}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

/** The number in front of the tab's title. */
export const titleWith = (n: number, title: string): string => (n > 0 ? `(${n}) ${title}` : title)
