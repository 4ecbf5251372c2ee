package app

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/property"
)

//go:embed pages
var pages embed.FS

var livePage = template.Must(template.ParseFS(pages, "pages/live.html"))

// livePages is the *see it live* page: a page of a made-up site, with the property's own widget on it.
type livePages struct {
	property func(context.Context, id.Property) (property.Property, error)
	fail     func(http.ResponseWriter, *http.Request, error)
}

func (l livePages) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /live/style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", cacheAsk)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, pages, "pages/live.css")
	})
	mux.HandleFunc("GET /live/{property}", l.show)
}

func (l livePages) show(w http.ResponseWriter, r *http.Request) {
	p, err := l.property(r.Context(), id.Property(r.PathValue("property")))
	if errs.KindOf(err) == errs.NotFound {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		l.fail(w, r, err)
		return
	}
	var page bytes.Buffer
	if err := livePage.Execute(&page, p); err != nil {
		l.fail(w, r, err)
		return
	}
	secure(w, r, "'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", cacheNever)
	_, _ = w.Write(page.Bytes())
}
