package visit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
	"parley/internal/testkit"
	"parley/internal/visit"
)

type noChats struct{}

func (noChats) OpenChats(context.Context, id.Property) ([]visit.Chat, error) { return nil, nil }

// screen is a dashboard without a connection: it keeps what it is sent.
type screen struct {
	mu     sync.Mutex
	frames []*hub.Frame
	behind bool
}

func (s *screen) Send(f *hub.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, f)
}

func (s *screen) Behind() bool { return s.behind }
func (s *screen) Over() bool   { return false }

// last is the window's last frame, with the rows of all.
func (s *screen) last(t testing.TB) (f wire.VisitorsFrame) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []wire.VisitRow
	for _, raw := range s.frames {
		f = wire.VisitorsFrame{}
		if err := json.Unmarshal(raw.Text(), &f); err != nil {
			t.Fatal(err)
		}
		if len(raw.Text()) > 20_000 {
			t.Errorf("a frame of %d bytes", len(raw.Text()))
		}
		rows = append(rows, f.Rows...)
	}
	f.Rows = rows
	return f
}

// crowd puts n visitors on a property's site, as different as people are.
func crowd(s *visit.Service, p id.Property, n int) {
	agents := []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
	}
	countries := []string{"DE", "NL", "FR", "GB", "US", "JP", "BR", "IN", "SA", "EG", "ES", "IT"}
	for i := range n {
		v := id.Visitor(fmt.Sprintf("0193a0f0-0000-7000-8000-%012d", i))
		s.Arrive(p, v, nil, visit.Arrival{
			Page:     wire.Page{URL: fmt.Sprintf("https://shop.example/things/%d", i*i%997), Title: fmt.Sprintf("Thing %d of the shop", i*i%997), Referrer: fmt.Sprintf("https://site%d.example/", i%40)},
			Language: "en-GB", TimeZone: "Europe/London", UserAgent: agents[i%3], Address: fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255),
			Country: countries[i%12], Idle: i%5 == 0,
		}, true)
		s.Know(p, v, nil)
	}
}

// BenchmarkFirstPage is what an agent waits for who opens the list with 19,000 visitors on the site.
func BenchmarkFirstPage(b *testing.B) {
	e := testkit.SQLite(b)
	for _, n := range []int{1000, 5000, 10_000, 19_000} {
		for name, f := range map[string]wire.AgentVisitors{
			"state": {}, "name grouped by page": {Sort: wire.SortName, Group: wire.SortPage}, "found": {Sort: wire.SortPage, Filter: wire.VisitFilter{Text: "thing 88"}},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				s, p := alone(b, e), e.Property(b)
				crowd(s, p, n)
				f.ID, f.Size = "w", 60
				b.ResetTimer()
				for range b.N {
					c := new(screen)
					if err := s.Watch(b.Context(), c, p, f); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					if got := c.last(b); len(got.Order) == 0 {
						b.Fatalf("%+v", got)
					}
					s.Gone(c)
					b.StartTimer()
				}
			})
		}
	}
}

// patience is how long a test waits for what must happen. It is reached only when a test fails.
const patience = 15 * time.Second

// next waits for the next frame of a running service; at most one comes a second.
func (s *live) next(t *testing.T) wire.VisitorsFrame {
	t.Helper()
	select {
	case raw := <-s.frames:
		var f wire.VisitorsFrame
		if err := json.Unmarshal(raw.Text(), &f); err != nil {
			t.Fatal(err)
		}
		if len(raw.Text()) > 20_000 {
			t.Errorf("a frame of %d bytes", len(raw.Text()))
		}
		return f
	case <-time.After(patience):
		t.Fatal("no frame came")
	}
	return wire.VisitorsFrame{}
}

// live is a dashboard of a service that runs.
type live struct {
	frames chan *hub.Frame
	behind atomic.Bool
	over   atomic.Bool
}

func (s *live) Send(f *hub.Frame) { s.frames <- f }
func (s *live) Behind() bool      { return s.behind.Load() }
func (s *live) Over() bool        { return s.over.Load() }

// running is a service whose loops run, and a dashboard.
func running(t *testing.T) (*visit.Service, id.Property, *live) {
	t.Helper()
	e := testkit.SQLite(t)
	s, p := alone(t, e), e.Property(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, p, &live{frames: make(chan *hub.Frame, 64)}
}

func TestOnlyChangedRowsAreSentAgain(t *testing.T) {
	s, p, c := running(t)
	crowd(s, p, 30)
	watch := func(f wire.AgentVisitors) {
		t.Helper()
		f.Sort = wire.SortName
		if err := s.Watch(t.Context(), c, p, f); err != nil {
			t.Fatal(err)
		}
	}
	watch(wire.AgentVisitors{ID: "w", Size: 10})
	first := c.next(t)
	if len(first.Order) != 10 || len(first.Rows) != 10 || first.Total != 30 || first.Counts.Here != 30 || first.Counts.Idle != 6 {
		t.Fatalf("the first answer: %+v", first)
	}
	moved, _, _ := s.Arrive(p, first.Order[3], nil, at("https://shop.example/new"), true)
	f := c.next(t)
	if len(f.Rows) != 1 || f.Rows[0].ID != first.Order[3] || f.Rows[0].Page.URL != "https://shop.example/new" || len(f.Order) != 10 {
		t.Errorf("one moved: %+v", f)
	}
	// Moved by five: what the window has is not sent again, what left it is when it comes back.
	watch(wire.AgentVisitors{ID: "w", From: 5, Size: 10})
	if f = c.next(t); len(f.Rows) != 5 || f.From != 5 || len(f.Order) != 10 {
		t.Errorf("moved by five: %d rows, %+v", len(f.Rows), f.Order)
	}
	watch(wire.AgentVisitors{ID: "w", Size: 10})
	if f = c.next(t); len(f.Rows) != 5 {
		t.Errorf("moved back: %d rows", len(f.Rows))
	}
	watch(wire.AgentVisitors{ID: "w", Size: 10})
	if f = c.next(t); len(f.Rows) != 0 || len(f.Order) != 10 {
		t.Errorf("asked again: %d rows", len(f.Rows))
	}
	watch(wire.AgentVisitors{ID: "another", Size: 10})
	if f = c.next(t); len(f.Rows) != 10 {
		t.Errorf("another window: %d rows", len(f.Rows))
	}
	// Somebody behind the window changes: the counts are others, no row is sent.
	s.Forget(p, "0193a0f0-0000-7000-8000-000000000029")
	if f = c.next(t); f.Total != 29 || len(f.Rows) != 0 {
		t.Errorf("somebody behind the window went: %+v", f)
	}
	// A reader that is behind is not sent anything until it has caught up, and then only the newest.
	c.behind.Store(true)
	for n := range 5 {
		s.View(p, moved, wire.Page{URL: fmt.Sprintf("https://shop.example/%d", n), Title: fmt.Sprint("Page ", n)})
	}
	other := &live{frames: make(chan *hub.Frame, 64)} // whoever sees the last of it shows that there was time to send it
	if err := s.Watch(t.Context(), other, p, wire.AgentVisitors{ID: "o"}); err != nil {
		t.Fatal(err)
	}
	other.next(t)
	s.Forget(p, "0193a0f0-0000-7000-8000-000000000028")
	other.next(t)
	if len(c.frames) != 0 {
		t.Errorf("sent to a reader who is behind: %s", (<-c.frames).Text())
	}
	c.behind.Store(false)
	s.Wake()
	if f = c.next(t); len(f.Rows) != 1 || f.Rows[0].Page.Title != "Page 4" {
		t.Errorf("after it has caught up: %+v", f.Rows)
	}
	// Connections that are over are looked at no more.
	c.over.Store(true)
	other.over.Store(true)
	s.Forget(p, first.Order[5])
	end, tick := time.NewTimer(patience), time.NewTicker(time.Millisecond)
	defer end.Stop()
	defer tick.Stop()
	for s.Watched(p) {
		select {
		case <-tick.C:
			s.Wake()
		case <-end.C:
			t.Fatal("somebody still watches")
		}
	}
}

func TestALargeAnswerComesInPieces(t *testing.T) {
	s, p, c := running(t)
	crowd(s, p, 200)
	if err := s.Watch(t.Context(), c, p, wire.AgentVisitors{ID: "w", Size: wire.MaxVisitWindow}); err != nil {
		t.Fatal(err)
	}
	rows := map[id.Visitor]bool{}
	for len(rows) < wire.MaxVisitWindow {
		f := c.next(t)
		if len(f.Rows) == 0 || len(f.Order) != wire.MaxVisitWindow {
			t.Fatalf("a piece with %d rows of %d", len(f.Rows), len(f.Order))
		}
		for _, r := range f.Rows {
			rows[r.ID] = true
		}
	}
}
