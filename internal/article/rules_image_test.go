package article

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/kernel/picture/picturetest"
)

func TestMakeImage(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(0, 0, 64, 32))
	for name, tt := range map[string]struct {
		upload []byte
		kind   string
		w, h   int
	}{
		"a screenshot stays exact":         {picturetest.PNG(t, picturetest.Halves(600, 200)), "image/png", 600, 200},
		"a photograph stays one":           {picturetest.JPEG(t, picturetest.Halves(600, 200)), "image/jpeg", 600, 200},
		"a photograph in PNG becomes JPEG": {picturetest.PNG(t, picturetest.Noise(600, 400)), "image/jpeg", 600, 400},
		"transparent stays so":             {picturetest.PNG(t, clear), "image/png", 64, 32},
		"a film is its first picture":      {picturetest.Film(t, 20, 10), "image/png", 20, 10},
		"as wide as may be":                {picturetest.PNG(t, picturetest.Halves(1600, 20)), "image/png", 1600, 20},
		"too wide is made smaller":         {picturetest.PNG(t, picturetest.Halves(3200, 100)), "image/png", 1600, 50},
		"a thin line has a height":         {picturetest.PNG(t, picturetest.Halves(4000, 1)), "image/png", 1600, 1},
		"tall is no harm":                  {picturetest.PNG(t, picturetest.Halves(10, 3000)), "image/png", 10, 3000},
		"one pixel":                        {picturetest.PNG(t, picturetest.Halves(1, 1)), "image/png", 1, 1},
	} {
		got, err := MakeImage(tt.upload)
		if err != nil || got.Type != tt.kind || got.Width != tt.w || got.Height != tt.h || !id.Valid(got.ID) {
			t.Errorf("%s: %s, %d by %d, %q, %v", name, got.Type, got.Width, got.Height, got.ID, err)
			continue
		}
		m, format, err := image.Decode(bytes.NewReader(got.Bytes))
		if err != nil || "image/"+format != tt.kind || m.Bounds() != image.Rect(0, 0, tt.w, tt.h) {
			t.Errorf("%s: it is %s, %v, %v", name, format, m.Bounds(), err)
			continue
		}
		if name == "a film is its first picture" {
			if r, _, b, _ := m.At(10, 5).RGBA(); r < b {
				t.Error("not the first picture")
			}
		}
	}
}

func TestImagesThatAreNone(t *testing.T) {
	good := picturetest.PNG(t, picturetest.Halves(64, 64))
	for name, tt := range map[string]struct {
		upload []byte
		want   error
	}{
		"nothing":      {nil, ErrImage},
		"text":         {[]byte("hello"), ErrImage},
		"svg":          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrImage},
		"svg with xml": {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), ErrImage},
		"html":         {[]byte("<!doctype html><script>alert(1)</script>"), ErrImage},
		"cut off":      {good[:len(good)-30], ErrImage},
		"too heavy":    {append(bytes.Clone(good), make([]byte, MaxImageBytes)...), ErrImageSize},
		"a bomb":       {picturetest.Bomb(good, 100_000, 100_000), ErrImageSize},
		"a strip":      {picturetest.Bomb(good, 30_000, 16), ErrImageSize},
		"31 MP":        {picturetest.Bomb(good, 5570, 5570), ErrImageSize},
	} {
		if _, err := MakeImage(tt.upload); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestNothingOfAFileIsPassedOn(t *testing.T) {
	const secret = "<script>alert(document.domain)</script>"
	plain := picturetest.JPEG(t, picturetest.Halves(64, 64))
	for name, file := range map[string][]byte{
		"a comment": picturetest.Marked(plain, 0xfe, secret), "behind a JPEG": append(bytes.Clone(plain), secret...), "behind a PNG": append(picturetest.PNG(t, picturetest.Halves(64, 64)), secret...),
	} {
		got, err := MakeImage(file)
		if err != nil || bytes.Contains(got.Bytes, []byte("script")) {
			t.Errorf("%s: %v, or it is still there", name, err)
		}
	}
}

func TestImagesStandUpright(t *testing.T) {
	got, err := MakeImage(picturetest.Turned(picturetest.JPEG(t, picturetest.Halves(3200, 1600)), "II", 6))
	if err != nil || got.Width != 1600 || got.Height != 3200 {
		t.Fatalf("%d by %d, %v: it lies on its side, and is as wide as a page can use once it stands", got.Width, got.Height, err)
	}
	m, err := jpeg.Decode(bytes.NewReader(got.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, b, _ := m.At(800, 100).RGBA(); r < b {
		t.Error("its left is not up")
	}
}

func TestImageIDs(t *testing.T) {
	a, b := ImageID("p1", []byte("x")), ImageID("p1", []byte("x"))
	if a != b || !id.Valid(a) {
		t.Errorf("%s and %s", a, b)
	}
	for _, other := range []id.Image{ImageID("p2", []byte("x")), ImageID("p1", []byte("y")), ImageID("p", []byte("1x"))} {
		if other == a {
			t.Error("two things have one id")
		}
	}
}
