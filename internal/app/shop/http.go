package shop

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
)

//go:embed pages
var pages embed.FS

// Shop serves the pages.
type Shop struct {
	views   map[string]*template.Template
	snippet template.HTML
}

// New makes a shop whose pages carry the snippet: base is Parley's address, property the property's id.
func New(base, property string) *Shop {
	s := &Shop{views: map[string]*template.Template{}}
	line := template.Must(template.New("").Parse(`<script async src="{{.Base}}/widget.js" data-property="{{.Property}}"></script>`))
	s.snippet = execute(line, map[string]string{"Base": base, "Property": property})
	for _, name := range []string{"home", "shelf", "product", "basket", "glazes", "workshop", "missing"} {
		s.views[name] = template.Must(template.ParseFS(pages, "pages/layout.html", "pages/drawings.html", "pages/"+name+".html"))
	}
	return s
}

// Handler answers the shop's pages.
func (s *Shop) Handler() http.Handler {
	mux := http.NewServeMux()
	static, err := fs.Sub(pages, "pages")
	if err != nil {
		panic(err) // the folder is in the embed line above
	}
	mux.Handle("GET /shop.css", http.FileServerFS(static))
	mux.Handle("GET /shop.js", http.FileServerFS(static))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, http.StatusOK, "home", view{Title: "Stoneware for every day", Products: Products[:3]})
	})
	mux.HandleFunc("GET /shelf/{kind}", s.shelf)
	mux.HandleFunc("GET /product/{slug}", s.product)
	mux.HandleFunc("GET /basket", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, http.StatusOK, "basket", view{Title: "Your basket", Product: Products[0]})
	})
	mux.HandleFunc("GET /glazes/", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, http.StatusOK, "glazes", view{Title: "Our glazes"})
	})
	mux.HandleFunc("GET /workshop", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, http.StatusOK, "workshop", view{Title: "The workshop"})
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { s.missing(w) })
	return mux
}

type view struct {
	Title    string
	Kind     string
	Product  Product
	Products []Product
	Snippet  template.HTML
}

func (s *Shop) shelf(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("kind")
	v := view{Title: "Mugs and cups", Kind: kind}
	switch kind {
	case "plates":
		v.Title = "Plates"
	case "bowls":
		v.Title = "Bowls"
	}
	for _, p := range Products {
		if p.Kind == kind {
			v.Products = append(v.Products, p)
		}
	}
	if len(v.Products) == 0 {
		s.missing(w)
		return
	}
	s.show(w, http.StatusOK, "shelf", v)
}

func (s *Shop) product(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(Products, func(p Product) bool { return p.Slug == r.PathValue("slug") })
	if i < 0 {
		s.missing(w)
		return
	}
	s.show(w, http.StatusOK, "product", view{Title: Products[i].Name, Kind: Products[i].Kind, Product: Products[i]})
}

func (s *Shop) missing(w http.ResponseWriter) {
	s.show(w, http.StatusNotFound, "missing", view{Title: "Not on our shelves"})
}

func (s *Shop) show(w http.ResponseWriter, status int, name string, v view) {
	v.Snippet = s.snippet
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = s.views[name].ExecuteTemplate(w, "layout", v) // a browser that went away
}

func execute(t *template.Template, data any) template.HTML {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		panic(err) // the template is ours
	}
	return template.HTML(b.String()) //nolint:gosec // html/template escaped it
}
