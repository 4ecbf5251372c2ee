package chat

import (
	"context"
	"encoding/json"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/hub"
	"parley/internal/visitor"
)

const (
	askGuest  = "chat.guest"
	guestWait = time.Second
)

// listenOpeners brings an agent's first words to the visitor's tabs, and what became of them to the team and into the list.
func (l *Live) listenOpeners() {
	bus.On(l.Bus, OpenerTopic, func(p id.Property, e OpenerMoved) {
		l.publish(visitor.Topic(e.Visitor), e.VisitorFrame, e.Origin)
		l.publish(agentsTopic(p), e.AgentFrame, "")
		l.Visits.SetOpener(p, e.Visitor, e.State, e.Words)
	})
	l.Bus.Answer(askGuest, func(question json.RawMessage) any {
		var asked guestQuestion
		if json.Unmarshal(question, &asked) != nil {
			return nil
		}
		if g := l.guest(asked.Property, asked.Visitor); g.Here {
			return g
		}
		return nil
	})
}

type guestQuestion struct {
	Property id.Property `json:"property"`
	Visitor  id.Visitor  `json:"visitor"`
}

// Guest is what is known of a visitor who is on the site, on whichever node. Not for use inside a transaction.
func (l *Live) Guest(ctx context.Context, p id.Property, v id.Visitor) (Guest, error) {
	if g := l.guest(p, v); g.Here {
		return g, nil
	}
	answers, err := l.Bus.Ask(ctx, askGuest, guestQuestion{p, v}, guestWait)
	if err != nil {
		return Guest{}, err
	}
	for _, raw := range answers {
		var there Guest
		if err := json.Unmarshal(raw, &there); err != nil {
			l.Log.WarnContext(ctx, "another node's answer cannot be read", "error", err)
			continue
		}
		if there.Here {
			if n := l.Visits.Number(p, v); n > 0 { // with tabs on several nodes the list shows one of their numbers
				there.Number = n
			}
			return there, nil
		}
	}
	return Guest{}, nil
}

// guest looks on this node.
func (l *Live) guest(p id.Property, v id.Visitor) (g Guest) {
	g.Facts, g.Here = l.Visits.Find(p, v)
	if g.Here {
		g.Number = l.Visits.Number(p, v)
	}
	return g
}

// opener notes what a tab did with an agent's first words.
func (s visitorSocket) opener(ctx context.Context, c *hub.Conn, conn *visitorConn, f wire.VisitorOpener) error {
	if !id.Valid(f.ID) {
		return ErrFrameMalformed.At("id")
	}
	return s.Chats.MoveOpener(ctx, conn.who(c), f.ID, f.State, c.ID())
}

// showOpener puts what waits for an answer into the welcome and, after a restart, back into the list of visitors.
func (s visitorSocket) showOpener(conn *visitorConn, w *wire.Welcome, o *wire.Opener) {
	if w.Opener = o; o == nil {
		return
	}
	state := wire.OpenerSent
	if o.Seen {
		state = wire.OpenerSeen
	}
	s.Visits.SetOpener(conn.property, conn.visitor, state, o)
}
