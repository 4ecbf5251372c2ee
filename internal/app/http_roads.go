package app

import (
	"net/http"
)

// roads puts every path to whom it belongs. What nobody claims is the dashboard's, which is a single page.
func (a *App) roads() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/api/", a.api)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	livePages{property: a.Properties.Get, fail: a.api.Fail}.routes(mux)
	a.files.routes(mux)
	return mux
}

// ready says whether this node can serve: its database answers. The bus keeps trying by itself and news that is late
// does not make a node useless, so it is no reason to take the node out.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	if err := a.db.Ping(r.Context()); err != nil {
		a.log.WarnContext(r.Context(), "not ready", "error", err)
		plain(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	plain(w, http.StatusOK, "ok")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // a health check that went away needs no answer
}
