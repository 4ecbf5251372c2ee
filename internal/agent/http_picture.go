package agent

import (
	"net/http"
	"strconv"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
)

// PictureHandler serves GET /pictures/{picture}: public, and for ever the same. Customers' pages embed it.
func (s *Service) PictureHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pictures/{picture}", s.httpPicture)
	return mux
}

func (s *Service) httpPicture(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	p, err := s.Picture(r.Context(), id.Picture(r.PathValue("picture")))
	if err != nil {
		h.Set("Cache-Control", "no-store")
		if errs.KindOf(err) == errs.NotFound {
			http.Error(w, ErrNoPicture.Message, http.StatusNotFound)
			return
		}
		s.o.Log.WarnContext(r.Context(), "picture not served", "err", err)
		http.Error(w, "This picture cannot be read just now.", http.StatusServiceUnavailable)
		return
	}
	h.Set("Content-Type", p.Type)
	h.Set("Content-Length", strconv.Itoa(len(p.Bytes)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+string(p.ID)+`"`)
	if r.Header.Get("If-None-Match") == `"`+string(p.ID)+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(p.Bytes) // the client went away
}
