// Package picture reads the pictures that people upload and makes them anew: bounded before they are decoded, upright, and in
// our own encoding, so that neither hidden content nor the place where one was taken is passed on. It stores nothing.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders of image.Decode; of a GIF it is the first picture
	"image/jpeg"
	"image/png"

	_ "golang.org/x/image/webp" // one more
)

// What can be wrong with an upload. Features say it in their own words.
var (
	ErrFormat = errors.New("not a picture that can be read")
	ErrLarge  = errors.New("too large a picture")
	ErrSmall  = errors.New("too small a picture")
)

// Limits bound what is decoded. They are asked before: a few kB can unfold to gigabytes.
type Limits struct {
	Bytes   int
	Pixels  int
	Side    int // the longer one
	MinSide int // the shorter one
}

// Decoded is a picture as it lies in its file: [Decoded.Upright] undoes the camera's orientation.
type Decoded struct {
	image.Image
	Format      string // jpeg, png, gif or webp
	Orientation int    // EXIF, 1 to 8
}

// Decode reads an upload. It takes a lot of memory for a moment (15 bytes a pixel for the worst kinds): callers decode one at
// a time.
func Decode(upload []byte, l Limits) (Decoded, error) {
	if len(upload) > l.Bytes {
		return Decoded{}, ErrLarge
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(upload))
	if err != nil {
		return Decoded{}, ErrFormat
	}
	if max(cfg.Width, cfg.Height) > l.Side || cfg.Width*cfg.Height > l.Pixels {
		return Decoded{}, ErrLarge
	}
	if min(cfg.Width, cfg.Height) < l.MinSide {
		return Decoded{}, ErrSmall
	}
	m, _, err := image.Decode(bytes.NewReader(upload))
	if err != nil {
		return Decoded{}, ErrFormat
	}
	d := Decoded{Image: m, Format: format, Orientation: 1}
	if format == "jpeg" {
		d.Orientation = Orientation(upload)
	}
	return d, nil
}

// JPEG is the picture in the quality that all of ours have.
func JPEG(m image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 88}); err != nil {
		return nil, fmt.Errorf("encode a picture: %w", err)
	}
	return out.Bytes(), nil
}

// PNG is the picture as it is, transparent where it is so.
func PNG(m image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		return nil, fmt.Errorf("encode a picture: %w", err)
	}
	return out.Bytes(), nil
}

// Upright undoes the camera's orientation (EXIF 1 to 8).
func Upright(in *image.NRGBA, orientation int) *image.NRGBA {
	if orientation < 2 || orientation > 8 {
		return in
	}
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 { // lying on its side
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			out.SetNRGBA(x, y, in.At(sx, sy).(color.NRGBA)) //nolint:forcetypeassert // an NRGBA image has no other colours
		}
	}
	return out
}

// Orientation finds the EXIF orientation of a JPEG file; 1 where there is none or it cannot be read.
func Orientation(file []byte) int {
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		marker, size := file[at+1], int(file[at+2])<<8|int(file[at+3])
		if marker == 0xda || size < 2 || at+2+size > len(file) { // the picture itself begins
			return 1
		}
		segment := file[at+4 : at+2+size]
		if rest, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return tiffOrientation(rest)
		}
		at += 2 + size
	}
	return 1
}

// tiffOrientation reads tag 0x0112 of the first directory.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	word := func(at int) int { // 16 bits in the file's byte order; 0 beyond its end
		if at < 0 || at+2 > len(b) {
			return 0
		}
		if b[0] == 'I' {
			return int(b[at]) | int(b[at+1])<<8
		}
		return int(b[at])<<8 | int(b[at+1])
	}
	dir := word(6)
	if b[0] == 'I' {
		dir = word(4)
	}
	for i := range word(dir) {
		if entry := dir + 2 + 12*i; word(entry) == 0x0112 {
			return word(entry + 8)
		}
	}
	return 1
}
