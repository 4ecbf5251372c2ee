package picture_test

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"parley/internal/kernel/picture"
	"parley/internal/kernel/picture/picturetest"
)

// corner is black with one red pixel at the top left.
func corner(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{0, 0, 0, 255})
		}
	}
	m.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 255})
	return m
}

func TestUprightUndoesEveryOrientation(t *testing.T) {
	for orientation, want := range map[int]struct {
		size, red image.Point // how large it is then, and where the top left corner went
	}{
		0: {image.Pt(3, 2), image.Pt(0, 0)},
		1: {image.Pt(3, 2), image.Pt(0, 0)},
		2: {image.Pt(3, 2), image.Pt(2, 0)},
		3: {image.Pt(3, 2), image.Pt(2, 1)},
		4: {image.Pt(3, 2), image.Pt(0, 1)},
		5: {image.Pt(2, 3), image.Pt(0, 0)},
		6: {image.Pt(2, 3), image.Pt(1, 0)},
		7: {image.Pt(2, 3), image.Pt(1, 2)},
		8: {image.Pt(2, 3), image.Pt(0, 2)},
		9: {image.Pt(3, 2), image.Pt(0, 0)},
	} {
		m := picture.Upright(corner(3, 2), orientation)
		if m.Bounds().Size() != want.size || m.NRGBAAt(want.red.X, want.red.Y).R != 255 {
			t.Errorf("orientation %d: %v, not red at %v", orientation, m.Bounds(), want.red)
		}
	}
}

func TestDecodeIsBounded(t *testing.T) {
	file, err := picture.PNG(corner(40, 20))
	if err != nil {
		t.Fatal(err)
	}
	fits := picture.Limits{Bytes: len(file), Pixels: 800, Side: 40, MinSide: 20}
	for name, tt := range map[string]struct {
		file   []byte
		change func(*picture.Limits)
		want   error
	}{
		"as it may be":    {file, func(*picture.Limits) {}, nil},
		"bytes":           {file, func(l *picture.Limits) { l.Bytes-- }, picture.ErrLarge},
		"pixels":          {file, func(l *picture.Limits) { l.Pixels-- }, picture.ErrLarge},
		"the longer side": {file, func(l *picture.Limits) { l.Side-- }, picture.ErrLarge},
		"the shorter one": {file, func(l *picture.Limits) { l.MinSide++ }, picture.ErrSmall},
		"cut off":         {file[:len(file)-20], func(*picture.Limits) {}, picture.ErrFormat},
		"svg":             {[]byte("<svg/>"), func(*picture.Limits) {}, picture.ErrFormat},
		"nothing":         {nil, func(*picture.Limits) {}, picture.ErrFormat},
	} {
		l := fits
		tt.change(&l)
		if _, err := picture.Decode(tt.file, l); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestTheCamerasOrientationIsRead(t *testing.T) {
	plain := picturetest.JPEG(t, picturetest.Halves(16, 16))
	for name, tt := range map[string]struct {
		file []byte
		want int
	}{
		"none":            {plain, 1},
		"II, as it is":    {picturetest.Turned(plain, "II", 1), 1},
		"II, upside down": {picturetest.Turned(plain, "II", 3), 3},
		"MM, turned":      {picturetest.Turned(plain, "MM", 6), 6},
		"II, turned":      {picturetest.Turned(plain, "II", 8), 8},
		"MM, mirrored":    {picturetest.Turned(plain, "MM", 2), 2},
		"behind others":   {picturetest.Marked(picturetest.Turned(plain, "MM", 6), 0xfe, "a comment"), 6},
		"a PNG has none":  {picturetest.PNG(t, picturetest.Halves(16, 16)), 1},
	} {
		d, err := picture.Decode(tt.file, picture.Limits{Bytes: len(tt.file), Pixels: 256, Side: 16, MinSide: 16})
		if err != nil || d.Orientation != tt.want || d.Bounds().Dx() != 16 {
			t.Errorf("%s: %d, %v, %v; want %d", name, d.Orientation, d.Bounds(), err, tt.want)
		}
	}
}

func TestWhatSaysItIsLargeIsNotDecoded(t *testing.T) {
	small := picturetest.PNG(t, picturetest.Halves(16, 16))
	for _, size := range [][2]uint32{{100_000, 100_000}, {1001, 1}, {200, 51}} {
		bomb := picturetest.Bomb(small, size[0], size[1])
		if _, err := picture.Decode(bomb, picture.Limits{Bytes: 1 << 20, Pixels: 10_000, Side: 1000, MinSide: 1}); !errors.Is(err, picture.ErrLarge) {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(picturetest.JPEG(f, corner(32, 32)))
	f.Add(picturetest.PNG(f, corner(32, 32)))
	f.Add(picturetest.GIF(f, corner(32, 32)))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if n := picture.Orientation(file); n < 0 {
			t.Fatalf("orientation %d", n)
		}
		d, err := picture.Decode(file, picture.Limits{Bytes: 1 << 20, Pixels: 10_000, Side: 1000, MinSide: 1})
		if err == nil && d.Bounds().Dx()*d.Bounds().Dy() > 10_000 {
			t.Fatalf("%v is larger than allowed", d.Bounds())
		}
	})
}
