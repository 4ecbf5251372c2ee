package app_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/internal/article"
	"parley/internal/help"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/web"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// The routes that anybody may call and that are no way to write to a team.
var noWayIn = map[string]string{
	"check-setup": "for the first owner", "setup": "for the first owner", "log-in": "for agents",
	"get-invite": "for agents to be", "accept-invite": "for agents to be",
	"find-help": "read only: the help centre stays readable", "read-help": "read only",

	`"/api/"`: "every route of it is looked at by itself", `"GET /pictures/{picture}"`: "read only", `"GET /healthz"`: "read only", `"GET /readyz"`: "read only",
	`"GET /live/style.css"`: "read only", `"GET /live/{property}"`: "read only: the site stays readable", `"GET /widget.js"`: "read only", `"GET /w/"`: "read only",
	`"GET /assets/"`: "read only", `"GET /preview"`: "read only", `"/"`: "read only", `"GET /metrics"`: "on a listener of its own",
}

// waysIn are the routes by which a visitor can write; each is tried below.
var waysIn = []string{`"GET " + path + "/socket"`, `path + "/stream"`, `path + "/frames"`, `"/help/"`, `"/api/v1/visitor/help/"`, "vote-help"}

func TestEveryPublicRouteIsAWayInOrNone(t *testing.T) {
	w := newWorld(t)
	for _, op := range w.node.Operations() {
		if _, ok := noWayIn[op.ID]; op.Access == web.AccessPublic && !ok && !slices.Contains(waysIn, op.ID) {
			t.Errorf("the public route %s %s (%s): is it a way in? Then it has to ask for bans, and be tried here.", op.Method, op.Path, op.ID)
		}
	}
	for _, pattern := range registered(t) {
		if _, ok := noWayIn[pattern]; !ok && !slices.Contains(waysIn, pattern) && !strings.Contains(pattern, "/debug/pprof/") {
			t.Errorf("the route %s: is it a way in? Then it has to ask for bans, and be tried here.", pattern)
		}
	}
}

// banKind is one kind of ban: where the visitor is, what they gave, and what the ban covers.
type banKind struct {
	name, address, email string
	neighbour            string                                   // the address of somebody whom it must not hit
	cover                func(v *livetest.Visitor) map[string]any // of POST …/bans
}

func covers(field, value string) func(*livetest.Visitor) map[string]any {
	return func(*livetest.Visitor) map[string]any { return map[string]any{field: value} }
}

var banKinds = []banKind{
	{"visitor", "198.51.100.1", "", "198.51.100.1", func(v *livetest.Visitor) map[string]any { return map[string]any{"visitor": v.ID} }},
	{"visitor and address", "198.51.100.2", "", "198.51.100.3", func(v *livetest.Visitor) map[string]any {
		return map[string]any{"visitor": v.ID, "address": true}
	}},
	{"address", "198.51.100.7", "", "198.51.100.8", covers("network", "198.51.100.7")},
	{"address in IPv6", "::ffff:198.51.100.9", "", "198.51.100.8", covers("network", "198.51.100.9")},
	{"household", "2001:db8:1:2::5", "", "2001:db8:1:3::5", covers("network", "2001:db8:1:2:ffff::77")},
	{"range", "203.0.113.200", "", "203.0.112.200", covers("network", "203.0.113.0/24")},
	{"range of IPv6", "2001:db8:aa:1::1", "", "2001:db8:ab::1", covers("network", "2001:db8:aa::/48")},
	{"email address", "192.0.2.1", "mallory@x.example", "192.0.2.1", covers("email", "Mallory@X.example")},
	{"domain", "192.0.2.2", "anybody@bad.example", "192.0.2.2", covers("domain", "bad.example")},
}

// tries are the ways in for one visitor; each answers whether it was shut.
func tries(t *testing.T, w *world, v *livetest.Visitor) map[string]func() bool {
	t.Helper()
	all := map[string]func() bool{}
	for name, road := range map[string]livetest.Road{"socket": livetest.WebSocket, "stream": livetest.Fallback} {
		all[name] = func() bool {
			tab := v.Tab()
			tab.Road = road
			switch code := tab.Knock(); code {
			case 0:
				tab.Cut()
				return false
			case wire.CloseBanned:
				if tab.Saw("welcome")+tab.Saw("team")+tab.Saw("error") > 0 {
					t.Errorf("%s: a banned visitor was told something", name)
				}
				return true
			default:
				t.Errorf("%s: closed with %d", name, code)
				return true
			}
		}
	}
	for name, f := range visitorFrames {
		all["frame "+name] = func() bool { return w.post(t, v, name, f) }
	}
	base, read := w.help(t)
	all["vote on the help centre's page"] = func() bool {
		return w.form(t, v, base+"/a/oven/vote", url.Values{"helpful": {"yes"}})
	}
	all["form of the help centre"] = func() bool {
		return w.form(t, v, base+"/message", url.Values{"id": {rand.Text()}, "name": {"Vi"}, "email": {"vi@x.example"}, "text": {"Hello?"}})
	}
	all["vote in the panel"] = func() bool {
		body := fmt.Sprintf(`{"property":%q,"token":%q,"helpful":false,"missing":"All of it"}`, w.Property, v.Token)
		status, _, answer := w.call(t, http.MethodPost, help.PublicRoad+"articles/"+string(read)+"/vote", "", body, http.Header{"X-Forwarded-For": {v.Address}, "Content-Type": {"text/plain"}})
		if shut := status == http.StatusForbidden && strings.Contains(answer, `"visitor.banned"`); shut || status == http.StatusOK {
			return shut
		}
		t.Errorf("vote in the panel: %d %s", status, answer)
		return false
	}
	return all
}

// help makes an article, and answers where the help centre's pages are.
func (w *world) help(t *testing.T) (base string, written id.Article) {
	t.Helper()
	site, err := w.node.Articles.SiteOf(t.Context(), w.Property)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.node.Articles.Import(t.Context(), w.Who(livetest.Ann), []article.Incoming{{
		Language: site.Language, Slug: "oven", Title: "Oven", Markdown: "Yes.", State: article.Published, Audience: article.Public,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return "/help/" + site.Slug, list[0].Article
}

// form sends a form of the help centre's pages as the visitor's browser does. Whoever is banned is told so, and reads on.
func (w *world) form(t *testing.T, v *livetest.Visitor, path string, fields url.Values) bool {
	t.Helper()
	header := http.Header{
		"X-Forwarded-For": {v.Address}, "Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"},
		"User-Agent": {livetest.Browser}, "Cookie": {"parley_" + string(w.Property) + "=" + v.Token},
	}
	status, _, answer := w.call(t, http.MethodPost, path, "", fields.Encode(), header)
	page := path[:strings.LastIndex(path, "/")+1]
	if article, ok := strings.CutSuffix(path, "/vote"); ok {
		page = article
	}
	if read, _, _ := w.call(t, http.MethodGet, page, "", "", header); read != http.StatusOK {
		t.Errorf("%s cannot be read: %d", page, read)
	}
	if status != http.StatusForbidden && status != http.StatusSeeOther {
		t.Errorf("%s: %d %s", path, status, answer)
	}
	return status == http.StatusForbidden
}

// post sends one frame on the road that works without a connection.
func (w *world) post(t *testing.T, v *livetest.Visitor, name string, f frame) bool {
	t.Helper()
	fill := strings.NewReplacer("{session}", string(v.Session().ID), "{property}", string(w.Property))
	hello, err := json.Marshal(map[string]any{"t": "attach", "v": 1, "property": w.Property, "token": v.Token})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"stream":"x","hello":%s,"frames":[%s]}`, hello, fill.Replace(string(write(name, f))))
	status, _, answer := w.call(t, http.MethodPost, visitorRoad+"frames?property="+string(w.Property), "", body, http.Header{"X-Forwarded-For": {v.Address}})
	switch {
	case status == http.StatusForbidden && strings.Contains(answer, `"visitor.banned"`), strings.Contains(answer, `"code":4002`):
		if strings.Contains(answer, `"ack"`) {
			t.Errorf("%s: %s", name, answer)
		}
		return true
	case status != http.StatusOK:
		t.Errorf("%s: %d %s", name, status, answer)
	}
	return false
}

// stored counts all that visitors can leave behind.
func (w *world) stored(t *testing.T) string {
	t.Helper()
	return testkit.Get[string](t, w.env, `
		SELECT (SELECT count(*) FROM messages WHERE sender = 'visitor') || ' messages, ' || (SELECT count(*) FROM sessions) || ' sessions, ' ||
			(SELECT count(*) FROM tickets) || ' tickets, ' || (SELECT count(*) FROM article_votes) || ' votes'`)
}

func TestEveryWayInAndEveryKindOfBan(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := &world{Server: s, node: s.Nodes[0], env: &testkit.Env{DB: s.Nodes[0].Database(), Clock: s.Clock}}
		for _, kind := range banKinds {
			t.Run(kind.name, func(t *testing.T) { tryKind(t, w, kind) })
		}
	})
}

func tryKind(t *testing.T, w *world, kind banKind) {
	v := livetest.NewVisitor(t, w.URL(), w.Property)
	v.Address = kind.address
	v.Connect()
	v.Send("Hello?")
	began := v.Session().ID
	other := livetest.NewVisitor(t, w.URL(), w.Property)
	other.Address = kind.neighbour
	other.Connect()
	stream := v.Tab()
	stream.Road = livetest.Fallback
	stream.Connect()
	every(t, "before", tries(t, w, v), false)
	v.Send("in a chat")
	if kind.email != "" { // the form above left another one
		if status := w.Call(livetest.Ann, http.MethodPatch, w.Path("/visitors/"+string(v.ID)), map[string]any{"email": kind.email}, nil); status != http.StatusOK {
			t.Fatalf("give an email address: %d", status)
		}
	}

	ban := w.Ban(livetest.Ann, kind.cover(v))
	for name, open := range map[string]*livetest.Visitor{"socket": v, "stream": stream} {
		if code := open.AwaitClose(); code != wire.CloseBanned {
			t.Errorf("the open %s closed with %d", name, code)
		}
	}
	before := w.stored(t)
	every(t, "banned", tries(t, w, v), true)
	if now := w.stored(t); now != before {
		t.Errorf("something of a banned visitor was stored: %s, before %s", now, before)
	}
	if n := testkit.Get[int](t, w.env, `SELECT count(*) FROM sessions WHERE visitor_id = $1 AND state = 'active'`, v.ID); n != 0 {
		t.Error("a banned visitor is in a session")
	}
	other.Send("I am somebody else")

	w.Lift(ban)
	if code := v.Knock(); code != 0 {
		t.Fatalf("lifted, but closed with %d", code)
	}
	v.Send("Hello again")
	if v.Session().ID == began {
		t.Error("the session goes on that the ban has ended")
	}
	every(t, "lifted", tries(t, w, v), false)
}

func every(t *testing.T, when string, ways map[string]func() bool, want bool) {
	t.Helper()
	for name, shut := range ways {
		if got := shut(); got != want {
			t.Errorf("%s, %s: shut %v, want %v", when, name, got, want)
		}
	}
}

// An open socket asks with every frame; here its visitor is banned without that anybody looks at the socket.
func TestEveryFrameOfAnOpenSocketAsks(t *testing.T) {
	w := newWorld(t)
	w.Ban(livetest.Ann, map[string]any{"email": "mallory@x.example"})
	for i, name := range frameNames() {
		v := livetest.NewVisitor(t, w.URL(), w.Property)
		v.Address = "192.0.2.7"
		v.Connect()
		v.Send("Hello?")
		// Behind the server's back: a change through it would show the visitor out at once.
		if n := w.env.Exec(t, `UPDATE visitors SET email = 'mallory@x.example' WHERE id = $1`, v.ID); n != 1 {
			t.Fatalf("gave an email address to %d visitors", n)
		}
		// Any change makes connections ask again.
		w.Ban(livetest.Ann, map[string]any{"network": fmt.Sprintf("198.51.100.%d", i+1)})
		f := visitorFrames[name]
		before := w.stored(t)
		raw := []byte(strings.NewReplacer("{session}", string(v.Session().ID), "{property}", string(w.Property), `"v":1`, `"v":1,"token":"`+v.Token+`"`).Replace(string(write(name, f))))
		v.TellRaw(raw)
		if f.answer {
			if e := livetest.As[wire.Error](t, v.Answer(key(t, raw))); e.Code != "visitor.banned" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if code := v.AwaitClose(); code != wire.CloseBanned {
			t.Errorf("%s: closed with %d", name, code)
		}
		if now := w.stored(t); now != before {
			t.Errorf("%s was stored: %s, before %s", name, now, before)
		}
	}
}

func frameNames() (names []string) {
	for name := range visitorFrames {
		names = append(names, name)
	}
	return names
}

func TestAFormIsRefusedByTheEmailAddressThatIsTyped(t *testing.T) {
	w := newWorld(t)
	w.Ban(livetest.Ann, map[string]any{"domain": "bad.example"})
	v := w.Visitor()
	ticket := func(email string) wire.VisitorTicket {
		return wire.VisitorTicket{T: "ticket", ID: livetest.NewID(), Name: "Mal", Email: email, Text: "Buy this"}
	}
	bad := ticket("Mal@BAD.example")
	if e := v.Refused(bad.ID, bad); e.Code != "visitor.banned" {
		t.Errorf("%+v", e)
	}
	if code := v.AwaitClose(); code != wire.CloseBanned {
		t.Errorf("closed with %d", code)
	}
	if n := testkit.Get[int](t, w.env, `SELECT count(*) FROM tickets`); n != 0 {
		t.Error("the form was stored")
	}
	// The address is remembered: a new page is no way round. For somebody else the form is open.
	if code := v.Knock(); code != wire.CloseBanned {
		t.Errorf("came back: %d", code)
	}
	other, good := w.Visitor(), ticket("mal@good.example")
	other.Ack(good.ID, good)
}

// A visitor-only ban can be got round by being somebody else; a ban of the address cannot.
func TestANewVisitorGetsRoundABanOfTheVisitorOnly(t *testing.T) {
	w := newWorld(t)
	v := livetest.NewVisitor(t, w.URL(), w.Property)
	v.Address = "198.51.100.1"
	v.Connect()
	v.Send("Hello?")
	w.Ban(livetest.Ben, map[string]any{"visitor": v.ID}) // agents may
	v.AwaitClose()
	fresh := func() int {
		again := livetest.NewVisitor(t, w.URL(), w.Property)
		again.Address = v.Address
		return again.Knock()
	}
	if code := fresh(); code != 0 {
		t.Errorf("somebody else on the same address: closed with %d", code)
	}
	w.Ban(livetest.Ben, map[string]any{"visitor": v.ID, "address": true})
	if code := fresh(); code != wire.CloseBanned {
		t.Errorf("the address is banned, but: %d", code)
	}
}

// The allow list wins, and who was here because of it alone goes when it ends.
func TestTheAllowListKeepsTheDoorOpen(t *testing.T) {
	w := newWorld(t)
	v := livetest.NewVisitor(t, w.URL(), w.Property)
	v.Address = "203.0.113.5"
	v.Connect()
	v.Send("Hello?")
	var allowed struct {
		ID id.Network `json:"id"`
	}
	if status := w.Call(livetest.Ann, http.MethodPost, w.Path("/allowed-networks"), map[string]any{"network": "203.0.113.5", "note": "the office"}, &allowed); status != http.StatusCreated {
		t.Fatalf("allow: %d", status)
	}
	w.env.Exec(t, `INSERT INTO bans (id, property_id, network, reason, search, made_by, made_at, changed_at) VALUES ($1, $2, '203.0.113.0/24', 'r', '', $3, $4, $4)`,
		id.New[id.Ban](), w.Property, w.Who(livetest.Ann).ID, w.Clock.Now().UnixMilli())
	if err := w.node.Bans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := livetest.NewVisitor(t, w.URL(), w.Property)
	other.Address = "203.0.113.6"
	if code := other.Knock(); code != wire.CloseBanned {
		t.Errorf("a neighbour is not on the list, but: %d", code)
	}
	v.Send("still here")
	if status := w.Call(livetest.Ann, http.MethodDelete, w.Path("/allowed-networks/"+string(allowed.ID)), nil, nil); status >= http.StatusMultipleChoices {
		t.Fatalf("take it off: %d", status)
	}
	if code := v.AwaitClose(); code != wire.CloseBanned {
		t.Errorf("off the list, but closed with %d", code)
	}
}
