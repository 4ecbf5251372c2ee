package visit

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
	"parley/internal/visitor"
)

const (
	askVisit  = "visit.one"
	visitWait = time.Second
)

// question asks the other nodes for all they know of a visit.
type question struct {
	Property id.Property `json:"property"`
	Visitor  id.Visitor  `json:"visitor"`
}

func (s *Service) answerVisit(raw json.RawMessage) any {
	var q question
	if json.Unmarshal(raw, &q) != nil {
		return nil
	}
	if v := s.own(q.Property, q.Visitor); v != nil {
		return v
	}
	return nil
}

// own is everything that this node knows of a visit with a connection here; nil: there is none.
func (s *Service) own(p id.Property, v id.Visitor) *wire.Visit {
	h := s.house(p)
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	is := h.visits[v]
	if is == nil {
		return nil
	}
	i := item{Visit: is}
	if h.watch != nil {
		i.chat = h.watch.chats[v]
	}
	d := i.detail(h.openers[v], s.now().UnixMilli(), h.trail)
	return &d
}

// Visit is everything that agents are shown of a visitor who is on the site, on whichever node; nil: they are not.
func (s *Service) Visit(ctx context.Context, p id.Property, v id.Visitor) (*wire.Visit, error) {
	found, err := s.Whole(ctx, p, v)
	if found != nil && s.masked(ctx, p) {
		found.Address = visitor.Mask(found.Address)
	}
	return found, err
}

// Whole is Visit with the whole address, whatever agents are shown: for the visitor's own eyes.
func (s *Service) Whole(ctx context.Context, p id.Property, v id.Visitor) (*wire.Visit, error) {
	found := s.own(p, v)
	answers, err := s.bus.Ask(ctx, askVisit, question{p, v}, visitWait)
	if err != nil {
		return found, err
	}
	for _, raw := range answers {
		there := new(wire.Visit)
		if err := json.Unmarshal(raw, there); err != nil {
			s.o.Log.WarnContext(ctx, "another node's visit cannot be read", "error", err)
			continue
		}
		found = joinVisits(found, there)
	}
	return found, nil
}

// joinVisits puts what two nodes know of one visitor together.
func joinVisits(a, b *wire.Visit) *wire.Visit {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.State == wire.VisitLeft && b.State != wire.VisitLeft, (a.State == wire.VisitLeft) == (b.State == wire.VisitLeft) && b.PageAt > a.PageAt:
		a, b = b, a
	}
	if b.Since < a.Since {
		a.Since, a.Referrer, a.CameFrom, a.Campaign = b.Since, b.Referrer, b.CameFrom, b.Campaign
	}
	a.Pages, a.Dropped = a.Pages+b.Pages, a.Dropped+b.Dropped
	a.Trail = append(a.Trail, b.Trail...)
	slices.SortStableFunc(a.Trail, func(x, y wire.VisitStep) int { return cmp.Compare(y.At, x.At) })
	if a.Words == nil {
		a.Words, a.Opener = b.Words, b.Opener
	}
	return a
}

// tellVisit sends the visitor whom the connection has open, if anything changed. Other nodes are asked beside the loop: they
// may take their time.
func (s *Service) tellVisit(ctx context.Context, w *window) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.visit == "" || w.asking {
		return
	}
	h := w.house
	h.mu.Lock()
	i := h.find(w.visitor)
	far := h.watch != nil && len(h.watch.far) > 0
	stamp := gone
	if i != nil {
		stamp = i.stamp
	}
	h.mu.Unlock()
	if stamp == w.visitStamp {
		return
	}
	if now := clock.System(); now.Before(w.visitNext) || w.c.Behind() {
		ring(s.tick)
		return
	}
	w.visitStamp, w.visitNext = stamp, clock.System().Add(tellEvery)
	if far || i == nil && len(s.bus.Nodes()) > 0 {
		w.asking = true
		go s.askAndTell(ctx, w, w.visit, w.visitor)
		return
	}
	v, _ := s.Visit(ctx, h.property, w.visitor) // alone there is nobody to ask
	s.sendVisit(w, v)
}

// gone is the stamp of who is not here.
const gone = ^uint64(0)

func (s *Service) askAndTell(ctx context.Context, w *window, window string, who id.Visitor) {
	v, err := s.Visit(ctx, w.house.property, who)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asking = false
	switch {
	case w.visit == "":
	case w.visit != window || w.visitor != who || err != nil: // another one meanwhile, or ask again
		w.visitStamp = 0
		ring(s.tick)
	default:
		s.sendVisit(w, s.withChat(w.house, v))
	}
}

// withChat adds what only a watching node knows.
func (s *Service) withChat(h *house, v *wire.Visit) *wire.Visit {
	if v == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.find(v.ID); i != nil {
		row := i.view(h.openers[v.ID])
		v.State, v.Chat, v.Agents, v.Chats = row.State, row.Chat, row.Agents, max(v.Chats, row.Chats)
	}
	return v
}

func (s *Service) sendVisit(w *window, v *wire.Visit) {
	w.c.Send(hub.JSON(wire.VisitFrame{
		T: "visit", ID: w.visit, Now: s.now().UnixMilli(), Visitor: w.visitor, Visit: v, Gone: v == nil,
	}))
}
