package visit

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
	"unique"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

const (
	leaseEvery = 5 * time.Second
	leaseFor   = 15 * time.Second
	piece      = 400 // visits in one event: some 200 kB
)

// watching says that a node watches a property's visitors for some time from now on; told is what another one answers for as long.
var (
	watching = event.New[asked]("visit.watching")
	told     = event.New[news]("visit.told")
)

type asked struct {
	Node  string `json:"node"`
	Rows  bool   `json:"rows,omitempty"`  // not only to count them
	Fresh bool   `json:"fresh,omitempty"` // it may have missed something: tell everything
}

// news is what changed on a node since it last told, or a piece of everything.
type news struct {
	Node   string          `json:"node"`
	All    bool            `json:"all,omitempty"`
	First  bool            `json:"first,omitempty"` // of the pieces
	Last   bool            `json:"last,omitempty"`
	Visits json.RawMessage `json:"visits,omitempty"` // []far; read by those who watch
	Gone   []id.Visitor    `json:"gone,omitempty"`
}

// far is a visit as another node tells of it.
type far struct {
	ID       id.Visitor       `json:"v"`
	Number   int64            `json:"n,omitempty"`
	Stored   bool             `json:"st,omitempty"`
	Name     string           `json:"nm,omitempty"`
	Email    string           `json:"em,omitempty"`
	Before   int64            `json:"b,omitempty"`
	Sessions int64            `json:"se,omitempty"`
	Address  string           `json:"a,omitempty"`
	Since    int64            `json:"s"`
	Seen     int64            `json:"o"`
	LeftAt   int64            `json:"l,omitempty"`
	Left     bool             `json:"lf,omitempty"`
	Idle     bool             `json:"i,omitempty"`
	Pages    uint32           `json:"p"`
	URL      string           `json:"u,omitempty"`
	Title    string           `json:"t,omitempty"`
	PageAt   int64            `json:"pa,omitempty"`
	From     [3]string        `json:"f"` // referrer, campaign, source
	Browser  [3]string        `json:"br"`
	Place    [2]string        `json:"pl"`
	Opener   wire.OpenerState `json:"op,omitempty"`
}

func (h *house) far(v *Visit) far {
	from, b, place, page := value(v.from), value(v.browser), value(v.place), v.page()
	f := far{
		ID: v.id, Number: v.number, Address: v.address, Since: v.since, Seen: v.seen, Left: v.flags.has(isLeft), Idle: v.state() == wire.VisitIdle,
		Pages: v.pages, URL: page.url, Title: page.title, PageAt: v.pageAt(), From: [3]string{from.referrer, from.campaign, from.source},
		Browser: [3]string{b.browser, b.system, b.device}, Place: [2]string{place.country, place.city}, Opener: h.openers[v.id].state,
	}
	if f.Left {
		f.LeftAt = v.leftAt
	}
	if v.row != nil {
		f.Stored, f.Name, f.Email, f.Before, f.Sessions = true, v.row.name, v.row.email, v.row.before, v.row.sessions
	}
	return f
}

func (f far) visit() *Visit {
	v := &Visit{
		id: f.ID, number: f.Number, address: f.Address, since: f.Since, seen: f.Seen, leftAt: f.LeftAt, pages: f.Pages, flags: isElsewhere, tabs: 1,
		from:    intern(fromKey{f.From[0], f.From[1], f.From[2]}),
		browser: intern(browserKey{f.Browser[0], f.Browser[1], f.Browser[2]}), place: intern(placeKey{f.Place[0], f.Place[1]}),
	}
	v.set(isLeft, f.Left)
	v.set(isOpener, f.Opener != "")
	if f.Idle {
		v.idle = 1
	}
	if f.URL != "" {
		v.trail = []step{{page: unique.Make(pageKey{f.URL, f.Title}), at: uint32(max(0, f.PageAt-f.Since))}} //nolint:gosec // less than 49 days
	}
	if f.Stored {
		v.row = &stored{name: f.Name, email: f.Email, before: f.Before, sessions: f.Sessions}
	}
	return v
}

// equal reports whether lists show the same of both.
func (v *Visit) equal(b *Visit) bool {
	if (v.row == nil) != (b.row == nil) || v.row != nil && *v.row != *b.row {
		return false
	}
	one, two := *v, *b
	one.stamp, two.stamp, one.row, two.row = 0, 0, nil, nil
	trails := slices.Equal(one.trail, two.trail)
	one.trail, two.trail = nil, nil
	return trails && one.number == two.number && one.address == two.address && one.since == two.since && one.seen == two.seen &&
		one.leftAt == two.leftAt && one.pages == two.pages && one.flags == two.flags && one.idle == two.idle && one.from == two.from &&
		one.browser == two.browser && one.place == two.place
}

// askOthers tells the other nodes that this one watches.
func (s *Service) askOthers(h *house) {
	if len(s.bus.Nodes()) == 0 {
		return
	}
	now := s.now().UnixMilli()
	h.mu.Lock()
	w := h.watch
	if w == nil || w.here == 0 || w.asked != 0 && now-w.asked < leaseEvery.Milliseconds() {
		h.mu.Unlock()
		return
	}
	question := asked{Node: s.bus.Node(), Rows: w.rows > 0, Fresh: w.asked == 0}
	w.asked = now
	h.mu.Unlock()
	s.bus.Publish([]event.Event{watching.Of(h.property, question)})
}

func (s *Service) heardLease(p id.Property, a asked) {
	if a.Node == s.bus.Node() {
		return
	}
	h := s.enter(p)
	h.mu.Lock()
	w := h.watching(func() { ring(s.tick) })
	_, knows := w.owes[a.Node]
	w.owes[a.Node] = lease{until: s.now().Add(leaseFor).UnixMilli(), rows: a.Rows}
	w.fresh = w.fresh || a.Fresh || !knows
	h.mu.Unlock()
	ring(s.tick)
}

// tellOthers publishes what changed here, or everything where somebody has nothing yet.
func (s *Service) tellOthers(h *house) {
	now := s.now().UnixMilli()
	h.mu.Lock()
	w := h.watch
	if w == nil || len(w.owes) == 0 {
		h.mu.Unlock()
		return
	}
	maps.DeleteFunc(w.owes, func(_ string, l lease) bool { return l.until < now })
	if len(w.owes) == 0 {
		h.rest()
		h.mu.Unlock()
		return
	}
	all := w.fresh
	var list []far
	var gone []id.Visitor
	if all {
		for _, v := range h.visits {
			list = append(list, h.far(v))
		}
	} else {
		for _, v := range w.dirty {
			list = append(list, h.far(v))
		}
		gone = slices.Collect(maps.Keys(w.gone))
	}
	w.fresh = false
	clear(w.dirty)
	clear(w.gone)
	h.mu.Unlock()
	s.publish(h.property, all, list, gone)
}

func (s *Service) publish(p id.Property, all bool, list []far, gone []id.Visitor) {
	if !all && len(list) == 0 && len(gone) == 0 {
		return
	}
	for first := true; first || len(list) > 0; first = false {
		n := min(piece, len(list))
		raw, err := json.Marshal(list[:n])
		if err != nil {
			panic(err) // our own types always encode
		}
		list = list[n:]
		s.bus.Publish([]event.Event{told.Of(p, news{
			Node: s.bus.Node(), All: all, First: all && first, Last: all && len(list) == 0, Visits: raw, Gone: gone,
		})})
		gone = nil
	}
}

// heardNews takes in what another node tells, if anybody here watches.
func (s *Service) heardNews(p id.Property, n news) {
	h := s.house(p)
	if h == nil || n.Node == s.bus.Node() || !s.Watched(p) {
		return
	}
	var list []far
	if err := json.Unmarshal(n.Visits, &list); err != nil {
		s.o.Log.Warn("another node's visits cannot be read", "error", err)
		return
	}
	visits := make([]*Visit, len(list))
	for i, f := range list {
		visits[i] = f.visit()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.watch
	if w == nil || w.here == 0 {
		return
	}
	there := w.far[n.Node]
	if there == nil {
		if !n.First {
			return // everything is on its way
		}
		there = &elsewhere{visits: map[id.Visitor]*Visit{}}
		w.far[n.Node] = there
	}
	for i, f := range list {
		if v := visits[i]; h.visits[v.id] == nil {
			h.hear(v.id, f.Opener)
		}
	}
	if n.All {
		h.redraw(there, n, visits)
	} else {
		for _, v := range visits {
			h.place(there, v)
		}
	}
	for _, v := range n.Gone {
		h.lose(there, v)
	}
	w.wake()
}

// hear notes the opener of a visitor elsewhere; h.mu is held.
func (h *house) hear(v id.Visitor, state wire.OpenerState) {
	if state == "" {
		delete(h.openers, v)
	} else {
		h.openers[v] = opener{state: state}
	}
}

// redraw takes in a piece of everything that a node has; h.mu is held.
func (h *house) redraw(there *elsewhere, n news, visits []*Visit) {
	if n.First {
		there.draft = map[id.Visitor]*Visit{}
	}
	if there.draft == nil {
		return // its beginning was lost; that is a gap, and everything is asked for again
	}
	for _, v := range visits {
		there.draft[v.id] = v
	}
	if !n.Last {
		return
	}
	for v := range there.visits {
		if there.draft[v] == nil {
			h.lose(there, v)
		}
	}
	for _, v := range there.draft {
		h.place(there, v)
	}
	there.draft = nil
}

// place shows a visit elsewhere as it is now; h.mu is held.
func (h *house) place(there *elsewhere, v *Visit) {
	if was := there.visits[v.id]; was != nil && was.equal(v) {
		return
	}
	h.stamp++
	v.stamp = h.stamp
	there.visits[v.id] = v
}

// lose takes a visit elsewhere away; h.mu is held.
func (h *house) lose(there *elsewhere, v id.Visitor) {
	if there.visits[v] == nil {
		return
	}
	delete(there.visits, v)
	if h.visits[v] == nil {
		delete(h.openers, v)
	}
	h.restamp(v) // it may be here as well
}

func (s *Service) nodeLost(node string) {
	s.elsewhere(node, nil)
	for _, h := range s.all() {
		h.mu.Lock()
		if w := h.watch; w != nil {
			delete(w.owes, node)
			if there := w.far[node]; there != nil {
				for v := range there.visits {
					h.lose(there, v)
				}
				delete(w.far, node)
			}
			h.rest()
		}
		h.mu.Unlock()
	}
	ring(s.tick)
}
