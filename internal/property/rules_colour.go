package property

import (
	"fmt"
	"math"
	"strconv"

	"parley/internal/kernel/wire"
)

// The papers of visual.md that text in the owner's colour stands on, and the contrast that it must have there.
const (
	paperLight = "#fdfcfa"
	paperDark  = "#1a1917"
	readable   = 4.5 // WCAG 2.2 AA for text

	softLight = 0.12 // share of the owner's colour in the tint on light paper …
	softDark  = 0.20 // … and on dark
)

// rgb is a colour in sRGB, each part 0 to 1.
type rgb struct{ r, g, b float64 }

// parseColour reads #rrggbb in lower or upper case, nothing else.
func parseColour(s string) (rgb, bool) {
	if len(s) != 7 || s[0] != '#' {
		return rgb{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return rgb{}, false
	}
	return rgb{float64(n>>16&0xff) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}, true
}

func mustColour(s string) rgb {
	c, ok := parseColour(s)
	if !ok {
		panic("not a colour: " + s)
	}
	return c
}

func (c rgb) String() string {
	part := func(f float64) int { return int(math.Round(math.Min(1, math.Max(0, f)) * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(c.r), part(c.g), part(c.b))
}

// rounded is the colour that browsers will show: its eight bits a part.
func (c rgb) rounded() rgb { return mustColour(c.String()) }

func linear(f float64) float64 {
	if f <= 0.04045 {
		return f / 12.92
	}
	return math.Pow((f+0.055)/1.055, 2.4)
}

func gamma(f float64) float64 {
	if f <= 0.0031308 {
		return f * 12.92
	}
	return 1.055*math.Pow(f, 1/2.4) - 0.055
}

func (c rgb) luminance() float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is the ratio of WCAG, from 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// mix lays share of c over paper.
func (c rgb) mix(paper rgb, share float64) rgb {
	return rgb{
		c.r*share + paper.r*(1-share),
		c.g*share + paper.g*(1-share),
		c.b*share + paper.b*(1-share),
	}.rounded()
}

// Colours are the six colours that are made of the one that an owner picked, for pages that are no widget.
func Colours(picked string) wire.OwnerColour { return deriveColour(picked) }

// deriveColour makes the six colours that the widget uses out of the one that the owner picked.
// The text shades read on the paper and on the tint.
func deriveColour(picked string) wire.OwnerColour {
	fill, ok := parseColour(picked)
	if !ok {
		fill = mustColour(DefaultColour)
	}
	light, dark := mustColour(paperLight), mustColour(paperDark)
	tintLight, tintDark := fill.mix(light, softLight), fill.mix(dark, softDark)
	return wire.OwnerColour{
		Fill:      fill.String(),
		OnFill:    inkOn(fill).String(),
		TextLight: shade(fill, -1, light, tintLight).String(),
		TextDark:  shade(fill, +1, dark, tintDark).String(),
		SoftLight: tintLight.String(),
		SoftDark:  tintDark.String(),
	}
}

// inkOn is white or our near-black, whichever reads better; where neither does (mid greys), white or true
// black, of which one always has 4.58:1.
func inkOn(fill rgb) rgb {
	white, ink := rgb{1, 1, 1}, mustColour(paperDark)
	if contrast(white, fill) >= contrast(ink, fill) {
		if contrast(white, fill) >= readable {
			return white
		}
	} else if contrast(ink, fill) >= readable {
		return ink
	}
	if black := (rgb{}); contrast(black, fill) > contrast(white, fill) {
		return black
	}
	return white
}

// shade moves c's lightness (direction -1: darker, +1: lighter), keeping its hue, until it reads on all papers.
func shade(c rgb, direction float64, papers ...rgb) rgb {
	l, chroma, hue := c.oklch()
	for {
		s := fromOKLCH(l, chroma, hue).rounded()
		if reads(s, papers) {
			return s
		}
		l += direction * 0.01
		if l < 0 {
			return rgb{}
		}
		if l > 1 {
			return rgb{1, 1, 1}
		}
	}
}

func reads(c rgb, papers []rgb) bool {
	for _, p := range papers {
		if contrast(c, p) < readable {
			return false
		}
	}
	return true
}

// oklch is the colour in OKLCH, where lightness can move without the hue moving with it.
func (c rgb) oklch() (l, chroma, hue float64) {
	r, g, b := linear(c.r), linear(c.g), linear(c.b)
	x := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	y := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	z := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	l = 0.2104542553*x + 0.7936177850*y - 0.0040720468*z
	p := 1.9779984951*x - 2.4285922050*y + 0.4505937099*z
	q := 0.0259040371*x + 0.7827717662*y - 0.8086757660*z
	return l, math.Hypot(p, q), math.Atan2(q, p)
}

// fromOKLCH gives up colourfulness, not lightness, where the screen cannot show both.
func fromOKLCH(l, chroma, hue float64) rgb {
	for range 30 {
		p, q := chroma*math.Cos(hue), chroma*math.Sin(hue)
		x := cube(l + 0.3963377774*p + 0.2158037573*q)
		y := cube(l - 0.1055613458*p - 0.0638541728*q)
		z := cube(l - 0.0894841775*p - 1.2914855480*q)
		c := rgb{
			4.0767416621*x - 3.3077115913*y + 0.2309699292*z,
			-1.2684380046*x + 2.6097574011*y - 0.3413193965*z,
			-0.0041960863*x - 0.7034186147*y + 1.7076147010*z,
		}
		if inGamut(c) {
			return rgb{gamma(max(0, c.r)), gamma(max(0, c.g)), gamma(max(0, c.b))}
		}
		chroma *= 0.9
	}
	return rgb{gamma(cube(l)), gamma(cube(l)), gamma(cube(l))}
}

func cube(f float64) float64 { return f * f * f }

func inGamut(c rgb) bool {
	const slack = 0.0005 // rounding to eight bits hides it
	for _, f := range []float64{c.r, c.g, c.b} {
		if f < -slack || f > 1+slack {
			return false
		}
	}
	return true
}
