package agent

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// nodes is some nodes' presence joined by a bus that a test can cut.
type nodes struct {
	clock   *clock.Manual
	all     map[string]*Presence
	cut     map[string]bool
	changes []id.Property
}

func newNodes(t *testing.T, names ...string) *nodes {
	n := &nodes{clock: clock.NewManual(time.Unix(1_800_000_000, 0)), all: map[string]*Presence{}, cut: map[string]bool{}}
	for _, name := range names {
		n.all[name] = newPresence(name, n.clock.Now, func(events []event.Event) { n.carry(t, name, events) },
			func(list []id.Property) { n.changes = append(n.changes, list...) })
	}
	return n
}

// carry takes events to every node, the sender too, as the bus does: in JSON.
func (n *nodes) carry(t *testing.T, from string, events []event.Event) {
	for _, e := range events {
		raw, err := json.Marshal(e.Payload)
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range n.all {
			if name != from && (n.cut[name] || n.cut[from]) {
				continue
			}
			switch e.Name {
			case presenceTold.Name:
				v, _ := presenceTold.Decode(raw)
				p.onTold(v)
			case presenceAsked.Name:
				v, _ := presenceAsked.Decode(raw)
				p.onAsked(v)
			}
		}
	}
}

func (n *nodes) pass(d time.Duration) {
	for ; d > 0; d -= time.Second {
		n.clock.Advance(time.Second)
		for _, p := range n.all {
			p.tick()
		}
	}
}

func (n *nodes) expect(t *testing.T, want bool, why string) {
	t.Helper()
	for name, p := range n.all {
		if got := p.present("ana", "shop"); got != want {
			t.Errorf("%s: node %s says %v", why, name, got)
		}
	}
}

func TestPresenceOfOneNode(t *testing.T) {
	n := newNodes(t, "one")
	p := n.all["one"]
	p.Opened("ana", "shop")
	p.Opened("ana", "shop") // a second window
	n.expect(t, true, "opened")
	if len(n.changes) != 1 {
		t.Errorf("changes %v", n.changes)
	}
	p.Closed("ana", "shop")
	n.pass(time.Minute)
	n.expect(t, true, "one window left")
	p.Closed("ana", "shop")
	n.pass(graceOffline - time.Second)
	n.expect(t, true, "within the grace")
	p.Opened("ana", "shop") // a page reload
	n.pass(time.Minute)
	n.expect(t, true, "came back")
	if len(n.changes) != 1 {
		t.Errorf("a reload was told: %v", n.changes)
	}
	p.Closed("ana", "shop")
	n.pass(graceOffline)
	n.expect(t, false, "after the grace")
	if len(n.changes) != 2 {
		t.Errorf("changes %v", n.changes)
	}
	p.Closed("ana", "shop") // one too many
	p.Opened("ana", "shop")
	n.expect(t, true, "opened after one Closed too many")
	if p.present("ana", "books") || p.present("bob", "shop") {
		t.Error("presence in another property, or of somebody else")
	}
}

func TestPresenceCrossesNodes(t *testing.T) {
	n := newNodes(t, "one", "two", "three")
	n.all["one"].Opened("ana", "shop")
	n.expect(t, true, "at once everywhere")
	n.all["one"].Closed("ana", "shop")
	n.all["two"].Opened("ana", "shop")
	n.pass(time.Minute)
	n.expect(t, true, "moved to another node")
	n.all["two"].Closed("ana", "shop")
	n.pass(graceOffline)
	n.expect(t, false, "gone everywhere")
	if !slices.Contains(n.changes, "shop") {
		t.Error("nobody was told")
	}
}

func TestASilentNodeIsForgotten(t *testing.T) {
	n := newNodes(t, "one", "two")
	n.all["one"].Opened("ana", "shop")
	n.cut["one"] = true
	n.pass(forgetNode - 6*time.Second)
	if !n.all["two"].present("ana", "shop") {
		t.Error("forgotten too early")
	}
	n.pass(7 * time.Second)
	if n.all["two"].present("ana", "shop") {
		t.Error("a node that is silent for 15 s still counts")
	}
	n.cut["one"] = false
	n.pass(tellEvery)
	n.expect(t, true, "heard again")
}

func TestALostNodesAgentsHaveTimeToComeBack(t *testing.T) {
	n := newNodes(t, "one", "two")
	n.all["one"].Opened("ana", "shop")
	n.cut["one"] = true
	two := n.all["two"]
	two.onLost("one")
	two.onLost("never heard of")
	n.pass(graceOffline - time.Second)
	if !two.present("ana", "shop") {
		t.Error("no grace")
	}
	n.pass(time.Second)
	if two.present("ana", "shop") {
		t.Error("still there")
	}
}

func TestANewNodeAsks(t *testing.T) {
	n := newNodes(t, "one", "two")
	n.cut["two"] = true
	n.all["one"].Opened("ana", "shop")
	n.cut["two"] = false
	if n.all["two"].present("ana", "shop") {
		t.Fatal("heard although cut off")
	}
	n.all["two"].ask()
	n.expect(t, true, "asked")
}
