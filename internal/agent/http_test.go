package agent

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
	"parley/internal/testkit"
)

// site is a whole API over a real database, and people of every role with their cookies.
type site struct {
	*Service
	e      *testkit.Env
	api    *web.API
	cookie map[string]string // by name: owner, admin, agent, disabled, stranger
	who    map[string]actor.Agent
	shop   id.Property
}

func newSite(t *testing.T, e *testkit.Env) *site {
	t.Helper()
	s := &site{Service: newService(e), e: e, cookie: map[string]string{}, who: map[string]actor.Agent{}}
	s.api = web.New(web.Options{Auth: s.Service, Now: e.Clock.Now, BaseURL: s.o.BaseURL})
	s.Routes(s.api)
	s.populate(t)
	return s
}

// populate makes a shop with somebody of every role, beside those that there are.
func (s *site) populate(t *testing.T) {
	t.Helper()
	s.shop = s.e.Property(t)
	s.join(t, "owner", s.shop, actor.Owner)
	s.join(t, "admin", s.shop, actor.Admin)
	s.join(t, "agent", s.shop, actor.AgentRole)
	s.join(t, "stranger", s.e.Property(t), actor.Owner)
	off := s.join(t, "disabled", s.shop, actor.Owner)
	s.e.Exec(t, `UPDATE memberships SET disabled_at = 1 WHERE agent_id = $1`, off.ID)
}

// join makes an agent of a role who is logged in.
func (s *site) join(t *testing.T, name string, p id.Property, role actor.Role) actor.Agent {
	t.Helper()
	who := s.e.Agent(t, p, role, name)
	g, info, hash := s.newGrant(who.ID, firefox)
	err := s.e.DB.Write(t.Context(), func(tx *db.Tx) error { return insertLogin(t.Context(), tx, who.ID, hash, info) })
	if err != nil {
		t.Fatal(err)
	}
	who.Login = g.Login.Login
	s.cookie[name], s.who[name] = g.Token, who
	return who
}

type answer struct {
	Status int
	Body   string
	Header http.Header
}

func (s *site) call(t *testing.T, who, method, path, body string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("User-Agent", firefox.UserAgent)
	if s.cookie[who] != "" {
		r.AddCookie(&http.Cookie{Name: web.CookieName(web.Cookie, s.o.BaseURL), Value: s.cookie[who]})
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	return answer{w.Code, w.Body.String(), w.Result().Header}
}

// TestRoutesByRole calls every route as everybody. Those who may get further than the door get what the request deserves.
func TestRoutesByRole(t *testing.T) {
	type row struct {
		call, body string
		// nobody, stranger, disabled, agent, admin, owner
		want [6]int
	}
	names := [6]string{"", "stranger", "disabled", "agent", "admin", "owner"}
	rows := []row{
		{"GET /setup?token=x", "", [6]int{404, 404, 404, 404, 404, 404}},
		{"POST /setup", `{"token":"x","name":"n","email":"e@x.example","password":"p","property_name":"p"}`, [6]int{404, 404, 404, 404, 404, 404}},
		{"POST /login", `{"email":"nobody@x.example","password":"p"}`, [6]int{401, 401, 401, 401, 401, 401}},
		{"GET /invites/x", "", [6]int{404, 404, 404, 404, 404, 404}},
		{"POST /invites/x/accept", `{}`, [6]int{404, 404, 404, 404, 404, 404}},
		{"GET /me", "", [6]int{401, 200, 200, 200, 200, 200}},
		{"PATCH /me", `{"theme":"dark"}`, [6]int{401, 200, 200, 200, 200, 200}},
		{"PUT /me/password", `{"current":"x","new":"y"}`, [6]int{401, 422, 422, 422, 422, 422}},
		{"PUT /me/status", `{"status":"away"}`, [6]int{401, 200, 200, 200, 200, 200}},
		{"PUT /me/picture", `not a picture`, [6]int{401, 422, 422, 422, 422, 422}},
		{"DELETE /me/picture", "", [6]int{401, 204, 204, 204, 204, 204}},
		{"GET /me/logins", "", [6]int{401, 200, 200, 200, 200, 200}},
		{"DELETE /me/logins/{login}", "", [6]int{401, 404, 404, 404, 404, 404}}, // the second owner's login
		{"POST /properties", `{"name":"New"}`, [6]int{401, 201, 403, 403, 403, 201}},
		{"GET /properties/{property}/members", "", [6]int{401, 404, 404, 200, 200, 200}},
		{"PATCH /properties/{property}/members/{agent}", `{"role":"admin"}`, [6]int{401, 404, 404, 403, 200, 200}},
		{"PATCH /properties/{property}/members/{elsewhere}", `{"role":"admin"}`, [6]int{401, 404, 404, 403, 404, 404}},
		{"DELETE /properties/{property}/members/{owner}", "", [6]int{401, 404, 404, 403, 403, 204}}, // the second owner
		{"DELETE /properties/{property}/members/{elsewhere}", "", [6]int{401, 404, 404, 403, 404, 404}},
		{"GET /properties/{property}/invites", "", [6]int{401, 404, 404, 403, 200, 200}},
		{"POST /properties/{property}/invites", `{"email":"x@x.example","role":"agent"}`, [6]int{401, 404, 404, 403, 201, 201}},
		{"DELETE /properties/{property}/invites/{invite}", "", [6]int{401, 404, 404, 403, 204, 204}},
		{"POST /logout", "", [6]int{401, 204, 204, 204, 204, 204}},
		{"POST /logout-everywhere", "", [6]int{401, 204, 204, 204, 204, 204}},
	}
	s := newSite(t, testkit.SQLite(t))
	seen := map[string]bool{}
	for _, r := range rows {
		method, path, _ := strings.Cut(r.call, " ")
		for i, name := range names {
			s.populate(t) // each call finds everything as it was
			other := s.join(t, "other", s.shop, actor.Owner)
			target := s.join(t, "target", s.shop, actor.AgentRole)
			made, _, err := s.Invite(t.Context(), s.who["owner"], "open@x.example", actor.AgentRole)
			if err != nil {
				t.Fatal(err)
			}
			at := strings.NewReplacer("{property}", string(s.shop), "{agent}", string(target.ID), "{owner}", string(other.ID),
				"{elsewhere}", string(s.who["stranger"].ID), "{login}", string(other.Login), "{invite}", string(made.ID)).Replace(path)
			if got := s.call(t, name, method, at, r.body); got.Status != r.want[i] {
				t.Errorf("%s as %q: %d %s, want %d", r.call, name, got.Status, got.Body, r.want[i])
			}
			for _, op := range s.api.Operations() {
				if op.Method == method && sameRoute(op.Path, "/api/v1"+path) {
					seen[op.ID] = true
				}
			}
		}
	}
	for _, op := range s.api.Operations() {
		if !seen[op.ID] {
			t.Errorf("%s %s is in no row", op.Method, op.Path)
		}
	}
}

// sameRoute compares a route with the path of a row, whose own words stand for parameters.
func sameRoute(route, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	a, b := strings.Split(route, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

func decode[T any](t *testing.T, a answer, status int) T {
	t.Helper()
	var v T
	if a.Status != status {
		t.Fatalf("%d %s, want %d", a.Status, a.Body, status)
	}
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
	return v
}

// TestFirstDay goes the whole way over HTTP: set-up, invite, accept, roles, pictures, log out.
func TestFirstDay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := &site{Service: newService(e), e: e, cookie: map[string]string{}}
		s.api = web.New(web.Options{Auth: s.Service, Now: e.Clock.Now, BaseURL: s.o.BaseURL})
		s.Routes(s.api)
		link, err := s.NewSetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		token := tokenOf(t, link)
		if got := s.call(t, "", "GET", "/setup?token="+token, ""); got.Status != 200 || !strings.Contains(got.Body, `"valid":true`) {
			t.Errorf("%+v", got)
		}
		got := s.call(t, "", "POST", "/setup", `{"token":"`+token+`","name":"Ana","email":"ana@shop.example","password":"`+good+`","property_name":"Shop"}`)
		me := decode[meView](t, got, 200)
		if len(me.Properties) != 1 || me.Properties[0].Role != "owner" || me.Status != "online" || me.Theme != "system" || me.Language != "auto" {
			t.Errorf("%+v", me)
		}
		s.keep(t, "ana", got)
		team := "/properties/" + string(me.Properties[0].ID)
		inv := decode[inviteView](t, s.call(t, "ana", "POST", team+"/invites", `{"email":"bob@x.example","role":"agent"}`), 201)
		if !strings.HasPrefix(inv.Link, "https://chat.example/invite/") || inv.ExpiresAt-inv.CreatedAt != InviteFor.Milliseconds() {
			t.Errorf("%+v", inv)
		}
		if got := s.call(t, "ana", "GET", team+"/invites", ""); strings.Contains(got.Body, "link") || !strings.Contains(got.Body, "bob@x.example") {
			t.Errorf("%+v", got)
		}
		at := "/invites/" + tokenOf(t, inv.Link)
		if got := s.call(t, "", "GET", at, ""); !strings.Contains(got.Body, `"has_account":false`) || !strings.Contains(got.Body, `"property_name":"Shop"`) {
			t.Errorf("%+v", got)
		}
		got = s.call(t, "", "POST", at+"/accept", `{"name":"Bob","password":"`+good+`"}`)
		bob := decode[meView](t, got, 200)
		s.keep(t, "bob", got)
		s.pictures(t, "bob")
		list := decode[struct{ Items []memberView }](t, s.call(t, "bob", "GET", team+"/members", ""), 200)
		if len(list.Items) != 2 || list.Items[1].Name != "Bob" || list.Items[1].Email != "bob@x.example" || list.Items[1].Picture == "" || list.Items[1].Status != "offline" {
			t.Errorf("%+v", list)
		}
		m := decode[memberView](t, s.call(t, "ana", "PATCH", team+"/members/"+string(bob.ID), `{"disabled":true}`), 200)
		if !m.Disabled {
			t.Errorf("%+v", m)
		}
		if got := s.call(t, "bob", "GET", team+"/members", ""); got.Status != 404 {
			t.Errorf("disabled, but %+v", got)
		}
		if me := decode[meView](t, s.call(t, "bob", "GET", "/me", ""), 200); len(me.Properties) != 0 {
			t.Errorf("%+v", me)
		}
		if got := s.call(t, "bob", "POST", "/logout", ""); got.Status != 204 || !strings.Contains(got.Header.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("%+v", got)
		}
		if got := s.call(t, "bob", "GET", "/me", ""); got.Status != 401 {
			t.Errorf("after logging out: %+v", got)
		}
	})
}

// keep remembers the cookie of an answer, and checks what it says.
func (s *site) keep(t *testing.T, name string, a answer) {
	t.Helper()
	c, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "__Host-parley_login" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
		c.MaxAge != int(LoginFor/time.Second) || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	s.cookie[name] = c.Value
}

func (s *site) pictures(t *testing.T, who string) {
	t.Helper()
	up := func(kind string, body []byte) answer {
		r := httptest.NewRequestWithContext(t.Context(), "PUT", "/api/v1/me/picture", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", kind)
		r.AddCookie(&http.Cookie{Name: web.CookieName(web.Cookie, s.o.BaseURL), Value: s.cookie[who]})
		w := httptest.NewRecorder()
		s.api.ServeHTTP(w, r)
		return answer{w.Code, w.Body.String(), w.Result().Header}
	}
	if got := up("image/png", make([]byte, MaxPictureBytes+1)); got.Status != 413 {
		t.Errorf("too large: %+v", got)
	}
	if got := up("image/svg+xml", []byte("<svg/>")); got.Status != 422 || !strings.Contains(got.Body, "picture.format") {
		t.Errorf("svg: %+v", got)
	}
	got := decode[struct{ Picture string }](t, up("image/png", pngOf(t, 300, 200)), 200)
	get := func(path string, h http.Header) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
		r.Header = h
		w := httptest.NewRecorder()
		s.PictureHandler().ServeHTTP(w, r)
		return w
	}
	w := get(got.Picture, http.Header{})
	for name, want := range map[string]string{
		"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if g := w.Header().Get(name); w.Code != 200 || g != want {
			t.Errorf("%d, %s: %q", w.Code, name, g)
		}
	}
	if w := get(got.Picture, http.Header{"If-None-Match": {w.Header().Get("ETag")}}); w.Code != 304 {
		t.Errorf("revalidated: %d", w.Code)
	}
	for _, bad := range []string{"/pictures/x", "/pictures/" + string(id.New[id.Picture]()), "/pictures/..%2f"} {
		if w := get(bad, http.Header{}); w.Code != 404 || w.Header().Get("Cache-Control") == "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

func TestLogInOverHTTP(t *testing.T) {
	e := testkit.SQLite(t)
	s := newSite(t, e)
	owner(t, s.Service)
	got := s.call(t, "", "POST", "/login", `{"email":"ana@shop.example","password":"`+good+`"}`)
	s.keep(t, "ana", got)
	if me := decode[meView](t, got, 200); me.Email != "ana@shop.example" {
		t.Errorf("%+v", me)
	}
	s.keep(t, "ana", s.call(t, "ana", "GET", "/me", "")) // its time begins anew
	known := s.call(t, "", "POST", "/login", `{"email":"ana@shop.example","password":"wrong"}`)
	unknown := s.call(t, "", "POST", "/login", `{"email":"eve@shop.example","password":"wrong"}`)
	strip := func(a answer) string { b, _, _ := strings.Cut(a.Body, `"request_id"`); return b }
	if known.Status != 401 || unknown.Status != 401 || strip(known) != strip(unknown) {
		t.Errorf("one can tell who has an account:\n%s\n%s", known.Body, unknown.Body)
	}
	for range freeTries {
		got = s.call(t, "", "POST", "/login", `{"email":"ana@shop.example","password":"wrong"}`)
	}
	if got.Status != 429 || got.Header.Get("Retry-After") != "2" || !strings.Contains(got.Body, `"retry_after_ms":2000`) {
		t.Errorf("after ten: %+v", got)
	}
	if got := s.call(t, "", "POST", "/login", `{"email":"ana@shop.example","password":"x","admin":true}`); got.Status != 422 {
		t.Errorf("an unknown field: %+v", got)
	}
	list := decode[struct{ Items []loginView }](t, s.call(t, "ana", "GET", "/me/logins", ""), 200)
	current := 0
	for _, l := range list.Items {
		if l.Current {
			current++
		}
	}
	if len(list.Items) != 2 || current != 1 || list.Items[0].Browser != "Firefox on Linux" {
		t.Errorf("%+v", list)
	}
}

func TestAnOutageIsNo401OverHTTP(t *testing.T) {
	e := testkit.SQLite(t)
	s := newSite(t, e)
	if err := e.DB.Close(); err != nil && !errors.Is(err, db.ErrUnavailable) {
		t.Fatal(err)
	}
	for _, path := range []string{"/me", "/properties/" + string(s.shop) + "/members"} {
		if got := s.call(t, "owner", "GET", path, ""); got.Status != 503 && got.Status != 500 {
			t.Errorf("%s without a database: %+v", path, got)
		}
	}
}
