import type { OwnerColour } from '@parley/core'

// The same derivation as the server's (internal/property/rules_colour.go), so that the preview shows what visitors will see.

type RGB = readonly [number, number, number]

const paperLight = '#fdfcfa'
const paperDark = '#1a1917'
const readable = 4.5

export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text)

/** The ink that the server chooses on this colour, and how it reads: white, our near-black, or true black. */
export function inkOn(fill: string): { ink: string; white: boolean; ratio: number } | undefined {
  if (!isColour(fill)) return undefined
  const on = parse(fill)
  const inks = ['#ffffff', paperDark].map(ink => ({ ink, white: ink === '#ffffff', ratio: contrast(parse(ink), on) }))
  const best = inks.reduce((a, b) => (b.ratio > a.ratio ? b : a))
  if (best.ratio >= readable) return best
  const black = { ink: '#000000', white: false, ratio: contrast(parse('#000000'), on) }
  return black.ratio > (inks[0]?.ratio ?? 0) ? black : inks[0]
}

/** The six colours of the widget, out of the one that was picked. */
export function deriveColour(picked: string): OwnerColour {
  const fill = parse(picked)
  const softLight = mix(fill, parse(paperLight), 0.12)
  const softDark = mix(fill, parse(paperDark), 0.2)
  return {
    fill: hex(fill),
    on_fill: inkOn(picked)?.ink ?? '#ffffff',
    text_light: hex(shade(fill, -0.01, [parse(paperLight), softLight])),
    text_dark: hex(shade(fill, 0.01, [parse(paperDark), softDark])),
    soft_light: hex(softLight),
    soft_dark: hex(softDark),
  }
}

const parse = (text: string): RGB => [1, 3, 5].map(at => Number.parseInt(text.slice(at, at + 2), 16) / 255) as unknown as RGB
const hex = (colour: RGB): string =>
  `#${colour
    .map(part =>
      Math.round(Math.min(1, Math.max(0, part)) * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
const gamma = (part: number) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055)
const luminance = ([r, g, b]: RGB) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
const mix = (colour: RGB, paper: RGB, share: number): RGB =>
  parse(hex(colour.map((part, at) => part * share + (paper[at] ?? 0) * (1 - share)) as unknown as RGB))

function contrast(a: RGB, b: RGB): number {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

/** Moves the lightness, keeping the hue, until it reads on all papers. */
function shade(colour: RGB, step: number, papers: RGB[]): RGB {
  let { l, chroma, hue } = oklch(colour)
  for (;;) {
    const tried = parse(hex(fromOKLCH(l, chroma, hue)))
    if (papers.every(paper => contrast(tried, paper) >= readable)) return tried
    l += step
    if (l < 0) return [0, 0, 0]
    if (l > 1) return [1, 1, 1]
  }
}

function oklch(colour: RGB): { l: number; chroma: number; hue: number } {
  const [r, g, b] = colour.map(linear) as unknown as RGB
  const x = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const y = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const z = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const p = 1.9779984951 * x - 2.428592205 * y + 0.4505937099 * z
  const q = 0.0259040371 * x + 0.7827717662 * y - 0.808675766 * z
  return { l: 0.2104542553 * x + 0.793617785 * y - 0.0040720468 * z, chroma: Math.hypot(p, q), hue: Math.atan2(q, p) }
}

/** Gives up colourfulness, not lightness, where the screen cannot show both. */
function fromOKLCH(l: number, most: number, hue: number): RGB {
  for (let chroma = most, turn = 0; turn < 30; turn++, chroma *= 0.9) {
    const [p, q] = [chroma * Math.cos(hue), chroma * Math.sin(hue)]
    const x = (l + 0.3963377774 * p + 0.2158037573 * q) ** 3
    const y = (l - 0.1055613458 * p - 0.0638541728 * q) ** 3
    const z = (l - 0.0894841775 * p - 1.291485548 * q) ** 3
    const parts = [
      4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
      -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
      -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
    ]
    if (parts.every(part => part >= -0.0005 && part <= 1.0005)) return parts.map(part => gamma(Math.max(0, part))) as unknown as RGB
  }
  const grey = gamma(l ** 3)
  return [grey, grey, grey]
}
