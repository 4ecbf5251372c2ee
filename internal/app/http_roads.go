package app

import (
	"net/http"

	"parley/internal/platform/hub"
)

// roads puts every path to whom it belongs. What nobody claims is the dashboard's, which is a single page. The domains of help
// centres have their own pages in the place of that.
func (a *App) roads() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", a.api)
	a.sockets(mux, "/api/v1/visitor", a.Live.VisitorHandler(), anyOrigin)
	a.sockets(mux, "/api/v1/agent", a.Live.AgentHandler(), ownOrigin)
	mux.Handle("/api/v1/visitor/help/", anyOrigin(a.api.Foreign())) // help.PublicRoad
	mux.Handle("/help/", a.Help.Handler())
	mux.Handle("GET /pictures/{picture}", a.Agents.PictureHandler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	livePages{property: a.Properties.Get, fail: a.api.Fail}.routes(mux)
	a.files.routes(mux)
	return a.Help.Hosts(mux)
}

// sockets are the three roads of one kind of client: WebSocket, and the fallback's two.
func (a *App) sockets(mux *http.ServeMux, path string, h hub.Handler, origins func(http.Handler) http.Handler) {
	mux.Handle("GET "+path+"/socket", a.hub.WebSocket(h))
	mux.Handle(path+"/stream", origins(a.hub.Stream(h)))
	mux.Handle(path+"/frames", origins(a.hub.Frames(h)))
}

// anyOrigin lets pages of every site ask; whether this property's widget may run there is decided by the handler.
// There are no cookies on this road.
func anyOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		foreign(w)
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Headers", "Content-Type")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	})
}

// ownOrigin adds nothing: without leave, browsers keep other sites' pages away.
func ownOrigin(next http.Handler) http.Handler { return next }

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
