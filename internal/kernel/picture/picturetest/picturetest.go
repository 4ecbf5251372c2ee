// Package picturetest makes pictures for the tests of whoever takes uploads. It reads none.
package picturetest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"
)

// Halves is red on the left, blue on the right.
func Halves(w, h int) *image.NRGBA {
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

// Noise is what a photograph is to an encoder without loss.
func Noise(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable, and no secret
	for i := range m.Pix {
		m.Pix[i] = byte(r.Uint32()) //nolint:gosec // any byte will do
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	return m
}

// PNG is the picture as a file.
func PNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	return file(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

// JPEG is the picture as a file.
func JPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	return file(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) })
}

// GIF is the picture as a file.
func GIF(t testing.TB, m image.Image) []byte {
	t.Helper()
	return file(t, func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) })
}

// Film is a GIF of two pictures, red and then blue.
func Film(t testing.TB, w, h int) []byte {
	t.Helper()
	one := func(c color.Color) *image.Paletted {
		return image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{c})
	}
	film := &gif.GIF{Image: []*image.Paletted{one(color.NRGBA{255, 0, 0, 255}), one(color.NRGBA{0, 0, 255, 255})}, Delay: []int{1, 1}}
	return file(t, func(b *bytes.Buffer) error { return gif.EncodeAll(b, film) })
}

func file(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Bomb is a small PNG that says it is large.
func Bomb(small []byte, w, h uint32) []byte {
	b := bytes.Clone(small)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// Turned is a JPEG whose camera was held as an EXIF orientation says, in the byte order II or MM.
func Turned(plain []byte, order string, orientation byte) []byte {
	tiff := "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string([]byte{orientation}) + "\x00\x00\x00\x00\x00\x00\x00"
	if order == "MM" {
		tiff = "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{orientation}) + "\x00\x00\x00\x00\x00\x00"
	}
	return Marked(plain, 0xe1, "Exif\x00\x00"+tiff)
}

// Marked is a JPEG with a segment more, right after its beginning.
func Marked(plain []byte, marker byte, body string) []byte {
	segment := append([]byte{0xff, marker, 0, byte(len(body) + 2)}, body...) //nolint:gosec // of a few bytes
	return append(append(bytes.Clone(plain[:2]), segment...), plain[2:]...)
}
