package help

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"parley/internal/article"
	"parley/internal/ban"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

// Handler answers everything below /help/: the files of the pages, and every site that has no domain of its own, or has one too.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /help/assets/{name}", s.httpAsset)
	mux.HandleFunc("/help/{site}", func(w http.ResponseWriter, r *http.Request) { s.httpSite(w, r, "") })
	mux.HandleFunc("/help/{site}/{rest...}", func(w http.ResponseWriter, r *http.Request) { s.httpSite(w, r, "/"+r.PathValue("rest")) })
	return mux
}

func (s *Service) httpSite(w http.ResponseWriter, r *http.Request, rest string) {
	slug := r.PathValue("site")
	site, err := s.o.Articles.SiteBySlug(r.Context(), slug)
	if moved, ok := errors.AsType[*article.Moved](err); ok {
		redirect(w, r, "/help/"+moved.Slug+cmpOr(rest, "/"), http.StatusMovedPermanently)
		return
	}
	if err != nil {
		s.failPlain(w, r, err)
		return
	}
	s.serve(w, r, site, "/help/"+slug, rest) //nolint:contextcheck // the request brings it
}

// shared are the roads that a help centre's own domain has in common with the server's: what its pages and the widget on them ask for.
// Everything else there is the help centre's: nobody logs in at a customer's address.
var shared = []string{"/widget.js", "/w/", "/pictures/", "/help/assets/", "/api/v1/visitor/", "/healthz", "/readyz"}

// Hosts answers for the domains of help centres, and lets next answer for every other host.
func (s *Service) Hosts(next http.Handler) http.Handler {
	own, _ := url.Parse(s.o.BaseURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostName(r.Host)
		if host == "" || own != nil && host == hostName(own.Host) {
			next.ServeHTTP(w, r)
			return
		}
		site, err := s.o.Articles.SiteByDomain(r.Context(), host)
		switch {
		case errs.KindOf(err) == errs.NotFound:
			next.ServeHTTP(w, r)
		case err != nil:
			s.failPlain(w, r, err)
		default:
			for _, road := range shared {
				if r.URL.Path == road || strings.HasSuffix(road, "/") && strings.HasPrefix(r.URL.Path, road) {
					next.ServeHTTP(w, r)
					return
				}
			}
			r.Pattern = "help centre's own domain" // for the metrics: paths are endless
			s.serve(w, r, site, "", r.URL.Path)    //nolint:contextcheck // the request brings it
		}
	})
}

// hostName is a Host header's name in lower case; empty for what cannot be a site's domain: an address, or nothing.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	return host
}

// reading is one request for something of a site.
type reading struct {
	*Service
	place

	w    http.ResponseWriter
	r    *http.Request
	site article.Site
	base string // what the site's paths begin with: /help/SLUG, or nothing on its own domain
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request, site article.Site, base, rest string) {
	q := &reading{Service: s, place: read(site.SiteSettings, rest), w: w, r: r, site: site, base: base}
	secure(w, r)
	switch {
	case rest == "": // /help/slug: relative links would go wrong
		q.moveTo("/")
	case q.moved != "":
		q.moveTo(q.moved)
	default:
		if err := q.answer(); err != nil {
			q.fail(err)
		}
	}
}

// answer sends what is asked for.
func (q *reading) answer() error {
	get := q.r.Method == http.MethodGet || q.r.Method == http.MethodHead
	form := q.r.Method == http.MethodPost && (q.kind == kindVote || q.kind == kindMessage)
	if !get && !form {
		return web.ErrMethod
	}
	if form {
		if err := q.foreign(); err != nil {
			return err
		}
	}
	switch q.kind {
	case kindHome:
		return q.home()
	case kindCategory:
		return q.category()
	case kindArticle:
		return q.article()
	case kindVote:
		if get { // after an error, by the address in the browser
			q.see("a/" + q.slug)
			return nil
		}
		return q.vote()
	case kindSearch:
		return q.search()
	case kindMessage:
		if get {
			return q.form()
		}
		return q.letter()
	case kindFeed:
		return q.feed()
	case kindSitemap:
		return q.sitemap()
	case kindRobots:
		return q.robots()
	case kindImage:
		return q.image()
	case kindNone:
	}
	return web.ErrNoRoute
}

// moveTo sends to a path below the base for good, with the query that came.
func (q *reading) moveTo(path string) {
	if query := q.r.URL.RawQuery; query != "" {
		q.redirect(path+"?"+query, http.StatusMovedPermanently)
		return
	}
	q.redirect(path, http.StatusMovedPermanently)
}

// see sends to something in the page's language, as the answer to a form.
func (q *reading) see(rest string) {
	q.redirect(home(q.site.SiteSettings, q.language)+rest, http.StatusSeeOther)
}

func (q *reading) redirect(path string, status int) {
	redirect(q.w, q.r, q.base+path, status)
}

// redirect sends to a path of ours. It is never somebody else's address: a path begins with one slash.
func redirect(w http.ResponseWriter, r *http.Request, path string, status int) {
	path, query, _ := strings.Cut(path, "?")
	path, mark, _ := strings.Cut(path, "#")
	to := url.URL{Path: "/" + strings.TrimLeft(path, "/\\"), RawQuery: query, Fragment: mark}
	if status == http.StatusMovedPermanently {
		w.Header().Set("Cache-Control", "public, max-age=3600") // a slug may come back
	} else {
		w.Header().Set("Cache-Control", "no-store")
	}
	http.Redirect(w, r, to.String(), status)
}

// foreign refuses a form that another website made a browser send.
func (q *reading) foreign() error {
	guard := http.NewCrossOriginProtection()
	if q.o.BaseURL != "" {
		if err := guard.AddTrustedOrigin(q.o.BaseURL); err != nil {
			return err
		}
	}
	if guard.Check(q.r) != nil {
		return web.ErrCrossOrigin
	}
	return nil
}

// who is the reader, by their cookies.
func (q *reading) who() reader {
	r := reader{property: q.site.Property, agent: q.r.UserAgent()}
	if c, err := q.r.Cookie(visitorCookie(q.site.Property)); err == nil {
		if t, ok := q.o.Tokens.Check(c.Value, q.site.Property, q.o.Now()); ok {
			r.visitor = t.Visitor
		}
	}
	if c, err := q.r.Cookie(ballotCookie(q.r.Context())); err == nil && validBallot(c.Value) {
		r.ballot = c.Value
	}
	return r
}

// visitorCookie is where the widget's loader keeps the visitor's token (web/loader/src/identity.ts).
func visitorCookie(p id.Property) string { return "parley_" + string(p) }

const (
	ballotName = "parley_ballot"
	ballotLife = 365 * 24 * 60 * 60
	tokenLife  = 180 * 24 * 60 * 60 // as the loader's
)

// ballotCookie is where the browser of somebody keeps that they have voted. Over https it is this host's alone.
func ballotCookie(ctx context.Context) string {
	if web.Secure(ctx) {
		return "__Host-" + ballotName
	}
	return ballotName
}

// keepBallot lets the reader change their mind. Voting sets this cookie, and nothing else does.
func (q *reading) keepBallot(ballot string) {
	http.SetCookie(q.w, &http.Cookie{ //nolint:gosec // secure where the reader speaks https
		Name: ballotCookie(q.r.Context()), Value: ballot, Path: "/", MaxAge: ballotLife, HttpOnly: true,
		Secure: web.Secure(q.r.Context()), SameSite: http.SameSiteLaxMode,
	})
}

// keepVisitor makes the widget know who has left a message, as the loader does when one is left in the panel.
func (q *reading) keepVisitor(token string) {
	http.SetCookie(q.w, &http.Cookie{ //nolint:gosec // the loader reads it
		Name: visitorCookie(q.site.Property), Value: token, Path: "/", MaxAge: tokenLife,
		Secure: web.Secure(q.r.Context()), SameSite: http.SameSiteLaxMode,
	})
}

// players are the frames that an article may have, when a reader opens one (article's allow list; a test compares them).
const players = "https://www.youtube-nocookie.com https://player.vimeo.com https://www.loom.com"

// secure sets the headers of every answer. Nothing is inline, and nothing of others is loaded but the videos that a reader opens.
func secure(w http.ResponseWriter, r *http.Request) {
	sockets := ""
	if goodHost(r.Host) { // browsers that do not take the widget's socket for 'self'
		sockets = " ws://" + r.Host + " wss://" + r.Host
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "+
		"media-src 'self' data:; connect-src 'self'"+sockets+"; frame-src "+players+"; frame-ancestors 'self'; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// goodHost keeps what a client wrote into Host from becoming part of a policy.
func goodHost(host string) bool {
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == ""
}

func cmpOr(s, or string) string {
	if s == "" {
		return or
	}
	return s
}

// refusedBanned reports whether an error is that the reader is banned.
func refusedBanned(err error) bool { return errors.Is(err, ban.ErrBanned) }
