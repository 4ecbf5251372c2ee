package web

import (
	"context"
	"net/http"
	"net/netip"

	"parley/internal/kernel/id"
)

// request is what the edge found out about a request.
type request struct {
	id      string
	address string
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// RequestID is the id of the request that ctx belongs to; it is in the log, in X-Request-Id and in every error.
func RequestID(ctx context.Context) string {
	if r := requestOf(ctx); r != nil {
		return r.id
	}
	return ""
}

// Address is the canonical address of the client: the socket's, or the right-most untrusted hop when the peer is a
// trusted proxy. Empty outside a request.
func Address(ctx context.Context) string {
	if r := requestOf(ctx); r != nil {
		return r.address
	}
	return ""
}

// AddressOf is Address of r's context.
func AddressOf(r *http.Request) string { return Address(r.Context()) }

// Edge wraps every handler of the server, sockets and files too: request id, client address, recovery from panics,
// access log. Wrapping twice does no harm.
func (a *API) Edge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requestOf(r.Context()) != nil {
			next.ServeHTTP(w, r)
			return
		}
		addr, _ := netip.ParseAddrPort(r.RemoteAddr)
		info := &request{id: id.New[string](), address: addr.Addr().Unmap().WithZone("").String()}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, info)))
	})
}

func (a *API) sameOrigin(next http.Handler) http.Handler {
	return next
}
