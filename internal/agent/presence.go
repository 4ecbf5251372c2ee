package agent

import (
	"slices"
	"sync"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

const (
	graceOffline = 10 * time.Second // a page reload or a short loss of the line is nobody's going home
	tellEvery    = 5 * time.Second
	forgetNode   = 15 * time.Second // three tellings missed
)

// place is an agent in a property, as far as presence goes.
type place struct {
	Property id.Property `json:"property"`
	Agent    id.Agent    `json:"agent"`
}

// told is everything that one node knows of its own sockets.
type told struct {
	Node string  `json:"node"`
	Here []place `json:"here"`
}

// asked is the question of a node that has just come, or missed something.
type asked struct {
	Node string `json:"node"`
}

var (
	presenceTold  = event.New[told]("agent.presence")
	presenceAsked = event.New[asked]("agent.presence_asked")
)

// Presence knows which agents have a socket open, here and on the other nodes. It lives in memory alone: each node
// tells the others every 5 s and at once on a change, and a node that is silent for 15 s is forgotten.
type Presence struct {
	node    string
	now     clock.Clock
	publish func([]event.Event)
	changed func([]id.Property) // called without the lock, with properties where somebody came or went

	mu     sync.Mutex
	here   map[place]*sockets
	others map[string]*nodePresence
	toldAt time.Time
	silent bool // the last telling was empty: no need to repeat it
}

type sockets struct {
	open   int
	leftAt time.Time // when open became 0
}

type nodePresence struct {
	heard time.Time
	lost  time.Time // zero: alive
	here  map[place]bool
}

func newPresence(node string, now clock.Clock, publish func([]event.Event), changed func([]id.Property)) *Presence {
	return &Presence{
		node: node, now: now, publish: publish, changed: changed,
		here: map[place]*sockets{}, others: map[string]*nodePresence{}, silent: true,
	}
}

// Opened counts a socket of the agent. Every Opened needs its Closed.
func (p *Presence) Opened(agent id.Agent, property id.Property) {
	at := place{property, agent}
	p.mu.Lock()
	s := p.here[at]
	fresh := s == nil
	if fresh {
		s = &sockets{}
		p.here[at] = s
	}
	s.open++
	if !fresh {
		p.mu.Unlock()
		return
	}
	p.tell()
	p.mu.Unlock()
	p.changed([]id.Property{property})
}

// Closed ends what Opened began. The agent is offline when no socket has come back within 10 s.
func (p *Presence) Closed(agent id.Agent, property id.Property) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.here[place{property, agent}]
	if s == nil || s.open == 0 {
		return // a bug of the caller's must not take others offline
	}
	if s.open--; s.open == 0 {
		s.leftAt = p.now()
	}
}

// present reports whether the agent has a socket anywhere, or had one a moment ago.
func (p *Presence) present(agent id.Agent, property id.Property) bool {
	at := place{property, agent}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.here[at] != nil {
		return true
	}
	for _, n := range p.others {
		if n.here[at] {
			return true
		}
	}
	return false
}

// tick does what is due: agents whose grace is over, nodes that are gone, telling the others.
func (p *Presence) tick() {
	now := p.now()
	p.mu.Lock()
	var gone []id.Property
	for at, s := range p.here {
		if s.open == 0 && now.Sub(s.leftAt) >= graceOffline {
			delete(p.here, at)
			gone = append(gone, at.Property)
		}
	}
	if len(gone) > 0 || now.Sub(p.toldAt) >= tellEvery {
		p.tell()
	}
	for node, n := range p.others {
		if now.Sub(n.heard) < forgetNode && (n.lost.IsZero() || now.Sub(n.lost) < graceOffline) {
			continue
		}
		delete(p.others, node)
		for at := range n.here {
			gone = append(gone, at.Property)
		}
	}
	p.mu.Unlock()
	p.changed(unique(gone))
}

// tell publishes what is here; under the lock, so that tellings leave in the order of the changes.
func (p *Presence) tell() {
	p.toldAt = p.now()
	if len(p.here) == 0 && p.silent {
		return
	}
	p.silent = len(p.here) == 0
	t := told{Node: p.node, Here: make([]place, 0, len(p.here))}
	for at := range p.here {
		t.Here = append(t.Here, at)
	}
	p.publish([]event.Event{presenceTold.Of("", t)})
}

// ask makes the others tell now: this node is new, or has missed something.
func (p *Presence) ask() {
	p.publish([]event.Event{presenceAsked.Of("", asked{Node: p.node})})
}

func (p *Presence) onAsked(a asked) {
	if a.Node == p.node {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell()
}

func (p *Presence) onTold(t told) {
	if t.Node == p.node {
		return
	}
	p.mu.Lock()
	was := p.others[t.Node]
	if was == nil {
		was = &nodePresence{}
	}
	is := &nodePresence{heard: p.now(), here: make(map[place]bool, len(t.Here))}
	var moved []id.Property
	for _, at := range t.Here {
		is.here[at] = true
		if !was.here[at] {
			moved = append(moved, at.Property)
		}
	}
	for at := range was.here {
		if !is.here[at] {
			moved = append(moved, at.Property)
		}
	}
	p.others[t.Node] = is
	p.mu.Unlock()
	p.changed(unique(moved))
}

// onLost gives a lost node's agents the time to come back elsewhere.
func (p *Presence) onLost(node string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.others[node]; n != nil && n.lost.IsZero() {
		n.lost = p.now()
	}
}

func unique(list []id.Property) []id.Property {
	slices.Sort(list)
	return slices.Compact(list)
}
