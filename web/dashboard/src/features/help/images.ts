/** What an image may be; the server makes it anew and decides for itself. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const
export const mostImageBytes = 10 << 20

/** Why a file cannot be an image of an article; undefined: it can be tried. */
export function refusal(file: { type: string; size: number; name: string }): 'image.svg' | 'image.format' | 'image.size' | undefined {
  if (file.type === 'image/svg+xml' || /\.svgz?$/i.test(file.name)) return 'image.svg'
  if (!(imageTypes as readonly string[]).includes(file.type)) return 'image.format'
  return file.size > mostImageBytes ? 'image.size' : undefined
}

/** The files of a paste or a drop. A copied picture of a page comes with its HTML too; text with a picture beside it is text. */
export function filesOf(data: DataTransfer | null): File[] {
  if (!data) return []
  const files = [...data.files]
  const richText = data.types.includes('text/plain') && data.types.includes('text/rtf')
  return richText ? [] : files
}
