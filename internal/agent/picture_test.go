package agent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// halves is red on the left, blue on the right.
func halves(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 0, 0, 255}
			if x >= w/2 {
				c = color.NRGBA{0, 0, 255, 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t *testing.T, how func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := how(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPicturesBecomeSmallSquares(t *testing.T) {
	wide := halves(600, 200)
	clear := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for name, tt := range map[string]struct {
		upload []byte
		kind   string
	}{
		"png":             {encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, wide) }), "image/jpeg"},
		"jpeg":            {encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, wide, nil) }), "image/jpeg"},
		"gif":             {encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, wide, nil) }), "image/jpeg"},
		"transparent png": {encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, clear) }), "image/png"},
	} {
		p, err := makePicture(tt.upload)
		if err != nil || p.Type != tt.kind {
			t.Errorf("%s: %s, %v", name, p.Type, err)
			continue
		}
		m, _, err := image.Decode(bytes.NewReader(p.Bytes))
		if err != nil || m.Bounds() != image.Rect(0, 0, 256, 256) {
			t.Errorf("%s: %v, %v", name, m.Bounds(), err)
		}
		if name == "transparent png" {
			continue
		}
		if r, _, b, _ := m.At(10, 128).RGBA(); r < b {
			t.Errorf("%s: the left is not red", name)
		}
		if r, _, b, _ := m.At(245, 128).RGBA(); r > b {
			t.Errorf("%s: the right is not blue: not cut from the middle", name)
		}
	}
}

func TestPicturesThatAreNone(t *testing.T) {
	good := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, halves(64, 64)) })
	for name, tt := range map[string]struct {
		upload []byte
		want   error
	}{
		"nothing":   {nil, ErrPicture},
		"text":      {[]byte("hello"), ErrPicture},
		"svg":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrPicture},
		"cut off":   {good[:len(good)-30], ErrPicture},
		"too small": {encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, halves(64, 8)) }), ErrPictureSmall},
		"too heavy": {append(bytes.Clone(good), make([]byte, MaxPictureBytes)...), ErrPictureSize},
		"a bomb":    {bomb(good, 100_000, 100_000), ErrPictureSize},
		"a strip":   {bomb(good, 30_000, 16), ErrPictureSize},
		"31 MP":     {bomb(good, 5570, 5570), ErrPictureSize},
	} {
		if _, err := makePicture(tt.upload); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// bomb is a small PNG that says it is large.
func bomb(file []byte, w, h uint32) []byte {
	b := bytes.Clone(file)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func TestCameraOrientation(t *testing.T) {
	plain := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, halves(256, 256), nil) })
	exif := func(order string, n byte) []byte { // an APP1 segment with one tag, after the start of the file
		tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string([]byte{n}) + "\x00\x00\x00\x00\x00\x00\x00")
		if order == "MM" {
			tiff = []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{n}) + "\x00\x00\x00\x00\x00\x00")
		}
		body := append([]byte("Exif\x00\x00"), tiff...)
		seg := append([]byte{0xff, 0xe1, 0, byte(len(body) + 2)}, body...)
		return append(append(bytes.Clone(plain[:2]), seg...), plain[2:]...)
	}
	for _, tt := range []struct {
		file []byte
		red  image.Point // where the left half went
	}{
		{plain, image.Pt(10, 128)},
		{exif("II", 1), image.Pt(10, 128)},
		{exif("II", 3), image.Pt(245, 128)}, // upside down
		{exif("MM", 6), image.Pt(128, 10)},  // turned right: its left is up
		{exif("II", 8), image.Pt(128, 245)}, // turned left
		{exif("MM", 2), image.Pt(245, 128)},
	} {
		p, err := makePicture(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(bytes.NewReader(p.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		if r, _, b, _ := m.At(tt.red.X, tt.red.Y).RGBA(); r < b {
			t.Errorf("orientation %d: no red at %v", orientation(tt.file), tt.red)
		}
	}
}

func FuzzPicture(f *testing.F) {
	var out bytes.Buffer
	_ = jpeg.Encode(&out, halves(32, 32), nil)
	f.Add(out.Bytes())
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		if n := orientation(b); n < 0 {
			panic("negative")
		}
	})
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, halves(w, h)) })
}
