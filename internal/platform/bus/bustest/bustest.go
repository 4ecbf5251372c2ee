// Package bustest is what every way of running the bus must do: alone, as a cluster, over an outside NATS.
package bustest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus"
)

// Heartbeats in tests: quick, and patient enough for a busy machine.
const (
	Beat      = 50 * time.Millisecond
	LostAfter = 4 * time.Second
	Queue     = 4096 // small enough to overflow it on purpose
	patience  = 20 * time.Second
)

// Node is one bus and what a test can do to it.
type Node struct {
	*bus.Bus
	Kill    func() // ends it without a goodbye
	Cut     func() // takes its link away
	Restore func()
}

// Setup makes n nodes that reach each other, opened but not started. Alone makes one.
type Setup struct {
	Alone bool
	Open  func(t testing.TB, n int) []Node
}

// Said is the suite's event.
type Said struct {
	By string `json:"by"`
	N  int    `json:"n"`
	X  string `json:"x,omitempty"`
}

var said = event.New[Said]("bustest.said")

const property = id.Property("0190a000-0000-7000-8000-000000000001")

// Run checks one setup.
func Run(t *testing.T, s Setup) {
	t.Helper()
	cases := []struct {
		name    string
		cluster bool
		run     func(*testing.T, Setup)
	}{
		{"every node gets every event in order, its own too", false, everybodyInOrder},
		{"a panicking handler does not stop the others", false, panicking},
		{"an event that is too large is a gap", false, tooLarge},
		{"a doubt is a gap for everybody", false, doubted},
		{"publish never blocks, and what is lost is noticed", false, flooded},
		{"closing ends, is repeatable, and keeps what was published", false, closing},
		{"a question alone is answered at once with nothing", false, askAlone},
		{"a question is answered by every other node", true, askOthers},
		{"a question does not wait longer than told", true, askPatience},
		{"a node that stops says goodbye", true, goodbye},
		{"a node that is killed is noticed", true, killed},
		{"a cut link is a gap when it is back", true, cut},
	}
	for _, c := range cases {
		if c.cluster && s.Alone {
			continue
		}
		t.Run(c.name, func(t *testing.T) { c.run(t, s) })
	}
}

// open gives as many nodes as the setup can, started, each with a recorder.
func open(t *testing.T, s Setup, n int, before func(i int, node Node)) ([]Node, []*recorder) {
	t.Helper()
	if s.Alone {
		n = 1
	}
	nodes := s.Open(t, n)
	records := make([]*recorder, len(nodes))
	for i, node := range nodes {
		records[i] = newRecorder(node)
		if before != nil {
			before(i, node)
		}
		if err := node.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range nodes {
		until(t, "all nodes know each other", func() bool { return len(node.Nodes()) == len(nodes)-1 })
	}
	for _, r := range records {
		r.drain() // news from before everybody was there
	}
	return nodes, records
}

// until waits for a condition that no channel tells.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never happened: %s", what)
		}
	}
}

// recorder writes down what one node hears: "A 1", "gap", "lost NODE".
type recorder struct{ heard chan string }

func newRecorder(n Node) *recorder {
	r := &recorder{heard: make(chan string, 1<<18)}
	bus.On(n.Bus, said, func(p id.Property, v Said) {
		if p != property {
			r.heard <- "wrong property " + string(p)
		}
		r.heard <- fmt.Sprintf("%s %d", v.By, v.N)
	})
	n.OnGap(func() { r.heard <- "gap" })
	n.OnNodeLost(func(node string) { r.heard <- "lost " + node })
	return r
}

func (r *recorder) next(t *testing.T) string {
	t.Helper()
	select {
	case s := <-r.heard:
		return s
	case <-time.After(patience):
		t.Fatal("heard nothing")
		return ""
	}
}

func (r *recorder) drain() {
	for {
		select {
		case <-r.heard:
		default:
			return
		}
	}
}

// heardYet skips to the given word, if it came already.
func (r *recorder) heardYet(want string) bool {
	for {
		select {
		case s := <-r.heard:
			if s == want {
				return true
			}
		default:
			return false
		}
	}
}

// waitFor skips to the given word.
func (r *recorder) waitFor(t *testing.T, want string) {
	t.Helper()
	for r.next(t) != want {
	}
}

func say(by string, n int) []event.Event {
	return []event.Event{said.Of(property, Said{By: by, N: n})}
}

func everybodyInOrder(t *testing.T, s Setup) {
	const count = 500
	nodes, records := open(t, s, 3, nil)
	for i, n := range nodes {
		go func() {
			for k := range count {
				n.Publish(say(fmt.Sprint(i), k))
			}
		}()
	}
	for i, r := range records {
		next := make([]int, len(nodes))
		for range count * len(nodes) {
			var by, n int
			got := r.next(t)
			if _, err := fmt.Sscanf(got, "%d %d", &by, &n); err != nil {
				t.Fatalf("node %d heard %q", i, got)
			}
			if n != next[by] {
				t.Fatalf("node %d heard %d of node %d, want %d", i, n, by, next[by])
			}
			next[by]++
		}
	}
}

func panicking(t *testing.T, s Setup) {
	nodes, records := open(t, s, 2, func(_ int, n Node) {
		bus.On(n.Bus, said, func(id.Property, Said) { panic("on purpose") })
	})
	nodes[0].Publish(append(say("A", 1), say("A", 2)...))
	for _, r := range records {
		if got := []string{r.next(t), r.next(t)}; !slices.Equal(got, []string{"A 1", "A 2"}) {
			t.Fatalf("heard %q", got)
		}
	}
}

func tooLarge(t *testing.T, s Setup) {
	nodes, records := open(t, s, 2, nil)
	large := said.Of(property, Said{By: "A", N: 1, X: strings.Repeat("x", bus.MaxEventBytes-200)})
	larger := said.Of(property, Said{By: "A", N: 2, X: strings.Repeat("x", bus.MaxEventBytes+5000)})
	nodes[0].Publish([]event.Event{large, larger})
	for _, r := range records {
		if got := []string{r.next(t), r.next(t)}; !slices.Equal(got, []string{"A 1", "gap"}) {
			t.Fatalf("heard %q", got)
		}
	}
}

func doubted(t *testing.T, s Setup) {
	nodes, records := open(t, s, 2, nil)
	nodes[0].Doubt()
	nodes[0].Publish(say("A", 1))
	for _, r := range records {
		r.waitFor(t, "gap")
		r.waitFor(t, "A 1")
	}
}

func flooded(t *testing.T, s Setup) {
	block := make(chan struct{})
	nodes, records := open(t, s, 2, func(i int, n Node) {
		if i == 0 {
			bus.On(n.Bus, said, func(id.Property, Said) { <-block })
		}
	})
	const count = 8 * Queue
	done := make(chan struct{})
	go func() {
		for i := range count {
			nodes[0].Publish(say("A", i))
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("Publish blocks")
	}
	until(t, "the queues overflow", func() bool { return nodes[0].Stats().Dropped > 0 })
	close(block)
	records[0].waitFor(t, "gap")
	// Afterwards news flows as before.
	for _, r := range records {
		// The queues may be full still, and then these are lost as well.
		until(t, "news flows again", func() bool { nodes[0].Publish(say("after", 1)); return r.heardYet("after 1") })
	}
}

func closing(t *testing.T, s Setup) {
	nodes, records := open(t, s, 2, nil)
	last := len(nodes) - 1
	nodes[last].Publish(say("A", 1))
	start := clock.System()
	nodes[last].Close()
	if took := time.Since(start); took > patience {
		t.Errorf("Close took %v", took)
	}
	nodes[last].Close()
	nodes[last].Publish(say("A", 2)) // harmless
	if last > 0 {
		records[0].waitFor(t, "A 1")
	}
	if _, err := nodes[last].Ask(t.Context(), "x", 1, time.Second); err != nil && last == 0 {
		t.Errorf("a closed bus alone: %v", err)
	}
}

func askAlone(t *testing.T, s Setup) {
	nodes := s.Open(t, 1)
	if err := nodes[0].Start(); err != nil {
		t.Fatal(err)
	}
	start := clock.System()
	got, err := nodes[0].Ask(t.Context(), "who", nil, time.Minute)
	if err != nil || len(got) != 0 || time.Since(start) > time.Second {
		t.Fatalf("got %q, %v after %v", got, err, time.Since(start))
	}
}

func askOthers(t *testing.T, s Setup) {
	nodes, _ := open(t, s, 3, func(i int, n Node) {
		n.Answer("double", func(q json.RawMessage) any {
			var x int
			if err := json.Unmarshal(q, &x); err != nil || i == 2 {
				return nil
			}
			return x*2 + i
		})
	})
	start := clock.System()
	got, err := nodes[0].Ask(t.Context(), "double", 20, time.Minute)
	if err != nil || len(got) != 1 || string(got[0]) != "41" {
		t.Fatalf("got %q, %v", got, err)
	}
	if got, err = nodes[0].Ask(t.Context(), "unheard of", 20, time.Minute); err != nil || len(got) != 0 {
		t.Fatalf("got %q, %v", got, err)
	}
	if took := time.Since(start); took > patience {
		t.Fatalf("took %v", took)
	}
}

func askPatience(t *testing.T, s Setup) {
	block := make(chan struct{})
	defer close(block)
	nodes, _ := open(t, s, 2, func(_ int, n Node) {
		n.Answer("slow", func(json.RawMessage) any { <-block; return 1 })
	})
	got, err := nodes[0].Ask(t.Context(), "slow", nil, 10*time.Millisecond)
	if err != nil || len(got) != 0 {
		t.Fatalf("got %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = nodes[0].Ask(ctx, "slow", nil, time.Minute); err == nil {
		t.Fatal("a cancelled question has no error")
	}
}

func goodbye(t *testing.T, s Setup) {
	nodes, records := open(t, s, 3, nil)
	start := clock.System()
	nodes[2].Close()
	for _, r := range records[:2] {
		r.waitFor(t, "lost "+nodes[2].Node())
	}
	if took := time.Since(start); took >= LostAfter {
		t.Errorf("noticed only after %v", took)
	}
	if got, want := nodes[0].Nodes(), []string{nodes[1].Node()}; !slices.Equal(got, want) {
		t.Errorf("nodes: got %v, want %v", got, want)
	}
}

func killed(t *testing.T, s Setup) {
	nodes, records := open(t, s, 3, nil)
	nodes[2].Kill()
	for _, r := range records[:2] {
		r.waitFor(t, "lost "+nodes[2].Node())
		r.waitFor(t, "gap") // of what it may have stored and not told
	}
	nodes[0].Publish(say("A", 1))
	records[1].waitFor(t, "A 1")
}

func cut(t *testing.T, s Setup) {
	nodes, records := open(t, s, 2, nil)
	nodes[1].Cut()
	until(t, "the nodes lose each other", func() bool { return len(nodes[0].Nodes()) == 0 && len(nodes[1].Nodes()) == 0 })
	nodes[0].Publish(say("A", 1)) // nobody else hears this one
	records[0].waitFor(t, "A 1")
	records[1].waitFor(t, "gap") // silence is one
	nodes[1].Restore()
	records[1].waitFor(t, "gap")
	until(t, "the nodes find each other", func() bool { return len(nodes[0].Nodes()) == 1 && len(nodes[1].Nodes()) == 1 })
	nodes[0].Publish(say("A", 2))
	records[1].waitFor(t, "A 2")
}
