package help

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"parley/internal/article"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

// What may keep an answer, and for how long. Pages are asked for again each time, which costs a few bytes while nothing has changed: what
// was published now is there now, and whether a reader may write is asked anew.
const (
	keepForEver = "public, max-age=31536000, immutable"
	keepAsking  = "public, no-cache"
	keepMine    = "private, no-cache" // it has the reader's own vote on it, or is for somebody who is banned
	keepNever   = "no-store"
	keepAnHour  = "public, max-age=3600"
)

// file is one of the files of the pages, with its compressed twins: they are made once, as well as it can be.
type file struct {
	name, kind  string
	raw, br, gz []byte
}

func (f file) path() string { return "/help/assets/" + f.name }

func newFile(name, kind string, raw []byte) file {
	f := file{name: name, kind: kind, raw: raw}
	f.br = squeeze(raw, brotli.NewWriterLevel(nil, brotli.BestCompression))
	best, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		panic(err) // there is such a level
	}
	f.gz = squeeze(raw, best)
	return f
}

// squeezer is a writer that compresses; it can be used again.
type squeezer interface {
	io.WriteCloser
	Reset(to io.Writer)
}

func squeeze(raw []byte, with squeezer) []byte {
	var b bytes.Buffer
	with.Reset(&b)
	_, _ = with.Write(raw) // a Buffer takes everything
	_ = with.Close()
	return b.Bytes()
}

// Pages are compressed as they go out: the level at which a page takes less time than its queries.
var encodings = []struct {
	name string
	pool *sync.Pool
}{
	{"br", &sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, 5) }}},
	{"gzip", &sync.Pool{New: func() any { return gzip.NewWriter(nil) }}},
}

// smallest is what is not worth compressing: it goes out in one packet anyway.
const smallest = 1000

// httpAsset serves the pages' own files. Under the name of another version there is this one, which is kept by nobody: nodes that are
// being upgraded one after the other have pages of both.
func (s *Service) httpAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	f := s.script
	if m := styleName.FindStringSubmatch(name); m != nil {
		var err error
		if f, err = s.styles.Get(r.Context(), m[1]); err != nil {
			s.failPlain(w, r, err)
			return
		}
	} else if !scriptName.MatchString(name) {
		s.failPlain(w, r, web.ErrNoRoute)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", keepForEver)
	if name != f.name {
		h.Set("Cache-Control", keepNever)
	}
	body := f.raw
	switch accepts := r.Header.Get("Accept-Encoding"); {
	case web.Accepts(accepts, "br"):
		body = f.br
		h.Set("Content-Encoding", "br")
	case web.Accepts(accepts, "gzip"):
		body = f.gz
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client went away
}

// show sends a page.
func (q *reading) show(name string, p any, status int, h house) error {
	var b bytes.Buffer
	if err := views[name].ExecuteTemplate(&b, "layout", p); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	keep := keepAsking
	own, ok := p.(interface{ nobodyKeeps() bool })
	switch {
	case ok && own.nobodyKeeps(), status != http.StatusOK:
		keep = keepNever
	case h.banned, h.reader.visitor != "", h.reader.ballot != "":
		keep = keepMine
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.Header().Set("Content-Language", q.language)
	q.w.Header().Add("Vary", "Cookie")
	q.send(b.Bytes(), status, keep)
	return nil
}

func (f *frame) nobodyKeeps() bool { return f.private }

// fragment sends a part of a page, to our script.
func (q *reading) fragment(page, part string, p any) error {
	var b bytes.Buffer
	if err := views[page].ExecuteTemplate(&b, part, p); err != nil {
		return fmt.Errorf("part %s: %w", part, err)
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.Header().Set("X-Robots-Tag", "noindex")
	q.send(b.Bytes(), http.StatusOK, keepNever)
	return nil
}

// send sends a body in the best form that the client takes, or says that it has it already.
func (q *reading) send(body []byte, status int, keep string) {
	h := q.w.Header()
	h.Set("Cache-Control", keep)
	h.Add("Vary", "Accept-Encoding")
	encoding := ""
	if len(body) >= smallest {
		accepts := q.r.Header.Get("Accept-Encoding")
		for _, e := range encodings {
			if !web.Accepts(accepts, e.name) {
				continue
			}
			encoding = e.name
			h.Set("Content-Encoding", encoding)
			break
		}
	}
	if status == http.StatusOK && keep != keepNever {
		sum := sha256.Sum256(body)
		tag := strconv.Quote(base64.RawURLEncoding.EncodeToString(sum[:12]) + encoding)
		h.Set("ETag", tag)
		if strings.Contains(q.r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Encoding")
			q.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	for _, e := range encodings {
		if e.name == encoding {
			with := e.pool.Get().(squeezer) //nolint:forcetypeassert // nothing else is in there
			body = squeeze(body, with)
			e.pool.Put(with)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	if q.r.Method != http.MethodHead {
		_, _ = q.w.Write(body) // the client went away
	}
}

const feedLength = 30

func (q *reading) feed() error {
	settings, err := q.o.Properties.Settings(q.r.Context(), q.site.Property)
	if err != nil {
		return err
	}
	list, err := q.o.Articles.Recent(q.r.Context(), q.site, q.language, feedLength)
	if err != nil {
		return err
	}
	f := q.newFrame(q.site, q.language, q.base, settings)
	f.Canonical = q.absolute(q.site, q.language, "")
	atom := f.feedOf(list, q.absolute(q.site, q.language, "feed.atom"), func(e article.Entry) string {
		return q.absolute(q.site, q.language, "a/"+e.Slug)
	})
	raw, err := xml.Marshal(atom)
	if err != nil {
		return fmt.Errorf("write the feed: %w", err)
	}
	q.w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	q.send(append([]byte(xml.Header), raw...), http.StatusOK, keepAsking)
	return nil
}

func (q *reading) sitemap() error {
	list, err := q.maps.Get(q.r.Context(), mapKey{q.site.Property, q.site.Version})
	if err != nil {
		return err
	}
	part := 0
	if asked := q.r.URL.Query().Get("part"); asked != "" {
		if part, err = strconv.Atoi(asked); err != nil || part < 1 {
			return web.ErrNoRoute
		}
	}
	raw, ok := sitemap(list, part, q.absolute(q.site, q.site.Language, "sitemap.xml"))
	if !ok {
		return web.ErrNoRoute
	}
	q.w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	q.send(raw, http.StatusOK, keepAsking)
	return nil
}

// robots is ours on the site's own domain alone: below /help/SLUG no crawler looks for it.
func (q *reading) robots() error {
	if q.base != "" {
		return web.ErrNoRoute
	}
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.send([]byte(robots(q.site.SiteSettings, q.absolute(q.site, q.site.Language, "sitemap.xml"))), http.StatusOK, keepAnHour)
	return nil
}

// image serves a picture of an article, or the logo. Customers' pages show it in the widget's panel; an image never changes.
func (q *reading) image() error {
	i := id.Image(q.slug)
	if !id.Valid(i) {
		return article.ErrNoImage
	}
	h := q.w.Header()
	tag := strconv.Quote(q.slug)
	image, err := q.o.Articles.Image(q.r.Context(), q.site.Property, i)
	if err != nil {
		return err
	}
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", keepForEver)
	h.Set("ETag", tag)
	if strings.Contains(q.r.Header.Get("If-None-Match"), tag) {
		q.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", image.Type)
	h.Set("Content-Length", strconv.Itoa(len(image.Bytes)))
	if q.r.Method != http.MethodHead {
		_, _ = q.w.Write(image.Bytes) // the client went away
	}
	return nil
}
