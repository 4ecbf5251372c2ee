/** What part of a picture is shown in a square: moved by pixels of the square, and enlarged. */
export interface View {
  x: number
  y: number
  zoom: number
}

export interface Size {
  width: number
  height: number
}

/** Pixels of the square for one pixel of the picture; at zoom 1 the shorter side fills it. */
export const scaleOf = (picture: Size, square: number, zoom: number): number => (square / Math.min(picture.width, picture.height)) * zoom

/** The nearest view that leaves no empty edge. */
export function inside(view: View, picture: Size, square: number): View {
  const zoom = Math.max(1, Math.min(4, view.zoom))
  const scale = scaleOf(picture, square, zoom)
  const most = { x: Math.max(0, (picture.width * scale - square) / 2), y: Math.max(0, (picture.height * scale - square) / 2) }
  const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value))
  return { zoom, x: clamp(view.x, most.x), y: clamp(view.y, most.y) }
}

/** The part of the picture that the view shows, in its own pixels. */
export function partOf(view: View, picture: Size, square: number): { x: number; y: number; side: number } {
  const scale = scaleOf(picture, square, view.zoom)
  const side = square / scale
  return { side, x: (picture.width - side) / 2 - view.x / scale, y: (picture.height - side) / 2 - view.y / scale }
}
