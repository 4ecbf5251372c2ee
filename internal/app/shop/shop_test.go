package shop_test

import (
	"bytes"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/internal/app/shop"
)

func TestEveryPageCarriesTheSnippet(t *testing.T) {
	h := shop.New("http://127.0.0.1:8080", "p-1").Handler()
	const want = `<script async src="http://127.0.0.1:8080/widget.js" data-property="p-1"></script>`
	for path, status := range map[string]int{
		"/": 200, "/shelf/mugs": 200, "/shelf/plates": 200, "/shelf/bowls": 200, "/product/large-bowl": 200,
		"/basket": 200, "/glazes/": 200, "/glazes/rust": 200, "/workshop": 200, "/nothing": 404, "/shelf/forks": 404, "/product/fork": 404,
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code != status || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("GET %s: status %d (want %d), snippet there: %v", path, rec.Code, status, strings.Contains(rec.Body.String(), want))
		}
	}
}

func TestFacesAreSquarePictures(t *testing.T) {
	for _, name := range []string{"Ana", "Ben", "Mira"} {
		img, err := png.Decode(bytes.NewReader(shop.Face(name)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b := img.Bounds(); b.Dx() != 256 || b.Dy() != 256 {
			t.Errorf("%s is %v, want 256 × 256", name, b)
		}
	}
}
