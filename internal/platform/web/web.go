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

// Cookie is the name of the cookie that holds an agent's login.
const Cookie = "parley_login"

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

// Public registers a route that anybody may call.
func Public[I, O any](a *API, op Op, fn func(context.Context, *I) (*O, error)) {
	register(a, op, AccessPublic, fn)
}

// Login registers a route for agents who are logged in.
func Login[I, O any](a *API, op Op, fn func(context.Context, actor.Login, *I) (*O, error)) {
	register(a, op, AccessLogin, func(ctx context.Context, in *I) (*O, error) {
		return fn(ctx, callerOf(ctx).login, in)
	})
}

// Agent registers a route for members of the property that the path names with {property}; for others it is not found.
func Agent[I, O any](a *API, op Op, fn func(context.Context, actor.Agent, *I) (*O, error)) {
	registerMember(a, op, AccessAgent, fn)
}

// Manager registers a route for owners and admins of the property that the path names with {property}.
func Manager[I, O any](a *API, op Op, fn func(context.Context, actor.Agent, *I) (*O, error)) {
	registerMember(a, op, AccessManager, fn)
}

func registerMember[I, O any](a *API, op Op, access Access, fn func(context.Context, actor.Agent, *I) (*O, error)) {
	if !strings.Contains(op.Path, "/{property}") {
		panic(fmt.Sprintf("web: %s %s is for %ss, so its path must have {property}", op.Method, op.Path, access))
	}
	register(a, op, access, func(ctx context.Context, in *I) (*O, error) { return fn(ctx, callerOf(ctx).agent, in) })
}

// caller is who asks, as the access check found out.
type caller struct {
	login actor.Login
	agent actor.Agent
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

func register[I, O any](a *API, op Op, access Access, fn func(context.Context, *I) (*O, error)) {
	if op.MaxBody == 0 {
		op.MaxBody = DefaultMaxBody
	}
	a.operations = append(a.operations, Operation{Method: op.Method, Path: op.Path, ID: op.ID, Access: access})
	huma.Register(a.huma, a.describe(op, access), func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// guard finds out who is asking before anything of the request is decoded.
func (a *API) guard(access Access) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		if access == AccessPublic {
			next(c)
			return
		}
		who, err := a.authenticate(c, access)
		if err != nil {
			r, w := humago.Unwrap(c)
			a.Fail(w, r, err)
			return
		}
		next(huma.WithValue(c, callerKey{}, who))
	}
}

func (a *API) authenticate(c huma.Context, access Access) (caller, error) {
	ctx := c.Context()
	cookie, err := huma.ReadCookie(c, Cookie)
	if err != nil || cookie.Value == "" {
		return caller{}, ErrLoginRequired
	}
	login, err := a.o.Auth.Login(ctx, cookie.Value)
	if err != nil || access == AccessLogin {
		return caller{login: login}, err
	}
	property := id.Property(c.Param("property"))
	if !id.Valid(property) {
		return caller{}, ErrNoProperty
	}
	role, err := a.o.Auth.Member(ctx, login.Agent, property)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return caller{}, ErrNoProperty // whatever the reason: a stranger must not learn which properties exist
	case err != nil:
		return caller{}, err
	case access == AccessManager && !role.Manages():
		return caller{}, ErrNotManager
	}
	return caller{login: login, agent: actor.Agent{ID: login.Agent, Login: login.Login, Property: property, Role: role}}, nil
}

// New makes an empty API; features register their routes on it.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = clock.System
	}
	a := &API{o: o, mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, a.config())
	a.mux.HandleFunc("GET /api/openapi.json", a.document)
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { a.Fail(w, r, ErrNoRoute) })
	a.handler = a.Edge(a.sameOrigin(a.mux))
	return a
}

// ServeHTTP answers everything under /api/.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Operations lists every registered route with its access, in the order of registration.
func (a *API) Operations() []Operation { return slices.Clone(a.operations) }

// YAML is the OpenAPI 3.1 document, for api/openapi.yaml.
func (a *API) YAML() ([]byte, error) { return a.huma.OpenAPI().YAML() }

func (a *API) document(w http.ResponseWriter, r *http.Request) {
	raw, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(raw) // the client went away
}
