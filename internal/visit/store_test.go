package visit_test

import (
	"log/slog"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/testkit"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// alone is a Service on a bus of its own, with nothing around it that tells it of chats.
func alone(t testing.TB, e *testkit.Env) *visit.Service {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return visit.New(visit.Options{
		DB: e.DB, Now: e.Clock.Now, Log: slog.New(slog.DiscardHandler), Bus: b, Settings: property.New(property.Options{DB: e.DB, Now: e.Clock.Now}),
		Visitors: &visitor.Service{DB: e.DB, Now: e.Clock.Now}, Chats: noChats{},
	})
}

func at(url string) visit.Arrival {
	return visit.Arrival{Page: wire.Page{URL: url, Title: "Shop"}, Language: "en", Address: "198.51.100.7"}
}

func TestVisitsAreCountedByHourInBatches(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, p, other := alone(t, e), e.Property(t), e.Property(t)
		hour := e.Clock.Now().Unix() / 3600
		row := func(p id.Property, hour int64) string {
			return testkit.Get[string](t, e, `SELECT COALESCE(MAX(visits || ' ' || pages || ' ' || most), 'none') FROM visit_counts WHERE property_id = $1 AND hour = $2`, p, hour)
		}
		ann, _, _ := s.Arrive(p, "ann", nil, at("https://shop.example/"), true)
		s.Arrive(p, "bob", nil, at("https://shop.example/"), true)
		s.View(p, ann, wire.Page{URL: "https://shop.example/two"})
		s.View(p, ann, wire.Page{URL: "https://shop.example/two", Title: "the same page"})
		s.Arrive(other, "eve", nil, at("https://other.example/"), true)
		if got := s.Unwritten(p, e.Clock.Now(), e.Clock.Now().Add(time.Minute)); len(got) != 1 || got[0] != (visit.Hour{Hour: hour, Visits: 2, Pages: 3, Most: 2}) {
			t.Errorf("not written yet: %+v", got)
		}
		flush(t, s)
		if got := row(p, hour) + ", " + row(other, hour); got != "2 3 2, 1 1 1" {
			t.Errorf("stored: %s", got)
		}
		s.Leave(p, ann, false)
		s.View(p, ann, wire.Page{URL: "https://shop.example/three"}) // a word that was late
		s.Arrive(p, "cid", nil, at("https://shop.example/"), true)
		flush(t, s)
		if got := row(p, hour); got != "3 5 3" {
			t.Errorf("stored on top: %s", got)
		}
		e.Clock.Advance(time.Hour)
		flush(t, s)
		if got := row(p, hour+1); got != "0 0 3" {
			t.Errorf("an hour in which nobody moved: %s, want those who were there", got)
		}
		if got := s.Unwritten(p, e.Clock.Now(), e.Clock.Now()); len(got) != 0 {
			t.Errorf("counted twice: %+v", got)
		}
	})
}

func flush(t *testing.T, s *visit.Service) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestACountThatCannotBeWrittenIsKept(t *testing.T) {
	e := testkit.SQLite(t)
	s, p := alone(t, e), e.Property(t)
	hour := e.Clock.Now().Unix() / 3600
	s.Arrive(p, "ann", nil, at("https://shop.example/"), true)
	e.Exec(t, `ALTER TABLE visit_counts RENAME TO away`)
	if err := s.Flush(t.Context()); err == nil {
		t.Fatal("written without a table")
	}
	e.Exec(t, `ALTER TABLE away RENAME TO visit_counts`)
	s.Arrive(p, "bob", nil, at("https://shop.example/"), true)
	flush(t, s)
	if got := testkit.Get[string](t, e, `SELECT visits || ' ' || pages || ' ' || most FROM visit_counts WHERE hour = $1`, hour); got != "2 2 2" {
		t.Errorf("stored: %s", got)
	}
}

func TestAVisitIsCountedWithItsVisitor(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, p := alone(t, e), e.Property(t)
		v := e.Visitor(t, p)
		visitors := &visitor.Service{DB: e.DB, Now: e.Clock.Now}
		arrive := func() *wire.Visit {
			s.Arrive(p, v.ID, nil, at("https://shop.example/"), true)
			row, err := visitors.Get(t.Context(), p, v.ID)
			if err != nil {
				t.Fatal(err)
			}
			s.Know(p, v.ID, visit.RowOf(row))
			s.Know(p, v.ID, visit.RowOf(row)) // another tab
			one, err := s.Visit(t.Context(), p, v.ID)
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
		first := e.Clock.Now().UnixMilli()
		if got := arrive(); got.Visits != 1 || got.LastVisit != 0 || got.Number == 0 {
			t.Errorf("the first visit: %+v", got)
		}
		flush(t, s)
		flush(t, s)
		s.Forget(p, v.ID)
		e.Clock.Advance(time.Hour)
		if got := arrive(); got.Visits != 2 || got.LastVisit != first {
			t.Errorf("the second visit: %+v", got)
		}
		flush(t, s)
		if n := testkit.Get[int](t, e, `SELECT visit_count FROM visitors WHERE id = $1`, v.ID); n != 2 {
			t.Errorf("%d visits are stored, want 2", n)
		}
	})
}

func TestARowThatIsMadeLaterTakesTheVisitsNumber(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, p := alone(t, e), e.Property(t)
		visitors := &visitor.Service{DB: e.DB, Now: e.Clock.Now, Number: s.Number}
		var seen []actor.Visitor
		for range 20 {
			who := actor.Visitor{ID: id.New[id.Visitor](), Property: p}
			seen = append(seen, who)
			s.Arrive(p, who.ID, nil, at("https://shop.example/"), true)
			s.Know(p, who.ID, nil)
			if n := s.Number(p, who.ID); n != 0 {
				t.Errorf("number %d, but nobody watches", n)
			}
		}
		c := new(screen)
		if err := s.Watch(t.Context(), c, p, wire.AgentVisitors{ID: "w", Size: 100}); err != nil {
			t.Fatal(err)
		}
		numbers := map[int64]bool{}
		for _, r := range c.last(t).Rows {
			numbers[r.Number] = true
		}
		if len(numbers) != 20 || numbers[0] {
			t.Errorf("the rows have the numbers %v", numbers)
		}
		for _, who := range append(seen, actor.Visitor{ID: id.New[id.Visitor](), Property: p}) {
			var made visitor.Visitor
			if err := e.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				made, err = visitors.Ensure(t.Context(), tx, who, visitor.Facts{})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if n := s.Number(p, who.ID); n != 0 && n != made.Number || n == 0 && numbers[made.Number] {
				t.Errorf("seen as %d, stored as %d", n, made.Number)
			}
		}
		news := testkit.Published(t, e, visitor.Made)
		if len(news) != 21 {
			t.Errorf("%d rows were told of, want 21", len(news))
		}
	})
}
