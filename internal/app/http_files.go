package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"parley/internal/platform/web"
	front "parley/web"
)

func dist() fs.FS { return front.Dist() }

// files serves the built front ends. Compressed twins (.br, .gz) are made by the build, never here.
type files struct {
	dist  fs.FS
	tags  map[string]string // ETag by path, of the files whose name does not change with their content
	panel string            // the widget panel's entry: a path below /w/
}

// Cache times. A hashed name never changes its content; the loader is asked for again after an hour, and an old
// one is used meanwhile: its protocol is understood by newer servers.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheLoader  = "public, max-age=3600, stale-while-revalidate=86400"
	cacheNever   = "no-store"
	cacheAsk     = "no-cache"
)

func openFiles(dist fs.FS) (*files, error) {
	f := &files{dist: dist, tags: map[string]string{}}
	for _, name := range []string{"widget.js", "index.html", "preview.html"} {
		raw, err := fs.ReadFile(dist, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the front ends were not built: the pages say so
		}
		if err != nil {
			return nil, fmt.Errorf("read the front end: %w", err)
		}
		sum := sha256.Sum256(raw)
		f.tags[name] = base64.RawURLEncoding.EncodeToString(sum[:12])
	}
	return f, f.readManifest()
}

// readManifest finds the panel's script, whose name holds its hash.
func (f *files) readManifest() error {
	raw, err := fs.ReadFile(f.dist, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the front end's manifest: %w", err)
	}
	var m struct {
		Panel string `json:"panel"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("read the front end's manifest: %w", err)
	}
	f.panel = "/" + m.Panel
	return nil
}

func (f *files) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /widget.js", f.loader)
	mux.HandleFunc("GET /w/", f.hashed)
	mux.HandleFunc("GET /assets/", f.hashed)
	mux.HandleFunc("GET /preview", func(w http.ResponseWriter, r *http.Request) { f.page(w, r, "preview.html", "'self'") })
	mux.HandleFunc("/", f.dashboard) // any method: the mux wants no doubt between this and /api/
}

// loader is the script that a customer's pages carry.
func (f *files) loader(w http.ResponseWriter, r *http.Request) {
	foreign(w)
	f.serve(w, r, "widget.js", cacheLoader)
}

// hashed serves what has its content's hash in its name.
func (f *files) hashed(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/w/") {
		foreign(w)
	}
	name := path.Clean(r.URL.Path)
	if !strings.HasPrefix(name, "/w/") && !strings.HasPrefix(name, "/assets/") {
		name = "" // /w/%2e%2e/index.html: a page without its policy
	}
	f.serve(w, r, strings.TrimPrefix(name, "/"), cacheForever)
}

// dashboard answers every path that is a place in the single page, and the few files beside it.
func (f *files) dashboard(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "There is nothing to send to here.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if ext := path.Ext(name); ext != "" && ext != ".html" && f.has(name) && !private(name) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		f.serve(w, r, name, cacheAsk)
		return
	}
	if path.Ext(name) != "" {
		http.NotFound(w, r)
		return
	}
	f.page(w, r, "index.html", "'none'")
}

// private names files of the build that are no business of a browser.
func private(name string) bool {
	return name == "manifest.json" || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

// page serves one of our own HTML pages with the strict policy: no inline script or style, nothing from elsewhere.
func (f *files) page(w http.ResponseWriter, r *http.Request, name, ancestors string) {
	secure(w, r, ancestors)
	if !f.has(name) {
		notBuilt(w)
		return
	}
	f.serve(w, r, name, cacheAsk)
}

func (f *files) has(name string) bool {
	info, err := fs.Stat(f.dist, name)
	return err == nil && !info.IsDir()
}

// serve sends the file in the best form the browser takes.
func (f *files) serve(w http.ResponseWriter, r *http.Request, name, cache string) {
	file, encoding, err := f.open(name, r.Header.Get("Accept-Encoding"))
	if err != nil {
		w.Header().Set("Cache-Control", cacheNever)
		http.NotFound(w, r)
		return
	}
	defer file.Close() //nolint:errcheck // only read
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept-Encoding")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if tag := f.tags[name]; tag != "" {
		tag = strconv.Quote(tag + encoding)
		h.Set("ETag", tag)
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if info, err := file.Stat(); err == nil {
		h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	}
	_, _ = io.Copy(w, file) // a browser that went away is no error of ours
}

func (f *files) open(name, accepts string) (file fs.File, encoding string, err error) {
	for _, twin := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !web.Accepts(accepts, twin.encoding) {
			continue
		}
		if file, err := f.dist.Open(name + twin.suffix); err == nil {
			return file, twin.encoding, nil
		}
	}
	if !fs.ValidPath(name) || !f.has(name) {
		return nil, "", fs.ErrNotExist
	}
	file, err = f.dist.Open(name)
	return file, "", err
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js", ".mjs": // the machine's own table may say otherwise
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// foreign lets other origins' pages use the answer: the widget lives on them.
func foreign(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}

// goodHost keeps what a client wrote into Host from becoming part of a policy.
var goodHost = regexp.MustCompile(`^[a-zA-Z0-9.\-]+(:[0-9]+)?$|^\[[0-9a-fA-F:.]+\](:[0-9]+)?$`)

// secure sets the headers of every page of ours. ancestors says who may frame it.
func secure(w http.ResponseWriter, r *http.Request, ancestors string) {
	sockets := ""
	if goodHost.MatchString(r.Host) { // browsers that do not take a socket for 'self'
		sockets = " ws://" + r.Host + " wss://" + r.Host
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "+
		"font-src 'self'; media-src 'self' data:; manifest-src 'self'; worker-src 'self'; connect-src 'self'"+sockets+
		"; frame-src 'self'; frame-ancestors "+ancestors+"; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if ancestors == "'none'" {
		h.Set("X-Frame-Options", "DENY")
	}
}

func notBuilt(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley: front end not built</title>`+
		`<h1>The front end is not in this binary</h1><p>It was built with <code>go build</code> alone. Run <code>make build</code>, `+
		`then start <code>bin/parley</code>. The API works.</p></html>`)
}
