package app_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"parley/internal/article"
	"parley/internal/ban"
	"parley/internal/chat"
	"parley/internal/help"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// Who asks, in the order of the tables' columns. disabled is an agent of the property who was disabled there; other owns
// another property and names this one; crossed is the same owner, who names their own property and this one's things.
const (
	nobody = iota
	aVisitor
	anAgent
	admin
	owner
	disabled
	other
	crossed
)

var roles = []string{"nobody", "visitor", "agent", "admin", "owner", "disabled", "other", "crossed"}

// statuses has one for each role; 0: the call names nothing that could be crossed.
type statuses [8]int

// The doors of the API. What stands behind is only what a call answers to those who may come in.
func public(s int) statuses { return statuses{s, s, s, s, s, s, s, 0} }
func login(s int) statuses  { return statuses{401, 401, s, s, s, s, s, 0} }
func team(s int) statuses   { return statuses{401, 401, s, s, s, 404, 404, 0} }
func things(s int) statuses { return statuses{401, 401, s, s, s, 404, 404, 404} }
func boss(s int) statuses   { return statuses{401, 401, 403, s, s, 404, 404, 0} }
func bossOf(s int) statuses { return statuses{401, 401, 403, s, s, 404, 404, 404} }

// operations has a row for every route of the API. Every call gets people and things of its own.
var operations = map[string]struct {
	body string
	want statuses
}{
	"check-setup":   {"", public(404)}, // there is an owner
	"setup":         {`{"token":"x","name":"Mallory","email":"m@x.example","password":"correct horse staple","property_name":"Mine"}`, public(404)},
	"log-in":        {`{"email":"nobody@x.example","password":"correct horse staple"}`, public(401)},
	"get-invite":    {"", public(200)},                                  // who has the link
	"accept-invite": {`{"name":"New","password":"short"}`, public(422)}, // … and gives a bad password

	"find-help": {"", public(404)}, // names no property; see the feature's tests
	"read-help": {"", public(404)},
	"vote-help": {`{"property":"{property}","token":"x","helpful":true}`, public(422)}, // a token that is none

	"log-out":            {`{}`, login(204)},
	"log-out-everywhere": {`{}`, login(204)},
	"get-me":             {"", login(200)},
	"change-me":          {`{"theme":"dark"}`, login(200)},
	"change-password":    {`{"current":"wrong horse staple","new":"another horse staple"}`, login(422)},
	"change-status":      {`{"status":"away"}`, login(200)},
	"set-picture":        {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, login(422)},
	"delete-picture":     {"", login(204)},
	"list-logins":        {"", login(200)},
	"end-login":          {"", login(404)}, // somebody else's
	"create-property":    {`{"name":"Another"}`, statuses{401, 401, 403, 403, 201, 403, 201, 0}},

	"list-audit": {"", boss(200)},

	"export-visitor": {"", bossOf(200)},
	"erase-visitor":  {"", bossOf(200)},
	"list-erasures":  {"", boss(200)},
	"get-erasure":    {"", bossOf(200)},

	"get-home": {"", team(200)},

	"list-bans":             {"", team(200)},
	"get-ban":               {"", things(200)},
	"preview-ban":           {`{"chat":"{chat}"}`, things(200)},
	"make-ban":              {`{"chat":"{chat}","reason":"Rude","ends_at":0}`, things(201)}, // by hand: see the feature's tests
	"edit-ban":              {`{"reason":"Very rude"}`, bossOf(200)},
	"lift-ban":              {"", bossOf(200)},
	"lift-bans":             {`{"ids":["{ban}"]}`, bossOf(200)},
	"test-ban":              {"", team(422)}, // asks nothing
	"export-bans":           {"", boss(200)},
	"import-bans":           {"email,{ban}@x.example,Spam,never", boss(200)},
	"list-allowed-networks": {"", team(200)},
	"allow-network":         {`{"network":"everywhere"}`, boss(422)},
	"disallow-network":      {"", bossOf(204)},
	"get-property":          {"", team(200)},
	"change-property":       {`{"name":"Renamed","version":0}`, boss(409)}, // somebody was faster
	"list-members":          {"", team(200)},
	"change-member":         {`{"disabled":true}`, bossOf(200)},
	"remove-member":         {"", bossOf(204)},
	"list-invites":          {"", boss(200)},
	"invite":                {`{"email":"new@x.example","role":"agent"}`, boss(201)},
	"take-back-invite":      {"", bossOf(204)},

	"list-chats":     {"", team(200)},
	"get-chat":       {"", things(200)},
	"list-messages":  {"", things(200)},
	"send-message":   {`{"id":"once","text":"Hello"}`, things(200)},
	"join-chat":      {`{}`, things(200)},
	"leave-chat":     {`{}`, things(200)},
	"close-chat":     {`{}`, things(200)},
	"end-chat":       {`{}`, things(409)}, // always
	"invite-to-chat": {`{"agent":"{colleague}"}`, things(200)},
	"list-history":   {"", team(200)},

	"get-help":                {"", team(200)},
	"change-help":             {`{"version":0}`, boss(409)}, // somebody was faster
	"list-help-categories":    {"", team(200)},
	"make-help-category":      {`{"texts":{"en":{"name":"Another"}}}`, team(201)},
	"change-help-category":    {`{"icon":"x"}`, things(200)},
	"delete-help-category":    {"", bossOf(409)}, // an article is in it
	"list-articles":           {"", team(200)},
	"make-article":            {`{"title":"Another","markdown":"Words"}`, team(201)},
	"get-article":             {"", things(200)},
	"change-article":          {`{"audience":"agents"}`, things(200)},
	"delete-article":          {"", bossOf(204)},
	"save-article-text":       {`{"revision":1,"title":"Saved","description":"","markdown":"Words"}`, things(200)},
	"set-article-state":       {`{"state":"published","revision":1}`, things(200)}, // who may is a setting: see the feature's tests
	"list-article-versions":   {"", things(200)},
	"keep-article-version":    {`{"title":"Kept","description":"","markdown":"Words"}`, things(201)},
	"get-article-version":     {"", things(200)},
	"restore-article-version": {`{"revision":1}`, things(200)},
	"preview-article":         {`{"language":"en","title":"A","description":"","markdown":"Words","article":"{article}"}`, things(200)},
	"add-help-image":          {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, team(422)},
	"search-help":             {"", team(200)},
	"get-help-report":         {"", team(200)},
	"list-help-missing":       {"", team(200)},

	"list-tickets":   {"", team(200)},
	"get-ticket":     {"", things(200)},
	"change-ticket":  {`{"state":"closed","agent":"{colleague}"}`, things(200)},
	"update-visitor": {`{"name":"Mallory"}`, things(200)},
}

func TestEveryRouteOfTheAPIAndEveryRole(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, op := range w.node.Operations() {
		row, ok := operations[op.ID]
		if seen[op.ID] = true; !ok {
			t.Errorf("%s %s (%s) has no row", op.Method, op.Path, op.ID)
			continue
		}
		for role, want := range row.want {
			if want == 0 {
				continue
			}
			call := w.prepare(t, role)
			status, header, body := w.call(t, op.Method, call.fill(op.Path), call.cookie, call.fill(row.body), nil)
			if status != want {
				t.Errorf("%s %s as %s: %d, want %d\n%s", op.Method, op.Path, roles[role], status, want, body)
			}
			if role == disabled && op.Access != web.AccessPublic && op.Access != web.AccessLogin && !strings.Contains(body, web.ErrNoProperty.Code) {
				t.Errorf("%s as disabled: %s; want the answer for a property that is not there", op.ID, body)
			}
			if c := header.Get("Cache-Control"); c != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s as %s: Cache-Control %q, X-Content-Type-Options %q", op.ID, roles[role], c, header.Get("X-Content-Type-Options"))
			}
		}
	}
	for name := range operations {
		if !seen[name] {
			t.Errorf("the table has %s, which is no route any more", name)
		}
	}
}

func TestNoOtherSiteCanCallWithAnAgentsCookie(t *testing.T) {
	w := newWorld(t)
	mine := w.prepare(t, owner)
	for name, header := range map[string]http.Header{
		"another site":          {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"a neighbour's host":    {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://evil.shop.example"}},
		"an old browser":        {"Origin": {"https://evil.example"}},
		"a sandboxed frame":     {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"null"}},
		"another port":          {"Origin": {"http://127.0.0.1:1"}},
		"a form in plain text":  {"Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"text/plain"}},
		"a form as forms go":    {"Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"application/x-www-form-urlencoded"}},
		"the widget's own site": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://shop.example"}},
	} {
		for _, op := range w.node.Operations() {
			if op.Method == http.MethodGet || strings.HasPrefix(op.Path, help.PublicRoad) { // which means nothing by a cookie
				continue
			}
			status, _, body := w.call(t, op.Method, mine.fill(op.Path), mine.cookie, operations[op.ID].body, header)
			if status != http.StatusForbidden || !strings.Contains(body, web.ErrCrossOrigin.Code) {
				t.Errorf("%s from %s: %d %s; want 403", op.ID, name, status, body)
			}
		}
	}
	status, _, body := w.call(t, http.MethodPost, "/api/v1/login", "", "email=a%40x.example&password=x", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	if status != http.StatusUnsupportedMediaType {
		t.Errorf("a form was read as JSON: %d %s", status, body)
	}
	for _, op := range w.node.Operations() { // nobody else may read an answer either
		if op.Method == http.MethodGet {
			_, header, _ := w.call(t, op.Method, mine.fill(op.Path), mine.cookie, "", http.Header{"Origin": {"https://evil.example"}})
			if strings.HasPrefix(op.Path, help.PublicRoad) == (header.Get("Access-Control-Allow-Origin") == "") || header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s lets other origins read: %v", op.ID, header)
			}
		}
	}
}

// road is a route beside the API.
type road struct {
	method, path, body string
	upgrade            bool
	own                bool // with the dashboard's Origin
	want               statuses
	otherwise          int // also fine, where the front ends were not built
}

const (
	visitorRoad = "/api/v1/visitor/"
	agentRoad   = "/api/v1/agent/"
	hello       = `{"t":"hello","v":1,"property":"{property}","page":{"url":"https://shop.example/"}}`
	posted      = `{"stream":"x","hello":{"t":"attach","v":1,"property":"{property}"},"frames":[]}`
)

// beside has the routes beside the API by the words of the code that registers them.
var beside = map[string][]road{
	`"/api/"`: {
		{method: "GET", path: "/api/nothing", want: public(404)},
		{method: "GET", path: "/api/openapi.json", want: public(200)},
		{method: "POST", path: "/api/v1/me", own: true, want: public(405)},
	},
	`"GET " + path + "/socket"`: {
		{method: "GET", path: visitorRoad + "socket?property={property}", upgrade: true, want: public(101)},
		{method: "GET", path: visitorRoad + "socket?property=" + "0190a5a0-0000-7000-8000-000000000000", upgrade: true, want: public(404)},
		{method: "GET", path: visitorRoad + "socket", upgrade: true, want: public(404)},
		{method: "GET", path: visitorRoad + "socket?property={property}", want: public(426)},
		{method: "GET", path: agentRoad + "socket", upgrade: true, own: true, want: login(101)}, // hello names the property
		{method: "GET", path: agentRoad + "socket", upgrade: true, want: public(403)},           // from another site
	},
	`path + "/stream"`: {
		{method: "POST", path: visitorRoad + "stream?property={property}", body: hello, want: public(200)},
		{method: "GET", path: visitorRoad + "stream?property={property}", want: public(405)},
		{method: "POST", path: agentRoad + "stream", body: hello, own: true, want: login(200)},
		{method: "POST", path: agentRoad + "stream", body: hello, want: public(403)},
	},
	`path + "/frames"`: {
		{method: "POST", path: visitorRoad + "frames?property={property}", body: posted, want: public(200)},
		{method: "POST", path: visitorRoad + "frames?property={property}", body: "{}", want: public(422)},
		{method: "POST", path: agentRoad + "frames", body: posted, own: true, want: login(200)},
		{method: "POST", path: agentRoad + "frames", body: posted, want: public(403)},
	},
	`"/help/"`: {
		{method: "GET", path: "/help/", want: public(404)},
		{method: "GET", path: "/help/nothing/", want: public(404)},
		{method: "GET", path: "/help/assets/%2e%2e/http.go", want: public(404)},
		{method: "POST", path: "/help/nothing/message", body: "name=x", want: public(404)},
	},
	`"/api/v1/visitor/help/"`: {
		{method: "GET", path: visitorRoad + "help/search?property={property}", want: public(200)},
		{method: "OPTIONS", path: visitorRoad + "help/articles/x/vote", want: public(204)},
		{method: "GET", path: visitorRoad + "help/%2e%2e/%2e%2e/me", want: public(404)},
		{method: "POST", path: visitorRoad + "help/search", body: "{}", want: public(405)},
	},
	`"GET /pictures/{picture}"`: {{method: "GET", path: "/pictures/0190a5a0-0000-7000-8000-000000000000", want: public(404)}},
	`"GET /healthz"`:            {{method: "GET", path: "/healthz", want: public(200)}},
	`"GET /readyz"`:             {{method: "GET", path: "/readyz", want: public(200)}},
	`"GET /live/style.css"`:     {{method: "GET", path: "/live/style.css", want: public(200)}},
	`"GET /live/{property}"`: {
		{method: "GET", path: "/live/{property}", want: public(200)},
		{method: "GET", path: "/live/%22%3E%3Cscript%3E", want: public(404)},
	},
	`"GET /widget.js"`: {{method: "GET", path: "/widget.js", want: public(200), otherwise: 404}},
	`"GET /w/"`: {
		{method: "GET", path: "/w/gone.js", want: public(404)},
		{method: "GET", path: "/w/%2e%2e/manifest.json", want: public(404)},
		{method: "GET", path: "/w/%2e%2e/index.html", want: public(404)}, // it would have no policy
	},
	`"GET /assets/"`: {{method: "GET", path: "/assets/", want: public(404)}},
	`"GET /preview"`: {{method: "GET", path: "/preview", want: public(200), otherwise: 503}},
	`"/"`: {
		{method: "GET", path: "/", want: public(200), otherwise: 503},
		{method: "POST", path: "/", want: public(405)},
		{method: "GET", path: "/manifest.json", want: public(404)},
		{method: "GET", path: "/metrics", want: public(200), otherwise: 503}, // the dashboard: metrics have a listener of their own
		{method: "GET", path: "/debug/pprof/", want: public(200), otherwise: 503},
	},
}

func TestEveryOtherRouteAndEveryRole(t *testing.T) {
	w := newWorld(t)
	known := registered(t)
	for _, pattern := range known {
		if _, ok := beside[pattern]; !ok {
			t.Errorf("the route %s has no row", pattern)
		}
	}
	for pattern, list := range beside {
		if !slices.Contains(known, pattern) {
			t.Errorf("the table has %s, which is no route any more", pattern)
		}
		for _, r := range list {
			for role, want := range r.want {
				if want != 0 {
					w.walk(t, r, role, want)
				}
			}
		}
	}
}

func (w *world) walk(t *testing.T, r road, role, want int) {
	t.Helper()
	call := w.prepare(t, role)
	header := http.Header{"Origin": {"https://shop.example"}}
	if r.own {
		header.Set("Origin", w.node.URL)
	}
	if r.upgrade {
		header.Set("Connection", "Upgrade")
		header.Set("Upgrade", "websocket")
		header.Set("Sec-WebSocket-Version", "13")
		header.Set("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(make([]byte, 16)))
	}
	status, got, body := w.call(t, r.method, call.fill(r.path), call.cookie, call.fill(r.body), header)
	if status != want && (r.otherwise == 0 || status != r.otherwise) {
		t.Errorf("%s %s as %s: %d, want %d\n%s", r.method, r.path, roles[role], status, want, body)
	}
	if got.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%s %s lets other sites use cookies", r.method, r.path)
	}
	if strings.HasPrefix(got.Get("Content-Type"), "text/html") {
		if csp := got.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s %s is a page with the policy %q", r.method, r.path, csp)
		}
	}
	if strings.Contains(body, "parley_http_requests_total") || strings.Contains(body, "goroutine?") {
		t.Errorf("%s %s shows metrics or profiles", r.method, r.path)
	}
	// Who was let into the agents' road by a login is shown out by the hello for a property that is not theirs.
	if strings.HasPrefix(r.path, agentRoad+"frames") && want == http.StatusOK {
		shut := strings.Contains(body, `"code":4003`)
		if should := role == disabled || role == other; shut != should {
			t.Errorf("attach as %s: %s; shown out: %v, want %v", roles[role], body, shut, should)
		}
	}
}

// registered finds the patterns in the code that registers routes with a ServeMux.
func registered(t *testing.T) (patterns []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "metrics.go" { // another listener, which is off unless asked for
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if fn, ok := call.Fun.(*ast.SelectorExpr); ok && len(call.Args) == 2 && (fn.Sel.Name == "Handle" || fn.Sel.Name == "HandleFunc") {
				patterns = append(patterns, types.ExprString(call.Args[0]))
			}
			return true
		})
	}
	return patterns
}

// world is a server with two properties.
type world struct {
	*livetest.Server
	node *livetest.Node
	env  *testkit.Env

	shelf id.Category
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := livetest.Serve(t, testkit.SQLite(t), livetest.Options{})
	return &world{Server: s, node: s.Nodes[0], env: &testkit.Env{DB: s.Nodes[0].Database(), Clock: s.Clock}}
}

// call is one caller with things of their own to call about.
type call struct {
	cookie string
	fill   func(string) string
}

// prepare makes the caller of a role, and fresh things in the property for the call to be about.
func (w *world) prepare(t *testing.T, role int) call {
	t.Helper()
	c, at := call{}, w.Property
	switch role {
	case aVisitor:
		c.cookie = w.Visitor().Token
	case anAgent, disabled:
		c.cookie = w.hire(t, w.Property, actor.AgentRole, role == disabled)
	case admin:
		c.cookie = w.hire(t, w.Property, actor.Admin, false)
	case owner:
		c.cookie = w.hire(t, w.Property, actor.Owner, false)
	case other:
		c.cookie = w.hire(t, w.Other, actor.Owner, false)
	case crossed:
		c.cookie, at = w.hire(t, w.Other, actor.Owner, false), w.Other
	}
	c.fill = w.things(t, at)
	return c
}

// things fills in what a call is about: whatever its path and its body name is made when it is first named, and is then the same one.
func (w *world) things(t *testing.T, at id.Property) func(string) string {
	t.Helper()
	chat := sync.OnceValues(func() (id.Chat, id.Visitor) { return w.chat(t, w.Property) })
	invite := sync.OnceValues(func() (id.Invite, string) { return w.invitation(t) })
	member := sync.OnceValue(func() actor.Agent { return w.env.Agent(t, w.Property, actor.AgentRole, "Mia") })
	made := map[string]func() string{
		"{property}":  func() string { return string(at) },
		"{language}":  func() string { return "en" },
		"{number}":    func() string { return "1" },
		"{chat}":      func() string { c, _ := chat(); return string(c) },
		"{visitor}":   func() string { _, v := chat(); return string(v) },
		"{ticket}":    func() string { _, v := chat(); return string(w.ticket(t, v)) },
		"{invite}":    func() string { i, _ := invite(); return string(i) },
		"{token}":     func() string { _, link := invite(); return link },
		"{agent}":     func() string { return string(member().ID) },
		"{login}":     func() string { return string(w.env.Login(t, member()).Login) },
		"{colleague}": func() string { return string(w.env.Agent(t, at, actor.AgentRole, "Max").ID) },
		"{ban}":       func() string { return string(w.ban(t, member())) },
		"{network}":   func() string { return string(w.allowed(t, member())) },
		"{erasure}":   func() string { return string(w.erasure(t, member())) },
		"{article}":   func() string { return string(w.article(t, member())) },
		"{category}":  func() string { return string(w.category(t, member())) },
	}
	for name, create := range made {
		made[name] = sync.OnceValue(create)
	}
	return func(s string) string {
		for name, create := range made {
			if strings.Contains(s, name) {
				s = strings.ReplaceAll(s, name, create())
			}
		}
		return s
	}
}

// hire makes an agent with a login, and returns its token.
func (w *world) hire(t *testing.T, p id.Property, role actor.Role, off bool) string {
	t.Helper()
	a := w.env.Login(t, w.env.Agent(t, p, role, "Pat"))
	secret, hash := newToken()
	w.env.Exec(t, `UPDATE logins SET token_hash = $1 WHERE id = $2`, hash, a.Login)
	if off {
		w.env.Exec(t, `UPDATE memberships SET disabled_at = 1 WHERE agent_id = $1`, a.ID)
	}
	return secret
}

func newToken() (secret, hash string) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	secret = base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(secret))
	return secret, hex.EncodeToString(sum[:])
}

// ban bans an email address that nobody has.
func (w *world) ban(t *testing.T, by actor.Agent) id.Ban {
	t.Helper()
	by.Role = actor.Admin
	b, err := w.node.Bans.Make(t.Context(), by, ban.Draft{Email: string(by.ID) + "@x.example", Reason: "Spam"})
	if err != nil {
		t.Fatal(err)
	}
	return b.ID
}

// erasure erases a visitor, for the receipt.
func (w *world) erasure(t *testing.T, by actor.Agent) id.Erasure {
	t.Helper()
	_, v := w.chat(t, by.Property)
	r, err := w.node.Privacy.Erase(t.Context(), by, v)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// article begins an article with a version of other words.
func (w *world) article(t *testing.T, by actor.Agent) id.Article {
	t.Helper()
	a, err := w.node.Articles.Make(t.Context(), by, article.NewArticle{Title: "Article", Markdown: "Words"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.node.Articles.Keep(t.Context(), by, a.ID, "en", article.Save{Title: "Article", Markdown: "Other words"}); err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// category is a category with an article in it, so that nobody can delete it; one is enough for all.
func (w *world) category(t *testing.T, by actor.Agent) id.Category {
	t.Helper()
	if w.shelf != "" {
		return w.shelf
	}
	c, err := w.node.Articles.MakeCategory(t.Context(), by, article.CategoryPatch{Texts: map[string]article.CategoryText{"en": {Name: "Category"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.node.Articles.Make(t.Context(), by, article.NewArticle{Title: "Within", Category: c.ID}); err != nil {
		t.Fatal(err)
	}
	w.shelf = c.ID
	return c.ID
}

// allowed puts a network on the allow list that nobody comes from.
func (w *world) allowed(t *testing.T, by actor.Agent) id.Network {
	t.Helper()
	n, err := w.node.Bans.Allow(t.Context(), by, "2001:db8:"+string(by.ID[len(by.ID)-8:len(by.ID)-4])+":"+string(by.ID[len(by.ID)-4:])+"::/64", "")
	if err != nil {
		t.Fatal(err)
	}
	return n.ID
}

// chat makes a waiting chat of a new visitor.
func (w *world) chat(t *testing.T, p id.Property) (id.Chat, id.Visitor) {
	t.Helper()
	who := actor.Visitor{ID: id.New[id.Visitor](), Property: p, Address: "192.0.2.9"}
	ack, err := w.node.Chats.Say(t.Context(), who, chat.VisitorSay{ClientID: "first", Text: "Hello?"})
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Get[id.Chat](t, w.env, `SELECT chat_id FROM sessions WHERE id = $1`, ack.Session), who.ID
}

func (w *world) ticket(t *testing.T, v id.Visitor) id.Ticket {
	t.Helper()
	n := id.New[id.Ticket]()
	w.env.Exec(t, `
		INSERT INTO tickets (id, property_id, number, visitor_id, client_id, name, email, text, state, created_at)
		SELECT $1, $2, COALESCE(max(number), 0) + 1, $3, $1, 'Vi', 'vi@x.example', 'Help', 'open', 1 FROM tickets`, n, w.Property, v)
	return n
}

func (w *world) invitation(t *testing.T) (i id.Invite, link string) {
	t.Helper()
	link, hash := newToken()
	i = id.New[id.Invite]()
	now := w.Clock.Now().UnixMilli()
	w.env.Exec(t, `
		INSERT INTO invites (id, property_id, email, role, token_hash, invited_by, created_at, expires_at)
		VALUES ($1, $2, $3, 'agent', $4, $5, $6, $7)`, i, w.Property, string(i)+"@x.example", hash, w.Who(livetest.Ann).ID, now, now+3_600_000)
	return i, link
}

func (w *world) call(t *testing.T, method, path, cookie, body string, header http.Header) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.node.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" && json.Valid([]byte(body)) {
		req.Header.Set("Content-Type", "application/json")
	} else if body != "" {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	maps.Copy(req.Header, header)
	if cookie != "" {
		req.Header.Set("Cookie", web.Cookie+"="+cookie)
		req.Header.Set("Authorization", "Bearer "+cookie) // means nothing
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows nothing
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // as much as was needed is read
	if res.StatusCode == http.StatusSwitchingProtocols || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res.StatusCode, res.Header, "" // it would go on for ever
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(raw)
}
