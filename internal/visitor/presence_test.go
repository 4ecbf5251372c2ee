package visitor

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
)

// house is a hub and a bus small enough for these tests: who has a connection here, and who has one on the other nodes.
type house struct {
	mu        sync.Mutex
	here      map[string]int
	elsewhere []id.Visitor
	asked     int
	answer    func(json.RawMessage) any
}

func (h *house) Count(topic string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.here[topic]
}

func (h *house) set(v id.Visitor, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.here[Topic(v)] = n
}

func (h *house) Ask(context.Context, string, any, time.Duration) ([]json.RawMessage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	raw, err := json.Marshal(h.elsewhere)
	return []json.RawMessage{raw}, err
}

func (h *house) Answer(_ string, fn func(json.RawMessage) any) { h.answer = fn }

func startPresence(t *testing.T) (*Presence, *house, *clock.Manual, chan id.Visitor) {
	h, now, left := &house{here: map[string]int{}}, clock.NewManual(day0), make(chan id.Visitor, 16)
	p := NewPresence(PresenceOptions{
		Hub: h, Bus: h, Now: now.Now, Log: slog.New(slog.DiscardHandler),
		Left: func(_ context.Context, _ id.Property, v id.Visitor) error { left <- v; return nil },
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = p.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return p, h, now, left
}

func TestVisitorIsGoneAfterTheGraceAndOnlyOnce(t *testing.T) {
	p, _, now, left := startPresence(t)
	p.Gone(shop, "ann")
	now.Advance(5 * time.Second)
	p.Gone(shop, "ann") // a second tab closed: the grace starts again
	p.Gone(shop, "bob")
	p.Back("bob")
	now.Advance(DefaultGrace - 5*time.Second)
	p.Gone(shop, "eve")
	now.Advance(5 * time.Second)
	p.Wake()
	if got := <-left; got != "ann" {
		t.Fatalf("%s left, want ann", got)
	}
	now.Advance(DefaultGrace)
	p.Wake()
	if got := <-left; got != "eve" {
		t.Fatalf("%s left, want eve: ann left once and bob came back", got)
	}
}

func TestVisitorWithAConnectionAnywhereHasNotLeft(t *testing.T) {
	p, h, now, left := startPresence(t)
	h.set("ann", 1)
	p.Gone(shop, "ann") // another tab is open: nothing to wait for
	p.Gone(shop, "bob")
	p.Gone(shop, "eve")
	h.mu.Lock()
	h.elsewhere = []id.Visitor{"bob"}
	h.mu.Unlock()
	now.Advance(DefaultGrace)
	p.Wake()
	if got := <-left; got != "eve" {
		t.Fatalf("%s left, want eve: ann is here, bob is on another node", got)
	}
	if here := h.answer(json.RawMessage(`["ann","eve"]`)).([]id.Visitor); len(here) != 1 || here[0] != "ann" {
		t.Errorf("this node answers %v, want ann", here)
	}
	if len(p.due) != 0 {
		t.Errorf("%d visitors are still waited for, want none", len(p.due))
	}
}
