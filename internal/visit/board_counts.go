package visit

import (
	"maps"
	"time"

	"parley/internal/kernel/id"
)

// Hour is what happened in one hour of a property.
type Hour struct {
	Hour   int64 // unix hours
	Visits int64
	Pages  int64
	Most   int64 // on the site at once
}

func hourOf(ms int64) int64 { return ms / time.Hour.Milliseconds() }

// hour is the counter of now; h.mu is held.
func (h *house) hour(now int64) *Hour {
	n := hourOf(now)
	c := h.hours[n]
	if c == nil {
		c = &Hour{Hour: n}
		h.hours[n] = c
	}
	return c
}

// most notes how many are here; h.mu is held.
func (h *house) most(now int64) {
	c := h.hour(now)
	c.Most = max(c.Most, int64(h.count()))
}

// Unwritten are the counts that are not in the database yet, of the hours from from (inclusive) to to (exclusive), on this node.
// Visits and Pages come on top of what is stored, Most beside it.
func (b *Board) Unwritten(p id.Property, from, to time.Time) []Hour {
	h := b.house(p)
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Hour
	for n, c := range h.hours {
		if n >= hourOf(from.UnixMilli()) && n < hourOf(to.UnixMilli()+time.Hour.Milliseconds()-1) {
			list = append(list, *c)
		}
	}
	return list
}

// written is one property's part of a flush.
type written struct {
	property id.Property
	hours    []Hour
	begun    map[id.Visitor]begin
}

// take hands out what has to be written. What cannot be written comes back by give.
func (b *Board) take(now int64) (list []written) {
	for _, h := range b.all() {
		h.mu.Lock()
		if n := h.count(); n > 0 {
			h.most(now)
		}
		w := written{property: h.property, begun: h.begun}
		for _, c := range h.hours {
			w.hours = append(w.hours, *c)
		}
		h.hours, h.begun = map[int64]*Hour{}, map[id.Visitor]begin{}
		h.mu.Unlock()
		if len(w.hours) > 0 || len(w.begun) > 0 {
			list = append(list, w)
		}
	}
	return list
}

func (b *Board) give(list []written) {
	for _, w := range list {
		h := b.enter(w.property)
		h.mu.Lock()
		for _, c := range w.hours {
			is := h.hour(c.Hour * time.Hour.Milliseconds())
			is.Visits, is.Pages, is.Most = is.Visits+c.Visits, is.Pages+c.Pages, max(is.Most, c.Most)
		}
		for v, was := range w.begun {
			is := h.begun[v]
			h.begun[v] = begin{is.n + was.n, max(is.at, was.at)}
		}
		h.mu.Unlock()
	}
}

// here is how many visitors each property has on this node.
func (b *Board) here() map[id.Property]int {
	counts := map[id.Property]int{}
	for _, h := range b.all() {
		h.mu.Lock()
		if n := len(h.visits) - h.left; n > 0 {
			counts[h.property] = n
		}
		h.mu.Unlock()
	}
	return counts
}

// Here is how many visitors of all properties are on this node.
func (b *Board) Here() (n int) {
	for _, there := range b.here() {
		n += there
	}
	return n
}

// elsewhere notes what another node has told of its visitors; nil: it is gone.
func (b *Board) elsewhere(node string, counts map[id.Property]int) {
	for p := range counts {
		b.enter(p)
	}
	now := b.now().UnixMilli()
	for _, h := range b.all() {
		h.mu.Lock()
		if n := counts[h.property]; n > 0 {
			h.others[node] = n
			h.most(now)
		} else {
			delete(h.others, node)
		}
		h.mu.Unlock()
	}
}

// takeStale hands out the visitors whose rows have to be read.
func (b *Board) takeStale() map[id.Property][]id.Visitor {
	all := map[id.Property][]id.Visitor{}
	for _, h := range b.all() {
		h.mu.Lock()
		for v := range maps.Keys(h.stale) {
			all[h.property] = append(all[h.property], v)
		}
		clear(h.stale)
		h.mu.Unlock()
	}
	return all
}

// doubt says that news may have been lost: who had no row may have one, and others may have other names.
func (b *Board) doubt() {
	for _, h := range b.all() {
		h.mu.Lock()
		for v, is := range h.visits {
			if is.row == nil {
				is.set(isKnown, false)
			} else {
				h.stale[v] = true
			}
		}
		h.mu.Unlock()
	}
}
