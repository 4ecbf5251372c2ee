package visitor

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
)

const (
	// DefaultGrace is long enough for a page change on a slow phone, so that walking through a shop is not leaving it.
	DefaultGrace = 20 * time.Second

	askName     = "visitor.here"
	askWait     = time.Second
	maxLeaving  = 16  // leavings written at once: they share commits, and a burst does not starve the chats
	maxQuestion = 500 // visitors in one question to the other nodes
)

type rooms interface{ Count(topic string) int }

type nodes interface {
	Ask(ctx context.Context, name string, question any, wait time.Duration) ([]json.RawMessage, error)
	Answer(name string, fn func(question json.RawMessage) any)
}

// Presence notices that a visitor has left the site: no connection on any node for the time of grace.
// Only visitors whose leaving matters (who are in a chat) are given to it; an idle one costs nothing here.
type Presence struct {
	hub   rooms
	bus   nodes
	now   clock.Clock
	grace time.Duration
	log   *slog.Logger
	left  func(context.Context, id.Property, id.Visitor) error
	wake  chan struct{}

	mu    sync.Mutex
	due   map[id.Visitor]time.Time // who may have left, and when that is decided
	queue []leaving                // the same in order: the grace is the same for all, so the oldest is always first
}

type leaving struct {
	property id.Property
	visitor  id.Visitor
	at       time.Time
}

// PresenceOptions is what a Presence needs. Left is called once a leaving, on the node that noticed it.
type PresenceOptions struct {
	Hub   rooms
	Bus   nodes
	Now   clock.Clock
	Grace time.Duration // 0: DefaultGrace
	Log   *slog.Logger
	Left  func(context.Context, id.Property, id.Visitor) error
}

// NewPresence also answers the other nodes' questions, so make it before the bus starts.
func NewPresence(o PresenceOptions) *Presence {
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	p := &Presence{
		hub: o.Hub, bus: o.Bus, now: o.Now, grace: o.Grace, log: o.Log, left: o.Left,
		wake: make(chan struct{}, 1), due: map[id.Visitor]time.Time{},
	}
	p.bus.Answer(askName, func(question json.RawMessage) any {
		var asked []id.Visitor
		if json.Unmarshal(question, &asked) != nil {
			return nil
		}
		here := []id.Visitor{}
		for _, v := range asked {
			if p.Has(v) {
				here = append(here, v)
			}
		}
		return here
	})
	return p
}

// Has reports whether the visitor has a connection on this node.
func (p *Presence) Has(v id.Visitor) bool { return p.hub.Count(Topic(v)) > 0 }

// Gone says that a visitor in a chat lost a connection. With others still open on this node it means nothing.
func (p *Presence) Gone(property id.Property, v id.Visitor) {
	if p.Has(v) {
		return
	}
	at := p.now().Add(p.grace)
	p.mu.Lock()
	p.due[v] = at
	p.queue = append(p.queue, leaving{property: property, visitor: v, at: at})
	p.mu.Unlock()
	p.Wake()
}

// Back says that the visitor has a connection again.
func (p *Presence) Back(v id.Visitor) {
	p.mu.Lock()
	delete(p.due, v)
	p.mu.Unlock()
}

// Waiting reports whether the visitor's grace runs.
func (p *Presence) Waiting(v id.Visitor) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.due[v]
	return ok
}

// Wake makes Run look at the clock again; tests call it after they moved theirs.
func (p *Presence) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run decides about visitors whose grace is over, until ctx ends.
func (p *Presence) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		late, wait := p.take()
		if len(late) > 0 {
			p.decide(ctx, late)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-timer.C:
		}
	}
}

// take removes those whose grace is over, and says how long the next one has.
func (p *Presence) take() (late []leaving, wait time.Duration) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 && len(late) < maxQuestion {
		head := p.queue[0]
		due, waiting := p.due[head.visitor]
		switch {
		case !waiting || !due.Equal(head.at): // came back, and perhaps went again: a later entry has it
		case head.at.After(now):
			return late, head.at.Sub(now)
		default:
			delete(p.due, head.visitor)
			late = append(late, head)
		}
		p.queue = p.queue[1:]
	}
	if len(p.queue) == 0 {
		p.queue = nil
	}
	return late, time.Hour
}

func (p *Presence) decide(ctx context.Context, late []leaving) {
	asked := make([]id.Visitor, len(late))
	for i, l := range late {
		asked[i] = l.visitor
	}
	answers, err := p.bus.Ask(ctx, askName, asked, askWait)
	if ctx.Err() != nil {
		return
	}
	if err != nil { // nobody is called away on a guess: ask again later
		p.log.WarnContext(ctx, "other nodes did not say who is here", "visitors", len(late), "error", err)
		for _, l := range late {
			p.Gone(l.property, l.visitor)
		}
		return
	}
	elsewhere := map[id.Visitor]bool{}
	for _, raw := range answers {
		var here []id.Visitor
		if err := json.Unmarshal(raw, &here); err != nil {
			p.log.WarnContext(ctx, "another node's answer cannot be read", "error", err)
		}
		for _, v := range here {
			elsewhere[v] = true
		}
	}
	var group errgroup.Group
	group.SetLimit(maxLeaving)
	for _, l := range late {
		if elsewhere[l.visitor] || p.Has(l.visitor) {
			continue
		}
		group.Go(func() error { p.leave(ctx, l); return nil })
	}
	_ = group.Wait() // every leaving reports its own failure
}

func (p *Presence) leave(ctx context.Context, l leaving) {
	if err := p.left(ctx, l.property, l.visitor); err != nil && ctx.Err() == nil {
		p.log.ErrorContext(ctx, "visitor's leaving was not written; trying again", "visitor", l.visitor, "error", err)
		p.Gone(l.property, l.visitor)
	}
}
