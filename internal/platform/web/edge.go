package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// request is what the edge found out about a request.
type request struct {
	id        string
	header    http.Header
	address   string
	secure    bool
	path      string // for the log: without the query and without tokens
	operation string // set when the route is known
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

// Secure reports whether the client speaks https, to us or to a trusted proxy; cookies are marked so.
func Secure(ctx context.Context) bool {
	r := requestOf(ctx)
	return r != nil && r.secure
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
		addr, ok := clientAddress(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), a.o.Proxies)
		info := &request{id: rand.Text(), header: r.Header, address: addr.String(), secure: r.TLS != nil, path: loggable(r.URL.Path)}
		if peer, known := parseHop(r.RemoteAddr); known && within(peer, a.o.Proxies) {
			info.believe(r.Header)
		}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, info))
		w.Header().Set("X-Request-Id", info.id)
		out := &response{ResponseWriter: w}
		defer a.finish(out, r, a.o.Now())
		if !ok {
			a.Fail(out, r, ErrAddress)
			return
		}
		if err := a.adopt(out, r); err != nil {
			a.Fail(out, r, err)
			return
		}
		next.ServeHTTP(out, r)
	})
}

// believe takes what only a trusted proxy may say: its id, so that its log and ours tell of the same request, and its scheme.
func (i *request) believe(h http.Header) {
	if given := h.Get("X-Request-Id"); plain(given) {
		i.id = given
	}
	i.secure = i.secure || strings.EqualFold(h.Get("X-Forwarded-Proto"), "https")
}

// plain: short, and nothing that could break a log line or a header.
func plain(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:") == ""
}

// tokenLength is of 32 random bytes in base64url: nothing else in our paths is so long.
const tokenLength = 43

// loggable is a path without the tokens of invitations: whoever reads the log must not be able to use one. (A set-up
// link has its token in the query, which is never logged.)
func loggable(path string) string {
	if len(path) < tokenLength {
		return path
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if len(p) >= tokenLength {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// finish recovers from a panic, once for the whole server, and writes the access log.
func (a *API) finish(w *response, r *http.Request, began time.Time) {
	v := recover()
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v) // net/http's own way to break a connection
	}
	if v != nil {
		err := fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		if w.status == 0 {
			a.Fail(w, r, err)
		} else { // too late to tell the client; break the connection, so that it does not take half an answer for whole
			a.report(r.Context(), errInternal, err)
			defer panic(http.ErrAbortHandler)
		}
	}
	a.log(w, r, a.o.Now().Sub(began))
}

func (a *API) log(w *response, r *http.Request, took time.Duration) {
	level := slog.LevelDebug
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelInfo // its cause was logged with the level it deserves
	}
	if !a.o.Log.Enabled(r.Context(), level) {
		return
	}
	info := requestOf(r.Context())
	a.o.Log.LogAttrs(r.Context(), level, "request", slog.String("request_id", info.id), slog.String("method", r.Method),
		slog.String("path", info.path), slog.String("operation", info.operation), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.Int64("took_ms", took.Milliseconds()), slog.String("address", info.address))
}

// response remembers what was answered. Unwrap lets http.ResponseController and the sockets reach the connection.
type response struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap implements http.ResponseController's way down.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements http.Flusher, for streams that ask for it directly.
func (w *response) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() } // a connection that cannot flush needs none

// Hijack implements http.Hijacker, which the WebSocket upgrade asks for directly.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
