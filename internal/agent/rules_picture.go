package agent

import (
	"errors"
	"image"

	"golang.org/x/image/draw"

	"parley/internal/kernel/id"
	"parley/internal/kernel/picture"
)

const (
	// MaxPictureBytes is the largest upload.
	MaxPictureBytes = 5 << 20
	pictureSide     = 256
)

// The dashboard sends a crop; decoded, the worst kinds take 240 MB, one at a time.
var pictureLimits = picture.Limits{Bytes: MaxPictureBytes, Pixels: 16_000_000, Side: 20_000, MinSide: 16}

// Picture is a profile picture as it is served.
type Picture struct {
	ID    id.Picture
	Type  string
	Bytes []byte
}

// makePicture turns an upload into a square of 256 pixels in our own encoding.
func makePicture(upload []byte) (Picture, error) {
	src, err := picture.Decode(upload, pictureLimits)
	switch {
	case errors.Is(err, picture.ErrLarge):
		return Picture{}, ErrPictureSize
	case errors.Is(err, picture.ErrSmall):
		return Picture{}, ErrPictureSmall
	case err != nil:
		return Picture{}, ErrPicture
	}
	square := image.NewNRGBA(image.Rect(0, 0, pictureSide, pictureSide))
	draw.CatmullRom.Scale(square, square.Bounds(), src.Image, centre(src.Bounds()), draw.Src, nil)
	return encode(picture.Upright(square, src.Orientation))
}

// centre is the largest square in the middle.
func centre(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	at := image.Pt(r.Min.X+(r.Dx()-side)/2, r.Min.Y+(r.Dy()-side)/2)
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(side, side))}
}

func encode(square *image.NRGBA) (p Picture, err error) {
	p = Picture{ID: id.New[id.Picture](), Type: "image/jpeg"}
	if square.Opaque() {
		p.Bytes, err = picture.JPEG(square)
	} else {
		p.Type = "image/png"
		p.Bytes, err = picture.PNG(square)
	}
	return p, err
}
