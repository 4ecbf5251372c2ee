package visit

import (
	"context"
	"maps"
	"slices"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/wire"
)

// tellAll tells the windows and the other nodes what changed, at most once a second.
func (s *Service) tellAll(ctx context.Context) {
	renew := time.NewTicker(leaseEvery)
	defer renew.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.tick:
		case <-renew.C:
		}
		s.tell(ctx)
		timer.Reset(tellPause)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// tell looks at everything that is watched. What it must not send yet, or could not, it looks at again.
func (s *Service) tell(ctx context.Context) {
	for _, h := range s.all() {
		h.mu.Lock()
		idle := h.watch == nil
		h.mu.Unlock()
		if !idle {
			s.prepare(ctx, h, false)
			s.tellOthers(h)
		}
	}
	s.mu.Lock()
	windows := slices.Collect(maps.Values(s.windows))
	s.mu.Unlock()
	due := map[*house][]*window{}
	now := clock.System()
	again := false
	for _, w := range windows {
		switch wait := s.due(ctx, w, now); {
		case wait:
			again = true
		case w.house != nil:
			due[w.house] = append(due[w.house], w)
		}
		s.tellVisit(ctx, w)
	}
	for h, list := range due {
		again = s.tellHouse(h, list) || again
	}
	if again {
		ring(s.tick)
	}
}

// due reports whether a window has something to be told but not now.
func (s *Service) due(ctx context.Context, w *window, now time.Time) (wait bool) {
	if w.c.Over() {
		s.Gone(w.c)
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.id == "" {
		return false
	}
	if masked := s.masked(ctx, w.house.property); masked != w.ask.masked {
		w.ask.masked, w.stamp = masked, 0
	}
	w.house.mu.Lock()
	changed := w.force || w.house.stamp != w.stamp
	w.house.mu.Unlock()
	return changed && (now.Before(w.next) || w.c.Behind())
}

// tellHouse tells the windows on one property; they share the work. true: there is more to tell.
func (s *Service) tellHouse(h *house, list []*window) (more bool) {
	h.mu.Lock()
	stamp := h.stamp
	h.mu.Unlock()
	queries := map[query]int{}
	var stale []*window
	for _, w := range list {
		w.mu.Lock()
		if w.id != "" && (w.force || w.stamp != stamp) {
			queries[w.ask] = max(queries[w.ask], w.from+w.size)
			stale = append(stale, w)
		}
		w.mu.Unlock()
	}
	if len(stale) == 0 {
		return false
	}
	p := h.picture(queries)
	for _, w := range stale {
		w.mu.Lock()
		if queries[w.ask] >= w.from+w.size && w.id != "" && p.orders[w.ask] != nil { // nobody has moved it meanwhile
			if !w.tell(p, s.now().UnixMilli()) {
				w.stamp, more = 0, true
			}
		}
		w.mu.Unlock()
	}
	return more
}

// picture is a property's visits at one moment, as the queries want them.
type picture struct {
	house  *house
	stamp  uint64
	counts wire.VisitCounts
	orders map[query]*order
}

// order is what one query makes of them: the first places, as far as a window looks.
type order struct {
	total  int
	list   []*entry
	groups []wire.VisitGroup
}

// breath is how many visits are looked at before somebody else may have the lock: some 100 µs.
const breath = 200

// picture makes one for queries, each with the last place that a window looks at.
func (h *house) picture(queries map[query]int) *picture {
	p := &picture{house: h, orders: map[query]*order{}}
	t := newTally()
	sieves := make([]*sieve, 0, len(queries))
	for q, upTo := range queries {
		s := newSieve(q)
		s.upTo = upTo
		sieves = append(sieves, s)
	}
	h.mu.Lock()
	p.stamp = h.stamp
	for _, s := range sieves {
		s.expect(len(h.visits))
	}
	seen := 0
	h.each(func(i item) {
		t.add(i)
		for _, s := range sieves {
			s.take(i)
		}
		if seen++; seen%breath == 0 { // visitors who come or move must not wait for all; what they change makes another picture
			h.mu.Unlock()
			h.mu.Lock()
		}
	})
	h.mu.Unlock()
	for _, s := range sieves {
		o := &order{total: len(s.kept)}
		if s.group != "" {
			o.groups = s.by.done(s.kept)
		}
		o.list = s.order(s.kept, s.upTo)
		p.orders[s.query] = o
	}
	p.counts = t.done()
	return p
}
