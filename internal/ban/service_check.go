package ban

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	// refreshEvery bounds, with time to spare, how long news that never came is not noticed: 15 s (ADR 2).
	refreshEvery = 10 * time.Second
	// lookEvery is how often Run looks at the clock, which tests move.
	lookEvery = time.Second
	// overlap is how far a transaction may be behind its own changed_at, and two nodes' clocks apart.
	overlap = time.Minute
	// forgetAfter is when no news of that time can still be on its way.
	forgetAfter = 10 * time.Minute
)

// house is what this node knows of a property.
type house struct {
	*Index
	turn   chan struct{} // held by whoever loads
	loaded atomic.Bool
	readAt atomic.Int64 // when the last reading began

	forgotAt atomic.Int64
}

func (s *Service) house(p id.Property) *house {
	if h, ok := s.houses.Load(p); ok {
		return h.(*house) //nolint:forcetypeassert // nothing else is in there
	}
	h, _ := s.houses.LoadOrStore(p, &house{Index: NewIndex(), turn: make(chan struct{}, 1)})
	return h.(*house) //nolint:forcetypeassert // nothing else is in there
}

// Check decides whether who may come in, from memory; only a property's first question on this node reads the database.
// A refusal counts as a hit of the entry. An error means that nobody can say: let nobody in.
func (s *Service) Check(ctx context.Context, p id.Property, who Who) (Verdict, error) {
	v, err := s.decide(ctx, p, who)
	if v.Banned && v.By != "" {
		s.hits.count(p, v.By, s.Now().UnixMilli())
	}
	return v, err
}

// decide is Check without a trace.
func (s *Service) decide(ctx context.Context, p id.Property, who Who) (Verdict, error) {
	h, err := s.loaded(ctx, p)
	if err != nil {
		return Verdict{}, err
	}
	return h.Decide(who.Canonical(), s.Now()), nil
}

// loaded is the property's house with everything in it.
func (s *Service) loaded(ctx context.Context, p id.Property) (*house, error) {
	h := s.house(p)
	if h.loaded.Load() {
		return h, nil
	}
	return h, s.load(ctx, p, h)
}

// ByEmail reports whether anything that this node knows bans by email address: else a visitor's new one needs no look.
func (s *Service) ByEmail(p id.Property) bool {
	h, ok := s.houses.Load(p)
	return ok && h.(*house).ByEmail() //nolint:forcetypeassert // nothing else is in there
}

// Generation changes whenever the property's bans or allow list do. Read it before Check: whoever Check found free stays
// free as long as it is the same, since bans begin only with a change. It costs two loads from memory; 0: this node was
// not asked about the property yet.
func (s *Service) Generation(p id.Property) uint64 {
	h, ok := s.houses.Load(p)
	if !ok || !h.(*house).loaded.Load() { //nolint:forcetypeassert // nothing else is in there
		return 0
	}
	return h.(*house).Generation() + 1 //nolint:forcetypeassert // nothing else is in there
}

// load fills the index, once; whoever comes meanwhile waits. News that comes meanwhile goes straight into the index, which
// knows what is newer.
func (s *Service) load(ctx context.Context, p id.Property, h *house) error {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if h.loaded.Load() {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // a million entries take longer than a visitor waits: what was begun is for all who come
	begun, there := s.Now(), false
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if there, err = exists(ctx, tx, p); err != nil || !there {
			return err
		}
		if err := eachAllowed(ctx, tx, p, 0, func(a Allowed) { h.ApplyAllowed(a) }); err != nil {
			return err
		}
		return eachInForce(ctx, tx, p, begun.UnixMilli(), func(e Entry) { h.Apply(e) })
	})
	if err != nil {
		return fmt.Errorf("load bans of property %s: %w", p, err)
	}
	if !there {
		s.houses.CompareAndDelete(p, h) // a stranger must not fill our memory with names
		return nil
	}
	h.readAt.Store(begun.UnixMilli())
	h.forgotAt.Store(begun.UnixMilli())
	h.loaded.Store(true)
	return nil
}

// apply takes news into the index and tells the listeners what they may not have heard.
func (s *Service) apply(p id.Property, c Change) {
	var h *house
	if known, ok := s.houses.Load(p); ok {
		h = known.(*house) //nolint:forcetypeassert // nothing else is in there
	}
	now := s.Now().UnixMilli()
	for _, a := range c.Allowed {
		if h == nil || h.ApplyAllowed(a) {
			s.tell(p, Entry{Network: a.Network, ChangedAt: a.ChangedAt}, a.RemovedAt == 0)
		}
	}
	for _, e := range c.Bans {
		if h == nil || h.Apply(e) {
			s.tell(p, e, !e.In(now))
		}
	}
}

func (s *Service) tell(p id.Property, e Entry, over bool) {
	for _, fn := range s.listeners {
		fn(p, e, over)
	}
}

// Run reads what changed every ten seconds and when news was lost, and writes the hits down, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for last := s.Now(); ; last = s.Now() {
		if !s.wait(ctx, ticker, last) {
			final, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := s.Flush(final); err != nil {
				s.Log.WarnContext(ctx, "hits of bans are not stored", "err", err)
			}
			return nil
		}
		if err := errors.Join(s.Refresh(ctx), s.Flush(ctx)); err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable { // that is told once, by the database
			s.Log.ErrorContext(ctx, "reading bans anew failed", "err", err)
		}
	}
}

// wait returns when it is time to read again; false: ctx has ended.
func (s *Service) wait(ctx context.Context, ticker *time.Ticker, last time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-s.wake:
			return true
		case <-ticker.C:
			if since := s.Now().Sub(last); since >= refreshEvery || since < 0 { // a clock that was put back must not stop us
				return true
			}
		}
	}
}

// Refresh reads what changed since the last time, in case its news never came.
func (s *Service) Refresh(ctx context.Context) error {
	var failed []error
	s.houses.Range(func(key, value any) bool {
		p, h := key.(id.Property), value.(*house) //nolint:forcetypeassert // nothing else is in there
		if h.loaded.Load() {
			failed = append(failed, s.refresh(ctx, p, h))
		}
		return ctx.Err() == nil
	})
	return errors.Join(failed...)
}

func (s *Service) refresh(ctx context.Context, p id.Property, h *house) error {
	begun := s.Now()
	since := h.readAt.Load() - overlap.Milliseconds()
	var c Change
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c = Change{}
		if err := eachAllowed(ctx, tx, p, since, func(a Allowed) { c.Allowed = append(c.Allowed, a) }); err != nil {
			return err
		}
		return eachChanged(ctx, tx, p, since, func(e Entry) { c.Bans = append(c.Bans, e) })
	})
	if err != nil {
		return fmt.Errorf("read changed bans of property %s: %w", p, err)
	}
	s.apply(p, c)
	h.readAt.Store(begun.UnixMilli())
	if early := begun.Add(-forgetAfter).UnixMilli(); h.forgotAt.Load() < early {
		h.Forget(begun.UnixMilli(), early)
		h.forgotAt.Store(begun.UnixMilli())
	}
	return nil
}

// hits counts refusals until they are written down.
type hits struct {
	mu  sync.Mutex
	all map[hitKey]hit
}

type hitKey struct {
	property id.Property
	ban      id.Ban
}

type hit struct{ n, at int64 }

func (h *hits) count(p id.Property, b id.Ban, at int64) { h.add(hitKey{p, b}, hit{1, at}) }

func (h *hits) add(k hitKey, more hit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[hitKey]hit{}
	}
	was := h.all[k]
	h.all[k] = hit{was.n + more.n, max(was.at, more.at)}
}

func (h *hits) take() map[hitKey]hit {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.all
	h.all = nil
	return all
}

// Flush writes the hits down. What cannot be written now is kept for the next time.
func (s *Service) Flush(ctx context.Context) error {
	all := s.hits.take()
	if len(all) == 0 {
		return nil
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		count := map[id.Property]Hits{}
		for k, h := range all {
			count[k.property] = Hits{N: count[k.property].N + h.n}
		}
		for p, n := range count {
			Counted.Emit(tx, p, n)
		}
		return addHits(ctx, tx, all)
	})
	if err != nil {
		for k, h := range all {
			s.hits.add(k, h)
		}
		return fmt.Errorf("store hits of bans: %w", err)
	}
	return nil
}
