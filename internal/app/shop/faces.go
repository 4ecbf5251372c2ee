package shop

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"

	"golang.org/x/image/vector"
)

// A face is drawn from a few shapes on a field of 40 × 40: background, then each path in its colour.
type shape struct {
	path   string // of SVG's letters M L H V C S Z, capital and small
	colour uint32
}

// The head and shoulders are the same for everybody; colours and hair make the person.
func face(ground, clothes, skin, hair uint32, back, front string) []shape {
	shapes := []shape{
		{"M0 0H40V40H0z", ground},
		{"M5.5 42c0-8.5 6-12.5 14.5-12.5S34.5 33.5 34.5 42z", clothes},
		{"M16.5 24h7v6.5c-1.5 2-5.5 2-7 0z", skin},
		{"M12.6 19c0-4.75 3.3-8.6 7.4-8.6s7.4 3.85 7.4 8.6-3.3 8.6-7.4 8.6-7.4-3.85-7.4-8.6z", skin},
		{front, hair},
	}
	if back != "" {
		shapes = append(shapes[:1], append([]shape{{back, hair}}, shapes[1:]...)...)
	}
	return shapes
}

var faces = map[string][]shape{
	"Ana": face(0xe8d9c8, 0xb4532f, 0xf0c8a4, 0x3b2620, "M11 18h18v13H11z",
		"M10.5 19c0-7 4-11 9.5-11s9.5 4 9.5 11v11h-4.5V18.5c-3 .3-7-1-9-4-.8 2-1.2 3-1.5 4V30h-4z"),
	"Ben": face(0xcfdcd6, 0x27594d, 0x8a5a3c, 0x1f1714, "",
		"M12 18c-.6-6 3-10 8-10s8.6 4 8 10c-.8-2.6-1.6-4-2.6-4.6-3 .9-8 .8-10.8-.2-1.2.8-2 2.2-2.6 4.8z"),
	"Mira": face(0xd9d6ea, 0x4c4a86, 0xf4d5bd, 0xc99a4b, "",
		"M10.8 24.5c-1.5-9 1.7-16.5 9.2-16.5s10.7 7.5 9.2 16.5c-1.2.8-2.6.9-3.7.4V18c-4 .2-8.5-1.2-10.5-3.6-.3 1.6-.5 2.6-.5 3.6v6.9c-1.1.5-2.5.4-3.7-.4z"),
}

// faceSize is what profile pictures are stored as.
const faceSize = 256

// Face draws the picture of one of the shop's people as a PNG.
func Face(name string) []byte {
	img := image.NewRGBA(image.Rect(0, 0, faceSize, faceSize))
	for _, s := range faces[name] {
		r := vector.NewRasterizer(faceSize, faceSize)
		trace(r, s.path)
		c := color.RGBA{R: uint8(s.colour >> 16), G: uint8(s.colour >> 8), B: uint8(s.colour), A: 255} //nolint:gosec // three bytes of a colour
		r.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // writing to memory
	}
	return b.Bytes()
}

// pen walks along a path.
type pen struct {
	r      *vector.Rasterizer
	x, y   float32 // where it is
	cx, cy float32 // the last control point, for S
}

const scale = faceSize / 40.0

// trace draws an SVG path into r.
func trace(r *vector.Rasterizer, path string) {
	p := pen{r: r}
	for path != "" {
		letter := path[0]
		rest := path[1:]
		n := strings.IndexFunc(rest, func(c rune) bool { return c >= 'A' })
		if n < 0 {
			n = len(rest)
		}
		p.step(letter, numbers(rest[:n]))
		path = rest[n:]
	}
}

// arity is how many numbers a letter takes at a time.
var arity = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4}

func (p *pen) step(letter byte, v []float32) {
	small := letter | 0x20
	if small == 'z' {
		p.r.ClosePath()
		return
	}
	for n := arity[small]; len(v) >= n; v = v[n:] {
		var dx, dy float32
		if letter == small {
			dx, dy = p.x, p.y
		}
		switch small {
		case 'm':
			p.to(dx+v[0], dy+v[1])
			p.r.MoveTo(p.x*scale, p.y*scale)
		case 'l':
			p.line(dx+v[0], dy+v[1])
		case 'h':
			p.line(dx+v[0], p.y)
		case 'v':
			p.line(p.x, dy+v[0])
		case 'c':
			p.curve(dx+v[0], dy+v[1], dx+v[2], dy+v[3], dx+v[4], dy+v[5])
		case 's':
			p.curve(2*p.x-p.cx, 2*p.y-p.cy, dx+v[0], dy+v[1], dx+v[2], dy+v[3])
		}
	}
}

func (p *pen) to(x, y float32) { p.x, p.y, p.cx, p.cy = x, y, x, y }

func (p *pen) line(x, y float32) {
	p.to(x, y)
	p.r.LineTo(x*scale, y*scale)
}

func (p *pen) curve(ax, ay, bx, by, x, y float32) {
	p.r.CubeTo(ax*scale, ay*scale, bx*scale, by*scale, x*scale, y*scale)
	p.x, p.y, p.cx, p.cy = x, y, bx, by
}

// numbers reads "5.5-8.5.3 2": a minus sign or a second point begins a new number.
func numbers(s string) []float32 {
	var out []float32
	start, point := 0, false
	flush := func(end int) {
		if f, err := strconv.ParseFloat(strings.TrimSpace(s[start:end]), 32); err == nil {
			out = append(out, float32(f))
		}
		start, point = end, false
	}
	for i, c := range s {
		switch {
		case c == ' ' || c == '-' || (c == '.' && point):
			flush(i)
			point = c == '.'
		case c == '.':
			point = true
		}
	}
	flush(len(s))
	return out
}
