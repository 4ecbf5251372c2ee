package agent

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"testing"

	"parley/internal/kernel/picture/picturetest"
)

func TestPicturesBecomeSmallSquares(t *testing.T) {
	wide := picturetest.Halves(600, 200)
	clear := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for name, tt := range map[string]struct {
		upload []byte
		kind   string
	}{
		"png":             {picturetest.PNG(t, wide), "image/jpeg"},
		"jpeg":            {picturetest.JPEG(t, wide), "image/jpeg"},
		"gif":             {picturetest.GIF(t, wide), "image/jpeg"},
		"transparent png": {picturetest.PNG(t, clear), "image/png"},
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
	good := picturetest.PNG(t, picturetest.Halves(64, 64))
	for name, tt := range map[string]struct {
		upload []byte
		want   error
	}{
		"nothing":   {nil, ErrPicture},
		"text":      {[]byte("hello"), ErrPicture},
		"svg":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrPicture},
		"cut off":   {good[:len(good)-30], ErrPicture},
		"too small": {picturetest.PNG(t, picturetest.Halves(64, 8)), ErrPictureSmall},
		"too heavy": {append(bytes.Clone(good), make([]byte, MaxPictureBytes)...), ErrPictureSize},
		"a bomb":    {picturetest.Bomb(good, 100_000, 100_000), ErrPictureSize},
		"a strip":   {picturetest.Bomb(good, 30_000, 16), ErrPictureSize},
		"31 MP":     {picturetest.Bomb(good, 5570, 5570), ErrPictureSize},
	} {
		if _, err := makePicture(tt.upload); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestPicturesStandUpright(t *testing.T) {
	p, err := makePicture(picturetest.Turned(picturetest.JPEG(t, picturetest.Halves(256, 256)), "MM", 6))
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(p.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, b, _ := m.At(128, 10).RGBA(); r < b {
		t.Error("its left is not up")
	}
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	return picturetest.PNG(t, picturetest.Halves(w, h))
}
