package app

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fs.FS {
	return fstest.MapFS{
		"index.html":       {Data: []byte("<html>dashboard")},
		"widget.js":        {Data: []byte("loader")},
		"widget.js.br":     {Data: []byte("loader in brotli")},
		"widget.js.gz":     {Data: []byte("loader in gzip")},
		"w/panel-1a2b.js":  {Data: []byte("panel")},
		"assets/a-3c4d.js": {Data: []byte("asset")},
		"favicon.svg":      {Data: []byte("<svg>")},
		"manifest.json":    {Data: []byte(`{"panel": "w/panel-1a2b.js"}`)},
	}
}

func get(t *testing.T, dist fs.FS, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	f, err := openFiles(dist)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	f.routes(mux)
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, r)
	return rec
}

func TestFilesAndTheirCaching(t *testing.T) {
	for path, want := range map[string]struct {
		status      int
		body, cache string
	}{
		"/widget.js":        {200, "loader", cacheLoader},
		"/w/panel-1a2b.js":  {200, "panel", cacheForever},
		"/assets/a-3c4d.js": {200, "asset", cacheForever},
		"/favicon.svg":      {200, "<svg>", cacheAsk},
		"/":                 {200, "<html>dashboard", cacheAsk},
		"/chats/0193":       {200, "<html>dashboard", cacheAsk},
		"/w/gone.js":        {404, "404", cacheNever},
		"/assets/":          {404, "404", cacheNever},
		"/manifest.json":    {404, "404", ""},
		"/widget.js.br":     {404, "404", ""},
		"/nothing.png":      {404, "404", ""},
	} {
		got := get(t, built(), path)
		if got.Code != want.status || !strings.HasPrefix(got.Body.String(), want.body) || got.Header().Get("Cache-Control") != want.cache {
			t.Errorf("%s: %d %q, Cache-Control %q; want %d %q %q", path, got.Code, got.Body, got.Header().Get("Cache-Control"), want.status, want.body, want.cache)
		}
	}
}

func TestTheBestEncodingThatTheBrowserTakes(t *testing.T) {
	for accept, want := range map[string]string{"gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "": "", "identity": ""} {
		got := get(t, built(), "/widget.js", "Accept-Encoding", accept)
		if enc := got.Header().Get("Content-Encoding"); enc != want || got.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: encoding %q (want %q), Vary %q", accept, enc, want, got.Header().Get("Vary"))
		}
	}
}

func TestAnUnchangedLoaderIsNotSentAgain(t *testing.T) {
	tag := get(t, built(), "/widget.js", "Accept-Encoding", "br").Header().Get("ETag")
	got := get(t, built(), "/widget.js", "Accept-Encoding", "br", "If-None-Match", tag)
	if tag == "" || got.Code != http.StatusNotModified || got.Body.Len() != 0 {
		t.Errorf("ETag %q: %d with %d bytes, want 304 and none", tag, got.Code, got.Body.Len())
	}
	if other := get(t, built(), "/widget.js", "If-None-Match", tag); other.Code != http.StatusOK {
		t.Errorf("the plain form answered %d to the compressed form's tag, want 200", other.Code)
	}
}

func TestTheWidgetIsForEverybodyAndTheDashboardForNobodyElse(t *testing.T) {
	for _, path := range []string{"/widget.js", "/w/panel-1a2b.js"} {
		h := get(t, built(), path).Header()
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s cannot be used by other origins: %v", path, h)
		}
	}
	h := get(t, built(), "/chats").Header()
	csp := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the dashboard's policy %q lacks %q", csp, want)
		}
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers of the dashboard: %v", h)
	}
	if csp := get(t, built(), "/preview").Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'self'") {
		t.Errorf("the preview's policy is %q; the dashboard frames it", csp)
	}
}

func TestAHostileHostDoesNotReachThePolicy(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = "x; script-src *"
	rec := httptest.NewRecorder()
	secure(rec, r, "'none'")
	if csp := rec.Header().Get("Content-Security-Policy"); strings.Contains(csp, "*") {
		t.Error(csp)
	}
}

func TestThePanelIsFoundInTheManifest(t *testing.T) {
	f, err := openFiles(built())
	if err != nil || f.panel != "/w/panel-1a2b.js" {
		t.Errorf("panel %q, error %v", f.panel, err)
	}
}

func TestAServerWithoutFrontEndSaysSo(t *testing.T) {
	got := get(t, fstest.MapFS{".gitkeep": {}}, "/")
	if got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), "make build") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func newRequest(path string) (*http.Request, *httptest.ResponseRecorder) {
	return httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
}
