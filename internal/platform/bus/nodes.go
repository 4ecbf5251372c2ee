package bus

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// forgetAfter is how many beats a dead node's count is kept: one that was only cut off is then still noticed to have a hole.
const forgetAfter = 1800

// nodes knows who is there and how far each has counted. Time is counted in beats, so a clock that jumps loses nobody.
type nodes struct {
	every time.Duration
	limit int           // beats of silence
	met   chan struct{} // closed when the first other node was heard

	mu    sync.Mutex
	known map[uuid.UUID]*peer
	now   int
}

type peer struct {
	alive bool
	heard int    // the beat it was last heard in
	last  uint64 // number of its last event
}

func (n *nodes) init(every, lostAfter time.Duration) {
	n.every, n.limit = every, int(max(lostAfter/every, 2))
	n.met, n.known = make(chan struct{}), map[uuid.UUID]*peer{}
}

// heard notes that another node lives; true if it was not known to.
func (n *nodes) heard(node uuid.UUID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.get(node)
	p.heard = n.now
	if p.alive {
		return false
	}
	p.alive = true
	select {
	case <-n.met:
	default:
		close(n.met)
	}
	return true
}

func (n *nodes) get(node uuid.UUID) *peer {
	p := n.known[node]
	if p == nil {
		p = &peer{}
		n.known[node] = p
	}
	return p
}

// counted notes that a node has come from number before to number after; true if something before was missed.
// What a node published before it was first heard of counts as missed as well.
func (n *nodes) counted(node uuid.UUID, before, after uint64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.get(node)
	hole := before > p.last
	p.last = max(p.last, after)
	return hole
}

func (n *nodes) gone(node uuid.UUID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.known[node]
	if p == nil || !p.alive {
		return false
	}
	p.alive = false
	return true
}

// silent moves on by one beat and returns who has been silent for too long.
func (n *nodes) silent() []uuid.UUID {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now++
	var out []uuid.UUID
	for id, p := range n.known {
		switch age := n.now - p.heard; {
		case p.alive && age > n.limit:
			out = append(out, id)
		case !p.alive && age > forgetAfter && p.heard > 0:
			delete(n.known, id)
		}
	}
	return out
}

func (n *nodes) others() map[uuid.UUID]struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := map[uuid.UUID]struct{}{}
	for id, p := range n.known {
		if p.alive {
			out[id] = struct{}{}
		}
	}
	return out
}

func (n *nodes) alive() []string {
	var out []string
	for id := range n.others() {
		out = append(out, id.String())
	}
	slices.Sort(out)
	return out
}
