package web

import (
	"context"
	"net/http"
	"strings"
)

// The cookies of an agent's browser, as they are called over http. Over https their names have [hostPrefix].
const (
	Cookie       = "parley_login"  // the token of a login
	DeviceCookie = "parley_device" // whose logins this browser has had
)

// hostPrefix makes browsers take a cookie only over TLS, for this host alone, and from nobody but it: a sibling host name
// cannot plant one. Over http they would not keep it.
const hostPrefix = "__Host-"

// CookieName is what a cookie is called on a server that people reach at baseURL.
func CookieName(name, baseURL string) string {
	if IsHTTPS(baseURL) {
		return hostPrefix + name
	}
	return name
}

// IsHTTPS reports whether people reach a server by TLS.
func IsHTTPS(baseURL string) bool { return strings.HasPrefix(baseURL, "https://") }

// CookieOf is the value of one of our cookies in a request to the server at baseURL; empty for none. On https the plain
// name means nothing: anybody next door may have planted it. (What was set before there was a prefix: see [Options].Adopt.)
func CookieOf(r *http.Request, name, baseURL string) string {
	c, err := r.Cookie(CookieName(name, baseURL))
	if err != nil {
		return ""
	}
	return c.Value
}

// CookieIn is [CookieOf] of the request that ctx belongs to.
func CookieIn(ctx context.Context, name, baseURL string) string {
	r := requestOf(ctx)
	if r == nil {
		return ""
	}
	return CookieOf(&http.Request{Header: r.header}, name, baseURL)
}

// adopt takes a login's cookie without the prefix for one with it, where [Options].Adopt says that it was set before this
// server had prefixes, and gives the browser the new one. A socket's handshake has no room for that: it is adopted again
// with the next call. Only the API does so: its answers are kept by no cache on the way.
func (a *API) adopt(w http.ResponseWriter, r *http.Request) error {
	if a.o.Adopt == nil || !strings.HasPrefix(r.URL.Path, "/api/") || !IsHTTPS(a.o.BaseURL) || CookieOf(r, Cookie, a.o.BaseURL) != "" {
		return nil
	}
	old, err := r.Cookie(Cookie)
	if err != nil || old.Value == "" {
		return nil //nolint:nilerr // there is no such cookie, the usual case
	}
	set, ok, err := a.o.Adopt(r.Context(), old.Value)
	if err != nil || !ok {
		return err
	}
	r.AddCookie(&http.Cookie{Name: set.Name, Value: set.Value}) //nolint:gosec // read again by us, not set
	http.SetCookie(w, &set)
	http.SetCookie(w, &http.Cookie{Name: Cookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
	return nil
}
