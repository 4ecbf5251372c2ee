package visit

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/hub"
	"parley/internal/property"
	"parley/internal/visitor"
)

const (
	tellEvery  = time.Second            // windows of a watcher, and what nodes tell each other
	tellPause  = 100 * time.Millisecond // so that much at once is told once
	readEvery  = 200 * time.Millisecond
	flushEvery = time.Minute
)

// settings answers what a property's owner has set, from memory.
type settings interface {
	Settings(ctx context.Context, p id.Property) (property.Settings, error)
}

// chats answers which visitors of a property are in an open chat.
type chats interface {
	OpenChats(ctx context.Context, p id.Property) ([]Chat, error)
}

// visitors reads the rows of visitors of one property.
type visitors interface {
	List(ctx context.Context, p id.Property, ids []id.Visitor) ([]visitor.Visitor, error)
}

// nodes is the bus.
type nodes interface {
	Node() string
	Nodes() []string
	Publish(events []event.Event)
	Ask(ctx context.Context, name string, question any, wait time.Duration) ([]json.RawMessage, error)
}

// Options is everything that a Service needs.
type Options struct {
	DB       *db.DB
	Now      clock.Clock
	Log      *slog.Logger
	Settings settings
	Visitors visitors
	Chats    chats
	Bus      *bus.Bus
}

// Service shows agents who is on the site, and writes down how many there were.
type Service struct {
	*Board
	o    Options
	bus  nodes
	tick chan struct{} // something changed that somebody watches
	rows chan struct{} // somebody's row has to be read

	mu      sync.Mutex
	windows map[Watcher]*window
}

// Watcher is an agent's connection.
type Watcher interface {
	Send(f *hub.Frame)
	Behind() bool // what was sent is not all written
	Over() bool   // it has ended
}

// New makes a service; call Subscribe before the bus starts.
func New(o Options) *Service {
	s := &Service{
		Board: NewBoard(o.Now), o: o, bus: o.Bus, tick: make(chan struct{}, 1), rows: make(chan struct{}, 1), windows: map[Watcher]*window{},
	}
	return s
}

// Subscribe keeps what is known of visitors, settings and other nodes true. Call it before the bus starts.
func (s *Service) Subscribe(b *bus.Bus) {
	bus.On(b, visitor.Made, func(p id.Property, m visitor.Birth) {
		s.Made(p, m.Visitor, m.Number)
		ring(s.rows)
	})
	bus.On(b, visitor.Changed, func(p id.Property, c visitor.Change) {
		if c.Name || c.Email {
			s.Refresh(p, c.Visitor)
		}
	})
	bus.On(b, watching, s.heardLease)
	bus.On(b, told, s.heardNews)
	bus.On(b, counted, s.heardCounts)
	b.OnGap(s.gap)
	b.OnNodeLost(s.nodeLost)
	b.Answer(askVisit, s.answerVisit)
}

// Refresh makes the service read a visitor's row again.
func (s *Service) Refresh(p id.Property, v id.Visitor) {
	s.Board.Refresh(p, v)
	ring(s.rows)
}

// Wake makes everything look at the clock again; tests call it after they moved theirs.
func (s *Service) Wake() {
	s.Board.Wake()
	ring(s.tick)
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default: // it rings already
	}
}

// Run watches who leaves, tells the windows, and writes the counts, until ctx ends; then what is left is written.
func (s *Service) Run(ctx context.Context) error {
	group, running := errgroup.WithContext(ctx)
	for _, loop := range []func(context.Context){s.watchLeaving, s.tellAll, s.readRows, s.writeCounts} {
		group.Go(func() error { loop(running); return nil })
	}
	return group.Wait()
}

func (s *Service) watchLeaving(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(s.depart())
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// readRows keeps names and numbers of the visitors who are here as they are stored.
func (s *Service) readRows(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.rows:
		}
		for p, ids := range s.takeStale() {
			if err := s.readAgain(ctx, p, ids); err != nil && ctx.Err() == nil {
				s.o.Log.WarnContext(ctx, "visitors' rows could not be read; the next hello does", "property", p, "error", err)
			}
		}
		timer.Reset(readEvery)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

func (s *Service) readAgain(ctx context.Context, p id.Property, ids []id.Visitor) error {
	list, err := s.o.Visitors.List(ctx, p, ids)
	for _, v := range list {
		s.Know(p, v.ID, RowOf(v))
	}
	return err
}

func (s *Service) gap() {
	s.doubt()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.all() {
		h.mu.Lock()
		if h.watch != nil {
			h.watch.read, h.watch.asked = false, 0
		}
		h.mu.Unlock()
	}
	ring(s.rows)
	ring(s.tick)
}

// SettingsChanged applies a property's settings to the visits that are open, and answers whose visit is over.
func (s *Service) SettingsChanged(ctx context.Context, p id.Property) ([]id.Visitor, error) {
	h := s.house(p)
	if h == nil {
		return nil, nil
	}
	set, err := s.o.Settings.Settings(ctx, p)
	if err != nil {
		return nil, err
	}
	return h.apply(set.PageTrail, func(consent, private bool) bool { return mayBeSeen(set, consent, private) }), nil
}
