package visit

import (
	"maps"

	"parley/internal/kernel/id"
)

// watched is what a property has more while anybody watches its visitors, on this node or on another. The house's lock guards it.
type watched struct {
	wake func()

	here  int // windows and open visits on this node
	rows  int // of the windows: those that show rows, not only counts
	chats map[id.Visitor]Chat
	read  bool                  // chats were read from the database
	far   map[string]*elsewhere // what the other nodes have told, by node
	asked int64                 // when the others were last asked to tell, unix ms; 0: ask at once
	owes  map[string]lease      // other nodes that watch
	fresh bool                  // one of them has not been told everything yet
	dirty map[id.Visitor]*Visit // changed since the others were told
	gone  map[id.Visitor]bool   // … and no longer here
}

// lease is another node's word that it watches.
type lease struct {
	until int64 // unix ms
	rows  bool
}

// elsewhere is what another node has told.
type elsewhere struct {
	visits map[id.Visitor]*Visit
	draft  map[id.Visitor]*Visit // a snapshot that is not complete yet
}

// begin starts to watch; h.mu is held.
func (h *house) watching(wake func()) *watched {
	if h.watch == nil {
		h.watch = &watched{
			wake: wake, chats: map[id.Visitor]Chat{}, far: map[string]*elsewhere{}, owes: map[string]lease{},
			dirty: map[id.Visitor]*Visit{}, gone: map[id.Visitor]bool{},
		}
	}
	return h.watch
}

// rest ends what nobody needs any more; h.mu is held.
func (h *house) rest() {
	w := h.watch
	if w == nil {
		return
	}
	if len(w.owes) == 0 {
		w.fresh = false
		clear(w.dirty)
		clear(w.gone)
	}
	if w.here == 0 {
		w.chats, w.far, w.read, w.asked = map[id.Visitor]Chat{}, map[string]*elsewhere{}, false, 0
		for v := range h.openers { // of visitors elsewhere
			if h.visits[v] == nil {
				delete(h.openers, v)
			}
		}
		if len(w.owes) == 0 {
			h.watch = nil
		}
	}
}

// shows reports whether somebody is shown more than how many are here, on this node or another; h.mu is held.
func (h *house) shows() bool {
	if h.watch == nil {
		return false
	}
	for _, l := range h.watch.owes {
		if l.rows {
			return true
		}
	}
	return h.watch.rows > 0
}

func (w *watched) note(v *Visit) {
	if len(w.owes) > 0 {
		w.dirty[v.id] = v
	}
	w.wake()
}

func (w *watched) noteGone(v id.Visitor) {
	if len(w.owes) > 0 {
		delete(w.dirty, v)
		w.gone[v] = true
	}
	w.wake()
}

// each calls fn for every visitor who is or was just here, once, whichever nodes they are on; h.mu is held.
func (h *house) each(fn func(item)) {
	w := h.watch
	if w == nil {
		w = &watched{}
	}
	for _, v := range h.visits {
		fn(item{Visit: h.joined(v), chat: w.chats[v.id]})
	}
	for node, there := range w.far {
		for _, v := range there.visits {
			if h.visits[v.id] == nil && w.first(node, v.id) {
				fn(item{Visit: h.joined(v), chat: w.chats[v.id]})
			}
		}
	}
}

// first reports whether no other node before this one, by name, has the visitor too.
func (w *watched) first(node string, v id.Visitor) bool {
	if len(w.far) < 2 {
		return true
	}
	for other, there := range w.far {
		if other < node && there.visits[v] != nil {
			return false
		}
	}
	return true
}

// find is each for one visitor; nil: not here.
func (h *house) find(v id.Visitor) *item {
	is := h.visits[v]
	w := h.watch
	if w == nil {
		w = &watched{}
	}
	for _, there := range w.far {
		if is == nil {
			is = there.visits[v]
		}
	}
	if is == nil {
		return nil
	}
	return &item{Visit: h.joined(is), chat: w.chats[v]}
}

// joined is one visit of a visitor who has tabs on several nodes.
func (h *house) joined(v *Visit) *Visit {
	if h.watch == nil || len(h.watch.far) == 0 {
		return v
	}
	one := v
	for _, there := range h.watch.far {
		if other := there.visits[v.id]; other != nil && other != v {
			one = one.join(other)
		}
	}
	return one
}

// join makes one visit of two: where the later sign of life was is where the visitor is.
func (v *Visit) join(b *Visit) *Visit {
	a := v
	if a.flags.has(isLeft) != b.flags.has(isLeft) && a.flags.has(isLeft) || a.flags.has(isLeft) == b.flags.has(isLeft) && b.seen > a.seen {
		a, b = b, a
	}
	one := *a
	one.stamp = max(a.stamp, b.stamp)
	one.pages += b.pages
	if b.since < one.since { // the steps count from the beginning
		one.trail = make([]step, len(a.trail))
		for i, s := range a.trail {
			one.trail[i] = step{page: s.page, at: s.at + uint32(one.since-b.since)} //nolint:gosec // less than 49 days
		}
		one.since, one.from = b.since, b.from
	}
	switch { // the stored number, or the lower one
	case one.row != nil:
	case b.row != nil:
		one.row, one.number = b.row, b.number
	case one.number == 0 || b.number > 0 && b.number < one.number:
		one.number = b.number
	}
	return &one
}

// SetChat says what a visitor's chat is now; it is heard while somebody watches.
func (b *Board) SetChat(p id.Property, c Chat) {
	h := b.house(p)
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.setChat(c)
}

func (h *house) setChat(c Chat) {
	w := h.watch
	if w == nil || w.here == 0 {
		return
	}
	if was, ok := w.chats[c.Visitor]; ok && !c.newer(was) {
		return
	}
	w.chats[c.Visitor] = c
	h.restamp(c.Visitor)
	if len(w.chats) > maxClosed {
		maps.DeleteFunc(w.chats, func(v id.Visitor, c Chat) bool { return !c.Open && h.find(v) == nil })
	}
}

// maxClosed is when chats that are over are looked through for visitors who are gone.
const maxClosed = 5000

// restamp marks a visitor's row as another one, wherever the visitor is; h.mu is held.
func (h *house) restamp(v id.Visitor) {
	h.stamp++
	if is := h.visits[v]; is != nil {
		is.stamp = h.stamp
	}
	for _, there := range h.watch.far {
		if is := there.visits[v]; is != nil {
			is.stamp = h.stamp
		}
	}
	h.watch.wake()
}

// Watched reports whether somebody on this node watches the property's visitors.
func (b *Board) Watched(p id.Property) bool {
	h := b.house(p)
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watch != nil && h.watch.here > 0
}

// apply takes a switch of the property's settings in: visits that may not be any more are forgotten, pages that are not to
// be kept as well, and every row is shown anew.
func (h *house) apply(trail bool, seen func(consent, private bool) bool) (forgotten []id.Visitor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trail = trail
	for v, is := range h.visits {
		if !seen(is.flags.has(isConsent), is.flags.has(isPrivate)) {
			h.forget(is)
			forgotten = append(forgotten, v)
			continue
		}
		if !trail {
			is.oneStep()
		}
		h.touch(is)
	}
	if h.watch != nil {
		for _, there := range h.watch.far {
			for v := range there.visits {
				h.restamp(v)
			}
		}
	}
	return forgotten
}
