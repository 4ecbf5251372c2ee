package visitor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
	"parley/internal/visitor"
)

func ensure(t *testing.T, e *testkit.Env, s *visitor.Service, who actor.Visitor, f visitor.Facts) visitor.Visitor {
	t.Helper()
	var v visitor.Visitor
	if err := e.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		v, err = s.Ensure(t.Context(), tx, who, f)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVisitorsAreNumberedWithinTheirProperty(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := &visitor.Service{DB: e.DB, Now: e.Clock.Now, Node: "n1"}
		p, other := e.Property(t), e.Property(t)
		facts := visitor.Facts{
			Page: wire.Page{URL: "https://shop.example/", Title: "Shop"}, Browser: "Chrome", System: "Linux", Address: "198.51.100.7",
			Country: "DE", City: "Köln", Device: "desktop",
		}
		ann := actor.Visitor{ID: id.New[id.Visitor](), Property: p}
		for i, who := range []actor.Visitor{ann, {ID: id.New[id.Visitor](), Property: p}, {ID: id.New[id.Visitor](), Property: other}} {
			want := []int64{1, 2, 1}[i]
			if v := ensure(t, e, s, who, facts); v.Number != want {
				t.Errorf("visitor %d has number %d, want %d", i, v.Number, want)
			}
		}
		e.Clock.Advance(time.Minute)
		again := ensure(t, e, s, ann, facts)
		stored, err := s.Get(t.Context(), p, ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(again, stored); diff != "" || stored.Number != 1 || !stored.SeenAt.Equal(testkit.Start) {
			t.Errorf("nothing new was said, but the row changed: %+v\n%s", stored, diff)
		}
		if n := len(testkit.Published(t, e, visitor.Changed)); n != 0 {
			t.Errorf("%d changes were published, want none", n)
		}
		if _, err := s.Get(t.Context(), other, ann.ID); !errors.Is(err, visitor.ErrNotFound) {
			t.Errorf("another property's visitor: %v, want not found", err)
		}
	})
}

func TestWhatChangedIsStoredAndTold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := &visitor.Service{DB: e.DB, Now: e.Clock.Now, Node: "n1"}
		p := e.Property(t)
		ann := actor.Visitor{ID: id.New[id.Visitor](), Property: p}
		if err := s.Refresh(t.Context(), ann, visitor.Facts{Browser: "Chrome"}); err != nil {
			t.Fatalf("a visitor without a row: %v", err)
		}
		ensure(t, e, s, ann, visitor.Facts{Browser: "Chrome"})
		moved := visitor.Facts{Page: wire.Page{URL: "https://shop.example/b"}, Address: "203.0.113.9", Country: "NL", Device: "phone"}
		for range 2 {
			if err := s.Refresh(t.Context(), ann, moved); err != nil {
				t.Fatal(err)
			}
		}
		agent := actor.Agent{ID: id.New[id.Agent](), Property: p}
		name, email, none := " Ann Lee ", "ann@example.com", ""
		if _, err := s.Update(t.Context(), agent, ann.ID, &name, &email); err != nil {
			t.Fatal(err)
		}
		v, err := s.Update(t.Context(), agent, ann.ID, nil, &none)
		if err != nil || v.Facts.Name != "Ann Lee" || v.Facts.Email != "" || v.Facts.Page.URL != moved.Page.URL ||
			v.Facts.Country != "NL" || v.Facts.Device != "phone" || v.Facts.Browser != "Chrome" {
			t.Errorf("Update = %+v, %v", v, err)
		}
		want := []visitor.Change{
			{Visitor: ann.ID, Node: "n1"}, {Visitor: ann.ID, Node: "n1", Name: true, Email: true}, {Visitor: ann.ID, Node: "n1", Email: true},
		}
		if diff := cmp.Diff(want, testkit.Published(t, e, visitor.Changed)); diff != "" {
			t.Error(diff)
		}
		stranger := actor.Agent{ID: agent.ID, Property: e.Property(t)}
		if _, err := s.Update(t.Context(), stranger, ann.ID, &name, nil); !errors.Is(err, visitor.ErrNotFound) {
			t.Errorf("another property's agent: %v, want not found", err)
		}
		bad := "not an address"
		if _, err := s.Update(t.Context(), agent, ann.ID, nil, &bad); !errors.Is(err, visitor.ErrEmail) {
			t.Errorf("a bad address: %v", err)
		}
	})
}

func TestEveryNodeLoadsTheSameKey(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		v, p := id.New[id.Visitor](), id.New[id.Property]()
		loaded := make(chan visitor.Tokens, 4)
		for range cap(loaded) {
			go func() {
				k, err := visitor.LoadTokens(t.Context(), e.DB)
				if err != nil {
					t.Error(err)
				}
				loaded <- k
			}()
		}
		first := <-loaded
		token := first.Make(v, p, testkit.Start)
		for range cap(loaded) - 1 {
			other := <-loaded
			if _, ok := other.Check(token, p, testkit.Start); !ok {
				t.Error("two nodes have different keys")
			}
		}
		e.Exec(t, `UPDATE installation SET value = 'x' WHERE name = 'visitor_key'`)
		if _, err := visitor.LoadTokens(t.Context(), e.DB); err == nil {
			t.Error("a damaged key was taken: every visitor would be forgotten")
		}
	})
}
