package visit_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
	"parley/internal/testkit"
	"parley/internal/visit"
)

// door is a dashboard without a connection: whoever waits at it gets the frames.
type door chan *hub.Frame

func (d door) Send(f *hub.Frame) { d <- f }
func (door) Behind() bool        { return false }
func (door) Over() bool          { return false }

func TestAnOpenerSaysSinceWhenItIsWhatItIs(t *testing.T) {
	e := testkit.SQLite(t)
	p := e.Property(t)
	words := &wire.Opener{ID: "o", Text: "Can I help?", At: e.Clock.Now().UnixMilli()}
	shown := func(s *visit.Service) wire.Visit {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- s.Run(ctx) }()
		c := make(door, 8)
		s.Open(c, p, wire.AgentVisit{ID: "v", Visitor: "ann"})
		raw := (<-c).Text()
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		var f wire.VisitFrame
		if err := json.Unmarshal(raw, &f); err != nil || f.Visit == nil {
			t.Fatalf("%v in %s", err, raw)
		}
		return *f.Visit
	}

	s := alone(t, e)
	s.Arrive(p, "ann", nil, at("https://shop.example/"), true)
	s.SetOpener(p, "ann", wire.OpenerSent, words)
	e.Clock.Advance(time.Minute)
	seen := e.Clock.Now().UnixMilli()
	s.SetOpener(p, "ann", wire.OpenerSeen, nil)
	e.Clock.Advance(time.Minute)
	s.SetOpener(p, "ann", wire.OpenerSeen, nil) // another tab
	if got := shown(s); got.Opener != wire.OpenerSeen || got.OpenerAt != seen || got.Words == nil || got.Words.Text != words.Text {
		t.Errorf("got %s since %d with %+v, want seen since %d with its words", got.Opener, got.OpenerAt, got.Words, seen)
	}

	again := alone(t, e) // after a restart the visitor's browser tells it, not when
	again.Arrive(p, "ann", nil, at("https://shop.example/"), true)
	again.SetOpener(p, "ann", wire.OpenerSeen, words)
	if got := shown(again); got.Opener != wire.OpenerSeen || got.OpenerAt != 0 {
		t.Errorf("after a restart: %s since %d, want seen, since when is not known", got.Opener, got.OpenerAt)
	}
}
