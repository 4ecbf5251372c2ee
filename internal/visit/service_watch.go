package visit

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
)

// maxFrame is what a frame about visitors weighs at most, unless one row alone weighs more.
const maxFrame = 20_000

// headSeed is of hashes that never leave the process.
var headSeed = maphash.MakeSeed()

// window is what one agent's connection looks at: a list, one visitor, or both.
type window struct {
	c     Watcher
	house *house

	mu sync.Mutex

	id    string // of the list; empty: it is closed
	ask   query
	from  int
	size  int
	sent  map[id.Visitor]uint64 // the stamps of the rows that the connection has
	head  uint64                // what it has beside the rows, as a hash
	stamp uint64                // of the house when it was last looked at
	next  time.Time             // not before then
	force bool                  // it was moved: it is sent even if nothing is new

	visit      string // the id of the open visitor's window; empty: none is open
	visitor    id.Visitor
	visitStamp uint64
	visitNext  time.Time
	asking     bool // other nodes are asked about the visitor
}

// masked reports whether agents are shown addresses without their last part.
func (s *Service) masked(ctx context.Context, p id.Property) bool {
	set, err := s.o.Settings.Settings(ctx, p)
	return err != nil || set.MaskAddresses
}

// window finds or makes what the connection looks at.
func (s *Service) window(c Watcher, p id.Property) *window {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.windows[c]
	if w == nil {
		w = &window{c: c, house: s.enter(p)}
		s.windows[c] = w
	}
	return w
}

// Watch opens the connection's window on the visitors of a property, or moves it, and sends it at once.
func (s *Service) Watch(ctx context.Context, c Watcher, p id.Property, f wire.AgentVisitors) error {
	q, err := asks(f)
	if err != nil {
		return err
	}
	q.masked = s.masked(ctx, p)
	w := s.aim(c, p, f, q)
	s.prepare(ctx, w.house, true)
	pic := w.house.picture(map[query]int{q: f.From + f.Size})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.id == f.ID && w.ask == q {
		w.tell(pic, s.now().UnixMilli())
	}
	return nil
}

// Aim is Watch for a caller who must not wait: the window is sent in a moment.
func (s *Service) Aim(c Watcher, p id.Property, f wire.AgentVisitors) error {
	q, err := asks(f)
	if err != nil {
		return err
	}
	s.aim(c, p, f, q)
	ring(s.tick)
	return nil
}

func (s *Service) aim(c Watcher, p id.Property, f wire.AgentVisitors, q query) *window {
	w := s.window(c, p)
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.looks()
	if w.id != f.ID || w.sent == nil {
		w.sent = map[id.Visitor]uint64{}
	}
	w.id, w.ask, w.from, w.size, w.force, w.stamp, w.next = f.ID, q, f.From, f.Size, true, 0, time.Time{}
	s.look(w.house, was, w.looks())
	return w
}

// Stop closes the connection's window on the visitors.
func (s *Service) Stop(c Watcher) {
	s.change(c, func(w *window) { w.id, w.sent, w.size = "", nil, 0 })
}

// Open opens one visitor on the connection: everything that is known of the visit is sent in a moment, and when it changes.
func (s *Service) Open(c Watcher, p id.Property, f wire.AgentVisit) {
	w := s.window(c, p)
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.looks()
	w.visit, w.visitor, w.visitStamp, w.visitNext = f.ID, f.Visitor, 0, time.Time{}
	s.look(w.house, was, w.looks())
	ring(s.tick)
}

// Shut closes the open visitor.
func (s *Service) Shut(c Watcher) {
	s.change(c, func(w *window) { w.visit, w.visitor = "", "" })
}

// Gone ends whatever the connection looked at.
func (s *Service) Gone(c Watcher) {
	s.change(c, func(w *window) { w.id, w.sent, w.size, w.visit, w.visitor = "", nil, 0, "", "" })
}

func (s *Service) change(c Watcher, fn func(*window)) {
	s.mu.Lock()
	w := s.windows[c]
	s.mu.Unlock()
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.looks()
	fn(w)
	s.look(w.house, was, w.looks())
	if w.id == "" && w.visit == "" {
		s.mu.Lock()
		delete(s.windows, c)
		s.mu.Unlock()
	}
}

// looks is how much a window wants to know.
type looks struct{ here, rows int }

func (w *window) looks() (l looks) {
	if w.id != "" {
		l.here++
		if w.size > 0 {
			l.rows++
		}
	}
	if w.visit != "" {
		l.here++
		l.rows++
	}
	return l
}

// look notes that a window wants to know more or less than before. Whoever is the first to look makes the node find out.
func (s *Service) look(h *house, was, now looks) {
	h.mu.Lock()
	w := h.watching(func() { ring(s.tick) })
	first := w.here == 0
	rows := w.rows == 0
	w.here += now.here - was.here
	w.rows += now.rows - was.rows
	if rows = rows && w.rows > 0; rows || first {
		w.asked = 0 // the others have to hear of it
	}
	if w.here == 0 {
		h.rest()
	}
	h.mu.Unlock()
}

// prepare makes true what windows show: the chats, the numbers, and what other nodes have. Numbers are looked through once a
// second, or at once.
func (s *Service) prepare(ctx context.Context, h *house, once bool) {
	s.askOthers(h)
	h.mu.Lock()
	w := h.watch
	read, rows := w != nil && w.here > 0 && !w.read, h.shows()
	now := clock.System()
	if rows = rows && (once || !now.Before(h.block.look)); rows {
		h.block.look = now.Add(tellEvery)
	}
	h.mu.Unlock()
	if read {
		s.readChats(ctx, h)
	}
	if rows {
		s.number(ctx, h)
	}
}

func (s *Service) readChats(ctx context.Context, h *house) {
	h.mu.Lock()
	if h.watch == nil {
		h.mu.Unlock()
		return
	}
	before := maps.Clone(h.watch.chats)
	h.watch.read = true // what changes from now on is heard
	h.mu.Unlock()
	list, err := s.o.Chats.OpenChats(ctx, h.property)
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.watch
	if w == nil {
		return
	}
	if err != nil {
		w.read = false
		if ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "open chats could not be read; trying again", "property", h.property, "error", err)
		}
		ring(s.tick)
		return
	}
	for _, c := range list {
		h.setChat(c)
		delete(before, c.Visitor)
	}
	for v, was := range before { // those that ended while nobody heard of it
		if is := w.chats[v]; is.Open && is.Session == was.Session && is.Version == was.Version {
			is.Open = false
			w.chats[v] = is
			h.restamp(v)
		}
	}
}

// tell sends what the connection does not have. w.mu is held. false: there is more to send.
func (w *window) tell(p *picture, now int64) bool {
	o, force := p.orders[w.ask], w.force
	w.force = false
	f := wire.VisitorsFrame{
		T: "visitors", ID: w.id, Counts: p.counts, Total: o.total, From: w.from, Order: []id.Visitor{}, Rows: []wire.VisitRow{}, Groups: o.groups,
	}
	rows, stamps := w.rows(p.house, o, &f)
	raw, err := json.Marshal(f)
	if err != nil {
		panic(err) // our own types always encode
	}
	head := maphash.Bytes(headSeed, raw)
	w.stamp = p.stamp
	if !force && head == w.head && len(rows) == 0 {
		return true
	}
	w.head, f.Now = head, now
	w.next = clock.System().Add(tellEvery)
	for first := true; first || force && len(rows) > 0; first = false {
		n, size := 0, len(raw)
		for n < len(rows) && (n == 0 || size+weigh(rows[n]) <= maxFrame) {
			size += weigh(rows[n])
			w.sent[rows[n].ID] = stamps[n]
			n++
		}
		f.Rows = rows[:n:n]
		if n == 0 {
			f.Rows = []wire.VisitRow{}
		}
		w.c.Send(hub.JSON(f))
		rows, stamps = rows[n:], stamps[n:]
	}
	if len(w.sent) > len(f.Order) {
		w.prune(f.Order)
	}
	return len(rows) == 0
}

// rows finds those in the window that the connection does not have as they are, and writes the order.
func (w *window) rows(h *house, o *order, f *wire.VisitorsFrame) (rows []wire.VisitRow, stamps []uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	from := min(w.from, len(o.list))
	for _, e := range o.list[from:min(from+w.size, len(o.list))] {
		i := h.find(e.id)                               // it may have gone meanwhile
		if i == nil || slices.Contains(f.Order, e.id) { // … or gone and come again
			continue
		}
		f.Order = append(f.Order, e.id)
		if stamp, has := w.sent[e.id]; !has || stamp != i.stamp {
			rows, stamps = append(rows, i.view(h.openers[e.id])), append(stamps, i.stamp)
		}
	}
	return rows, stamps
}

// prune forgets rows that are out of the window: when they come back they are sent again.
func (w *window) prune(order []id.Visitor) {
	kept := make(map[id.Visitor]uint64, len(order))
	for _, v := range order {
		if stamp, has := w.sent[v]; has {
			kept[v] = stamp
		}
	}
	w.sent = kept
}

func weigh(r wire.VisitRow) int {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // our own types always encode
	}
	return len(raw) + 1
}
