package article

import (
	"crypto/sha256"
	"errors"
	"image"

	"github.com/google/uuid"
	"golang.org/x/image/draw"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/picture"
)

const (
	// MaxImageBytes is the largest upload.
	MaxImageBytes = 10 << 20
	maxImageWidth = 1600 // twice the widest column of a page, for screens with two pixels in each of ours
	maxImageSide  = 20_000
	flatBytes     = 300_000 // a screenshot stays without loss up to here, whatever a JPEG of it would weigh
)

// A phone's 12 megapixels and a screenshot of the largest common screens; decoded, the worst kinds take 240 MB.
var imageLimits = picture.Limits{Bytes: MaxImageBytes, Pixels: 16_000_000, Side: maxImageSide, MinSide: 1}

// The errors of uploads.
var (
	ErrImage     = errs.New(errs.Invalid, "image.format", "Choose a PNG, JPEG, WebP or GIF picture.").At("image")
	ErrImageSize = errs.New(errs.TooLarge, "image.size", "Choose a picture of at most 10 MB and 16 megapixels.").At("image")
)

// Image is a picture in articles as it is served.
type Image struct {
	ID            id.Image
	Type          string // image/jpeg or image/png
	Width, Height int
	Bytes         []byte
}

// MakeImage checks an upload and makes it anew in our own encoding, upright and at most 1,600 pixels wide: nothing of the
// file itself is kept. Of a GIF it is the first picture; an SVG is never one. The id is a new one ([ImageID] makes the same
// upload the same image). A big picture takes a lot of memory for a moment: callers make one at a time.
func MakeImage(upload []byte) (Image, error) {
	src, err := picture.Decode(upload, imageLimits)
	if errors.Is(err, picture.ErrLarge) {
		return Image{}, ErrImageSize
	}
	if err != nil {
		return Image{}, ErrImage
	}
	m := picture.Upright(scaled(src), src.Orientation)
	out := Image{ID: id.New[id.Image](), Width: m.Bounds().Dx(), Height: m.Bounds().Dy()}
	flat := src.Format == "png" || src.Format == "gif"
	out.Type, out.Bytes, err = encoded(m, flat)
	return out, err
}

// ImageID is the id of an upload in a property: the same file there is the same image, so that pasting or importing it
// again stores nothing twice.
func ImageID(p id.Property, upload []byte) id.Image {
	sum := sha256.New()
	_, _ = sum.Write([]byte(p)) // a hash takes everything
	_, _ = sum.Write([]byte{0})
	_, _ = sum.Write(upload)
	u := uuid.UUID(sum.Sum(nil)[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8: our own way of making one
	return id.Image(u.String())
}

// scaled is the picture at most as wide as a page can use, once it is upright.
func scaled(src picture.Decoded) *image.NRGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	wide := w
	if src.Orientation >= 5 { // it lies on its side
		wide = h
	}
	if wide > maxImageWidth {
		w, h = max(w*maxImageWidth/wide, 1), max(h*maxImageWidth/wide, 1)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if wide > maxImageWidth {
		draw.CatmullRom.Scale(out, out.Bounds(), src.Image, b, draw.Src, nil)
	} else {
		draw.Copy(out, image.Point{}, src.Image, b, draw.Src, nil)
	}
	return out
}

// encoded keeps what was without loss so, as screenshots are, unless that weighs more than three times a JPEG and is heavy:
// then it was a photograph. What is transparent stays so.
func encoded(m *image.NRGBA, flat bool) (kind string, file []byte, err error) {
	if !m.Opaque() {
		file, err = picture.PNG(m)
		return "image/png", file, err
	}
	if file, err = picture.JPEG(m); err != nil || !flat {
		return "image/jpeg", file, err
	}
	exact, err := picture.PNG(m)
	if err != nil || len(exact) <= flatBytes || len(exact) <= 3*len(file) {
		return "image/png", exact, err
	}
	return "image/jpeg", file, nil
}
