package visit

import (
	"sync"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/visitor"
)

// Board is all visits that this node knows. Its methods are called from the sockets' hot path: they touch memory alone, under
// one short lock a property.
type Board struct {
	now  clock.Clock
	wake chan struct{} // somebody may have left; see Run

	mu     sync.RWMutex
	houses map[id.Property]*house

	leaving sync.Mutex
	soon    []departure // may have left, in order: all wait for leftAfter
	later   []departure // have left, in order: all wait for what is left of goneAfter
}

// departure is a visit without a connection since then.
type departure struct {
	house   *house
	visitor id.Visitor
	at      int64 // unix ms
}

// NewBoard makes an empty board.
func NewBoard(now clock.Clock) *Board {
	return &Board{now: now, wake: make(chan struct{}, 1), houses: map[id.Property]*house{}}
}

// house is one property's visits.
type house struct {
	property id.Property

	mu      sync.Mutex
	visits  map[id.Visitor]*Visit // with a connection on this node, now or two minutes ago
	left    int                   // of them have left
	trail   bool                  // the pages before the one now are kept
	stamp   uint64                // of the last change of any
	hours   map[int64]*Hour       // not written yet, by unix hour
	begun   map[id.Visitor]begin  // visits of visitors with a row that were not written yet
	stale   map[id.Visitor]bool   // whose row has to be read again
	openers map[id.Visitor]opener
	block   block
	others  map[string]int // how many each other node said that it has
	watch   *watched       // nil: nobody watches, here or elsewhere
}

// begin is a visit that has to be counted with its visitor.
type begin struct{ n, at int64 }

// opener is an agent's first words to a visitor.
type opener struct {
	state wire.OpenerState
	words *wire.Opener
	at    int64 // since when it is in that state, unix ms; 0: unknown
}

func (b *Board) house(p id.Property) *house {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.houses[p]
}

// enter is house that makes one.
func (b *Board) enter(p id.Property) *house {
	if h := b.house(p); h != nil {
		return h
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.houses[p]
	if h == nil {
		h = &house{
			property: p, visits: map[id.Visitor]*Visit{}, hours: map[int64]*Hour{}, begun: map[id.Visitor]begin{},
			stale: map[id.Visitor]bool{}, openers: map[id.Visitor]opener{}, others: map[string]int{}, trail: true,
		}
		b.houses[p] = h
	}
	return h
}

// all are the houses of this node.
func (b *Board) all() []*house {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := make([]*house, 0, len(b.houses))
	for _, h := range b.houses {
		list = append(list, h)
	}
	return list
}

// Aside is what a connection has instead of a visit: nobody sees it, and it holds what chatting needs.
func Aside(a Arrival) *Visit {
	return &Visit{address: a.Address, language: intern(a.Language), flags: isOut}
}

// Passing is what a connection has that is over with its answer: nobody sees it either, but a chat is told what it says.
func Passing(a Arrival) *Visit {
	is := newVisit("", a, 0)
	is.arrive(a, false)
	is.view(a.Page, 0, false)
	is.flags |= isPassing
	return is
}

// Listed reports whether the connection's visit may be seen.
func (b *Board) Listed(p id.Property, is *Visit) bool {
	if h := b.house(p); h != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
	}
	return is != nil && !is.flags.has(isOut)
}

// Arrive says that a browser has come, or says hello again: then was is what Arrive gave it before. It may be seen: ask
// [Arrival.Seen]. trail: the property keeps the pages before the one now. known: a row was looked for before, and stored says
// whether there is one.
func (b *Board) Arrive(p id.Property, v id.Visitor, was *Visit, a Arrival, trail bool) (is *Visit, known, stored bool) {
	now := b.now().UnixMilli()
	h := b.enter(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trail = trail
	is = h.visits[v]
	if is == nil {
		is = h.begin(v, a, now)
	} else if is.flags.has(isLeft) {
		is.set(isLeft, false)
		h.left--
	}
	is.arrive(a, is == was)
	if (is != was || len(is.trail) == 0) && is.view(a.Page, now, trail) {
		h.hour(now).Pages++
	}
	is.seen = now
	h.most(now)
	h.touch(is)
	return is, is.flags.has(isKnown), is.row != nil
}

// begin is the first sign of a visitor for two minutes.
func (h *house) begin(v id.Visitor, a Arrival, now int64) *Visit {
	is := newVisit(v, a, now)
	h.visits[v] = is
	h.hour(now).Visits++
	return is
}

func newVisit(v id.Visitor, a Arrival, now int64) *Visit {
	is := &Visit{id: v, since: now}
	b := browserKey{device: visitor.Device(a.UserAgent)}
	b.browser, b.system = visitor.Browser(a.UserAgent)
	is.browser, is.from = intern(b), intern(from(a.Page.URL, a.Page.Referrer))
	return is
}

// arrive takes in what hello said.
func (v *Visit) arrive(a Arrival, again bool) {
	if again {
		v.count(a.WasIdle, -1)
	}
	v.count(a.Idle, 1)
	v.address = a.Address
	v.language, v.timeZone = intern(a.Language), intern(a.TimeZone)
	v.place = intern(placeKey{a.Country, a.City})
	v.set(isConsent, a.Consent)
	v.set(isPrivate, a.Private)
}

// count counts a tab in or out.
func (v *Visit) count(idle bool, n int) {
	v.tabs = uint16(max(0, int(v.tabs)+n)) //nolint:gosec // one address has fewer connections
	if idle {
		v.idle = uint16(max(0, int(v.idle)+n)) //nolint:gosec // as above
	}
}

// touch marks what lists show of a visit as changed; h.mu is held.
func (h *house) touch(v *Visit) {
	h.stamp++
	v.stamp = h.stamp
	if h.watch != nil {
		h.watch.note(v)
	}
}

// View says that a page was opened without a page load.
func (b *Board) View(p id.Property, is *Visit, page wire.Page) {
	b.changeIt(p, is, func(h *house, now int64) {
		if is.view(page, now, h.trail) {
			h.hour(now).Pages++
		}
		is.seen = now
	})
}

// Life says that one of the visitor's tabs was put aside, or is used again.
func (b *Board) Life(p id.Property, is *Visit, wasIdle, idle bool) {
	b.changeIt(p, is, func(_ *house, now int64) {
		if wasIdle != idle {
			is.count(wasIdle, -1)
			is.count(idle, 1)
		}
		if !idle {
			is.seen = now
		}
	})
}

// changeIt changes a visit unless it was forgotten.
func (b *Board) changeIt(p id.Property, is *Visit, fn func(h *house, now int64)) {
	h := b.house(p)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if is == nil || is.flags.has(isOut|isPassing) {
		return
	}
	fn(h, b.now().UnixMilli())
	h.touch(is)
}

// change finds a visit and changes it.
func (b *Board) change(p id.Property, v id.Visitor, fn func(h *house, is *Visit, now int64)) {
	h := b.house(p)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if is := h.visits[v]; is != nil {
		fn(h, is, b.now().UnixMilli())
		h.touch(is)
	}
}

// Forget ends a visit at once and leaves nothing of it: consent was taken back, or the visitor was erased or banned.
// Connections that go on are not seen any more.
func (b *Board) Forget(p id.Property, v id.Visitor) {
	h := b.house(p)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if is := h.visits[v]; is != nil {
		h.forget(is)
	}
	delete(h.begun, v)
	delete(h.openers, v)
}

// forget takes a visit off the board; h.mu is held.
func (h *house) forget(is *Visit) {
	if is.flags.has(isLeft) {
		h.left--
	}
	delete(h.visits, is.id)
	delete(h.openers, is.id)
	delete(h.stale, is.id)
	h.stamp++
	if h.watch != nil {
		h.watch.noteGone(is.id)
	}
	*is = Visit{id: is.id, address: is.address, language: is.language, flags: isOut}
}

// Count is how many visitors are on the site now, on all nodes.
func (b *Board) Count(p id.Property) int {
	h := b.house(p)
	if h == nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count()
}

func (h *house) count() int {
	n := len(h.visits) - h.left
	for _, there := range h.others {
		n += there
	}
	return n
}
