// Package web is the HTTP edge: huma on net/http, where every route is registered together with who may call it.
// It knows no feature and serves no files.
package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
)

// DefaultMaxBody is the size of a request's body where an operation names no other.
const DefaultMaxBody = 64 << 10

// Access says who may call a route.
type Access string

const (
	AccessPublic  Access = "public"  // anybody
	AccessLogin   Access = "login"   // an agent who is logged in, on their own account
	AccessAgent   Access = "agent"   // a member of the property in the path
	AccessManager Access = "manager" // an owner or admin of the property in the path
)

// Auth finds out who is asking; the agent feature answers. An error that is no errs error is an outage and never a 401.
type Auth interface {
	Login(ctx context.Context, token string) (actor.Login, error)
	Member(ctx context.Context, agent id.Agent, property id.Property) (actor.Role, error) // errs.NotFound: no member, or disabled
}

// Options makes an API.
type Options struct {
	Auth    Auth
	Proxies []netip.Prefix // whose X-Forwarded-For and X-Request-Id are believed
	Origins []string       // other origins that may make unsafe requests, "https://host"
	BaseURL string         // the address that people type: on https the names of cookies have a prefix
	// Adopt answers whether the token of a login's cookie without the prefix was given out before there was one, and the
	// cookie to use in its place. nil: none was.
	Adopt   func(ctx context.Context, token string) (http.Cookie, bool, error)
	Log     *slog.Logger
	Now     clock.Clock
	Version string // of the product, for the OpenAPI document
}

// Op describes one operation. Path begins with /api/v1; Status is the success status (0: 200, or 204 without a body).
type Op struct {
	Method, Path, ID, Summary string
	Tag                       string
	Status                    int
	MaxBody                   int64 // bytes; 0: DefaultMaxBody
}

// Operation is a registered route, for tests that walk all of them.
type Operation struct {
	Method, Path, ID string
	Access           Access
}

// API is the HTTP API: an http.Handler for everything under /api/.
type API struct {
	o          Options
	mux        *http.ServeMux
	huma       huma.API
	operations []Operation
	handler    http.Handler
}

// The refusals of the edge itself.
var (
	ErrLoginRequired = errs.New(errs.Unauthorized, "login.required", "Please log in.")
	ErrNotManager    = errs.New(errs.Forbidden, "property.not_manager", "Only owners and admins of this property may do that.")
	ErrNoProperty    = errs.New(errs.NotFound, "property.not_found", "There is no such property.")
	ErrNoRoute       = errs.New(errs.NotFound, "request.not_found", "There is nothing here.")
	ErrMethod        = errs.New(errs.Invalid, "request.method", "This method is not allowed here.")
	ErrCrossOrigin   = errs.New(errs.Forbidden, "request.cross_origin", "This request came from another website.")
	ErrAddress       = errs.New(errs.Invalid, "request.address", "The proxy sent a client address that cannot be read.")
	ErrInvalid       = errs.New(errs.Invalid, "request.invalid", "The request is not valid.")
	ErrTooLarge      = errs.New(errs.TooLarge, "request.too_large", "The request is too large.")
	ErrTooMany       = errs.New(errs.TooMany, "request.too_many", "Too many requests. Please wait a moment.")
	errInternal      = errs.New(errs.Internal, "internal", "Something went wrong on our side.")
)

// New makes an empty API; features register their routes on it.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = clock.System
	}
	o.Proxies = canonical(o.Proxies)
	a := &API{o: o, mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, a.config())
	a.mux.HandleFunc("GET /api/openapi.json", a.document)
	a.handler = a.Edge(a.protect(http.HandlerFunc(a.route)))
	return a
}

// ServeHTTP answers everything under /api/.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Foreign answers like the API itself, but lets pages of every site ask: it is for paths of which no operation means anything by a
// cookie, and which see to it themselves whose pages may use them. Mount it on exactly those paths.
func (a *API) Foreign() http.Handler {
	return a.Edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		label(w.Header(), "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") { // with any other type a browser asks for leave first
			r.Header.Set("Content-Type", "application/json")
		}
		a.route(w, r)
	}))
}

// label is what every answer of the API says.
func label(h http.Header, resource string) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", resource)
	h.Set("Referrer-Policy", "no-referrer")
}

// Operations lists every registered route with its access, in the order of registration.
func (a *API) Operations() []Operation { return slices.Clone(a.operations) }

// YAML is the OpenAPI 3.1 document, for api/openapi.yaml.
func (a *API) YAML() ([]byte, error) { return a.huma.OpenAPI().YAML() }

// route runs the operation, or says what is wrong with the path or the method.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	h, pattern := a.mux.Handler(r)
	if pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	var plain refusal
	h.ServeHTTP(&plain, r)
	if plain.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", plain.Header().Get("Allow"))
		a.Fail(w, r, ErrMethod)
		return
	}
	a.Fail(w, r, ErrNoRoute)
}

// refusal catches the mux's own answer, to give it our form.
type refusal struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (w *refusal) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter.
func (w *refusal) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *refusal) Write(p []byte) (int, error) { return len(p), nil }

// protect refuses what another website makes a browser send, and labels every answer of the API.
func (a *API) protect(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	for _, origin := range a.o.Origins {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			panic(fmt.Sprintf("web: trusted origin: %v", err)) // the configuration was checked before
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		label(w.Header(), "same-origin")
		if guard.Check(r) != nil {
			a.Fail(w, r, ErrCrossOrigin)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *API) document(w http.ResponseWriter, r *http.Request) {
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(raw) // the client went away
}
