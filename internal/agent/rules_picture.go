package agent

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders of image.Decode
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // one more

	"parley/internal/kernel/id"
)

const (
	// MaxPictureBytes is the largest upload.
	MaxPictureBytes  = 5 << 20
	maxPicturePixels = 16_000_000 // the dashboard sends a crop; decoded, the worst kinds take 240 MB, one at a time
	maxPictureSide   = 20_000
	minPictureSide   = 16
	pictureSide      = 256
)

// Picture is a profile picture as it is served.
type Picture struct {
	ID    id.Picture
	Type  string
	Bytes []byte
}

// makePicture turns an upload into a square of 256 pixels in our own encoding: nothing of the file itself is kept, so
// neither hidden content nor the place where it was taken is passed on.
func makePicture(upload []byte) (Picture, error) {
	if len(upload) > MaxPictureBytes {
		return Picture{}, ErrPictureSize
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(upload))
	if err != nil {
		return Picture{}, ErrPicture
	}
	// Before decoding: a few kB can unfold to gigabytes.
	if cfg.Width > maxPictureSide || cfg.Height > maxPictureSide || cfg.Width*cfg.Height > maxPicturePixels {
		return Picture{}, ErrPictureSize
	}
	if cfg.Width < minPictureSide || cfg.Height < minPictureSide {
		return Picture{}, ErrPictureSmall
	}
	src, _, err := image.Decode(bytes.NewReader(upload))
	if err != nil {
		return Picture{}, ErrPicture
	}
	square := image.NewNRGBA(image.Rect(0, 0, pictureSide, pictureSide))
	draw.CatmullRom.Scale(square, square.Bounds(), src, centre(src.Bounds()), draw.Src, nil)
	if format == "jpeg" {
		square = upright(square, orientation(upload))
	}
	return encode(square)
}

// centre is the largest square in the middle.
func centre(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	at := image.Pt(r.Min.X+(r.Dx()-side)/2, r.Min.Y+(r.Dy()-side)/2)
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))}
}

func encode(square *image.NRGBA) (Picture, error) {
	p := Picture{ID: id.New[id.Picture](), Type: "image/jpeg"}
	var out bytes.Buffer
	var err error
	if square.Opaque() {
		err = jpeg.Encode(&out, square, &jpeg.Options{Quality: 88})
	} else {
		p.Type, err = "image/png", png.Encode(&out, square)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("encode a picture: %w", err)
	}
	p.Bytes = out.Bytes()
	return p, nil
}

// upright undoes the camera's orientation (EXIF 1 to 8) of a square.
func upright(in *image.NRGBA, orientation int) *image.NRGBA {
	if orientation < 2 || orientation > 8 {
		return in
	}
	out := image.NewNRGBA(in.Bounds())
	last := pictureSide - 1
	for y := range pictureSide {
		for x := range pictureSide {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = last - x
			case 3:
				sx, sy = last-x, last-y
			case 4:
				sy = last - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, last-x
			case 7:
				sx, sy = last-y, last-x
			case 8:
				sx, sy = last-y, x
			}
			out.SetNRGBA(x, y, in.At(sx, sy).(color.NRGBA)) //nolint:forcetypeassert // an NRGBA image has no other colours
		}
	}
	return out
}

// orientation finds the EXIF orientation of a JPEG file; 1 where there is none or it cannot be read.
func orientation(file []byte) int {
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
