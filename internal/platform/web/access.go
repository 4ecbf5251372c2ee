package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
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
	delete(a.huma.OpenAPI().Components.Schemas.Map(), "ErrorModel") // huma's own, which no answer of ours has
}

// guard finds out who is asking before anything of the request is decoded.
func (a *API) guard(access Access) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		if r := requestOf(c.Context()); r != nil {
			r.operation = c.Operation().OperationID
		}
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
	token := CookieIn(ctx, Cookie, a.o.BaseURL)
	if token == "" {
		return caller{}, ErrLoginRequired
	}
	login, err := a.o.Auth.Login(ctx, token)
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
