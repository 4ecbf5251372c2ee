package property

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
	"parley/internal/testkit"
)

func create(t *testing.T, e *testkit.Env, s *Service, name string) id.Property {
	t.Helper()
	var p id.Property
	err := e.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		p, err = s.Create(t.Context(), tx, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPropertyIsStoredChangedAndNotOverwritten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := New(Options{DB: e.DB, Now: e.Clock.Now})
		p := create(t, e, s, " Shop ")
		who := actor.Agent{Property: p, Role: actor.Owner}
		got, err := s.Get(t.Context(), p)
		if d := cmp.Diff(Property{ID: p, Name: "Shop", Settings: Defaults("Shop"), Version: 1}, got); d != "" || err != nil {
			t.Fatal(d, err)
		}
		name, colour, domains := "Books", "#ABCDEF", []string{"Bücher.example"}
		next, err := s.Change(t.Context(), who, 1, &name, Patch{Colour: &colour, AllowedDomains: &domains})
		if err != nil || next.Version != 2 || next.Settings.Colour != "#abcdef" || next.Settings.AllowedDomains[0] != "xn--bcher-kva.example" {
			t.Fatalf("%+v, %v", next, err)
		}
		if got, _ = s.Get(t.Context(), p); cmp.Diff(next, got) != "" {
			t.Errorf("whoever changed it reads %+v", got)
		}
		if ev := testkit.Published(t, e, Changed); len(ev) != 1 || ev[0].Property != p {
			t.Errorf("events %+v", ev)
		}
		e.Forget()
		if _, err := s.Change(t.Context(), who, 1, &name, Patch{}); !errors.Is(err, ErrChanged) {
			t.Errorf("a stale change: %v", err)
		}
		bad := 1
		if _, err := s.Change(t.Context(), who, 2, nil, Patch{TimeoutMinutes: &bad}); !errors.Is(err, ErrTimeout) {
			t.Errorf("a wrong change: %v", err)
		}
		if len(e.Events()) != 0 {
			t.Error("a refused change was published")
		}
		for _, unknown := range []id.Property{"", "x", id.New[id.Property]()} {
			if _, err := s.Settings(t.Context(), unknown); !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v", unknown, err)
			}
		}
	})
}

func TestSettingsStoredByAnOlderVersionHaveTheDefaultsOfWhatIsNew(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := New(Options{DB: e.DB, Now: e.Clock.Now})
		got, err := s.Settings(t.Context(), e.Property(t)) // its row knows nothing of privacy
		if err != nil {
			t.Fatal(err)
		}
		if got.MaskAddresses || !got.PageTrail || !got.RespectDNT || got.RequireConsent || got.ChatDays != 0 || got.VisitDays != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTwoWritersOfOneVersionOneWins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := New(Options{DB: e.DB, Now: e.Clock.Now})
		p := create(t, e, s, "Shop")
		err := e.DB.Write(t.Context(), func(tx *db.Tx) error {
			was, err := find(t.Context(), tx, p)
			if err != nil {
				return err
			}
			next := was
			next.Version++
			if err := update(t.Context(), tx, next); err != nil {
				return err
			}
			return update(t.Context(), tx, next) // the second read the same version
		})
		if !errors.Is(err, ErrChanged) {
			t.Errorf("got %v", err)
		}
	})
}

func TestMemoryFollowsTheNewsAndRunsOut(t *testing.T) {
	e := testkit.SQLite(t)
	b, err := bus.Open(t.Context(), bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	here, there := New(Options{DB: e.DB, Now: e.Clock.Now}), New(Options{DB: e.DB, Now: e.Clock.Now})
	there.Subscribe(b)
	heard := make(chan Change, 1)
	bus.On(b, Changed, func(_ id.Property, c Change) { heard <- c })
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	p := create(t, e, here, "Shop")
	who := actor.Agent{Property: p}
	name := func(s *Service) string {
		t.Helper()
		got, err := s.Get(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return got.Name
	}
	first, second, third := "Shop", "Books", "Tea"
	if name(there) != first {
		t.Fatal("not loaded")
	}
	if _, err := here.Change(t.Context(), who, 1, &second, Patch{}); err != nil {
		t.Fatal(err)
	}
	if got := name(there); got != first {
		t.Fatalf("the other node asks the database each time: %q", got)
	}
	b.Publish(e.Events())
	<-heard
	if got := name(there); got != second {
		t.Errorf("after the news: %q", got)
	}
	if _, err := here.Change(t.Context(), who, 2, &third, Patch{}); err != nil {
		t.Fatal(err)
	}
	e.Clock.Advance(keepFor) // the news of it was lost
	if got := name(there); got != third {
		t.Errorf("after a minute: %q", got)
	}
}

// people is who asks in the tests of the routes: the token says which role, in which property.
type people map[string]actor.Agent

func (p people) Login(_ context.Context, token string) (actor.Login, error) {
	who, ok := p[token]
	if !ok {
		return actor.Login{}, errs.New(errs.Unauthorized, "login.required", "")
	}
	return actor.Login{Agent: who.ID}, nil
}

func (p people) Member(_ context.Context, a id.Agent, in id.Property) (actor.Role, error) {
	for _, who := range p {
		if who.ID == a && who.Property == in {
			return who.Role, nil
		}
	}
	return "", errs.New(errs.NotFound, "agent.not_found", "")
}

func TestRoutesByRole(t *testing.T) {
	e := testkit.SQLite(t)
	s := New(Options{DB: e.DB, Now: e.Clock.Now, BaseURL: "https://chat.example"})
	p, other := create(t, e, s, "Shop"), create(t, e, s, "Other")
	a := web.New(web.Options{Now: e.Clock.Now, Auth: people{
		"owner": {ID: "1", Property: p, Role: actor.Owner}, "admin": {ID: "2", Property: p, Role: actor.Admin},
		"agent": {ID: "3", Property: p, Role: actor.AgentRole}, "stranger": {ID: "4", Property: other, Role: actor.Owner},
	}})
	s.Routes(a)
	call := func(method, who, body string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1/properties/"+string(p), strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if who != "" {
			r.AddCookie(&http.Cookie{Name: web.Cookie, Value: who})
		}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		answer, _ := io.ReadAll(w.Result().Body)
		return w.Code, string(answer)
	}
	for _, tt := range []struct {
		method, who, body string
		want              int
		says              string
	}{
		{"GET", "", "", 401, "login.required"},
		{"GET", "stranger", "", 404, "property.not_found"},
		{"GET", "agent", "", 200, `"snippet":"<script async src=`},
		{"GET", "admin", "", 200, `"version":1`},
		{"PATCH", "", `{"version":1}`, 401, "login.required"},
		{"PATCH", "stranger", `{"version":1}`, 404, "property.not_found"},
		{"PATCH", "agent", `{"version":1}`, 403, "property.not_manager"},
		{"PATCH", "owner", `{"version":1,"settings":{"colour":"#112233"}}`, 200, `"colour":"#112233"`},
		{"PATCH", "admin", `{"version":1,"settings":{"colour":"#445566"}}`, 409, "property.changed"},
		{"PATCH", "admin", `{"version":2,"settings":{"colour":"blue"}}`, 422, `"field":"settings.colour"`},
		{"PATCH", "admin", `{"version":2,"settings":{"colur":"#112233"}}`, 422, `"field":"settings.colur"`},
		{"PATCH", "admin", `{"version":2,"settings":{"timeout_minutes":"20"}}`, 422, `"field":"settings.timeout_minutes"`},
		{"PATCH", "admin", `{"version":2,"settings":{"chat_days":3651}}`, 422, `"field":"settings.chat_days"`},
		{"PATCH", "admin", `{"version":2,"name":""}`, 422, `"field":"name"`},
		{"PATCH", "admin", `{"settings":{}}`, 422, `version`},
		{"PATCH", "admin", `{"version":2,"name":"Books","settings":{"greeting":{"online":"Hello"},"allowed_domains":["a.example"]}}`, 200, `"version":3`},
	} {
		if got, answer := call(tt.method, tt.who, tt.body); got != tt.want || !strings.Contains(answer, tt.says) {
			t.Errorf("%s as %q %s: %d %s; want %d with %s", tt.method, tt.who, tt.body, got, answer, tt.want, tt.says)
		}
	}
	// What GET gives can be sent back whole.
	_, answer := call("GET", "owner", "")
	var v struct {
		Settings json.RawMessage `json:"settings"`
		Version  int64           `json:"version"`
	}
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(v)
	if got, answer := call("PATCH", "owner", string(body)); got != 200 {
		t.Errorf("the whole settings sent back: %d %s", got, answer)
	}
}

func TestListIsOfOnesOwnProperties(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := New(Options{DB: e.DB, Now: e.Clock.Now})
		p := e.Property(t)
		e.Property(t)
		ana := e.Agent(t, p, actor.AgentRole, "Ana")
		list, err := s.List(t.Context(), ana.ID)
		if err != nil || len(list) != 1 || list[0].ID != p || list[0].Settings.Timeout() != 20*time.Minute {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
