package chat

import (
	"context"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
	"parley/internal/visit"
)

// look is what an agent's connection wants to see, or to see no more, of the visitors who are on the site.
type look struct {
	List *wire.AgentVisitors `json:"list,omitempty"`
	Stop bool                `json:"stop,omitempty"` // the list
	One  *wire.AgentVisit    `json:"one,omitempty"`
	Shut bool                `json:"shut,omitempty"` // the one
}

// lookAround is the part of dispatch about visitors who are on the site, whose answers come with the windows, and about the
// help centre.
func (s agentSocket) lookAround(ctx context.Context, c *hub.Conn, conn *agentConn, base wire.Base, data []byte) {
	switch base.T {
	case "visitors":
		with(ctx, s.Live, c, base, data, func(f wire.AgentVisitors) (any, error) {
			if c.Attached() {
				return nil, s.lookElsewhere(ctx, c, conn, look{List: &f})
			}
			return nil, s.Visits.Watch(ctx, c, conn.agent.Property, f)
		})
	case "visitors_stop":
		with(ctx, s.Live, c, base, data, func(wire.AgentVisitorsStop) (any, error) {
			return nil, s.lookElsewhere(ctx, c, conn, look{Stop: true})
		})
	case "visit":
		with(ctx, s.Live, c, base, data, func(f wire.AgentVisit) (any, error) {
			return nil, s.lookElsewhere(ctx, c, conn, look{One: &f})
		})
	case "editing":
		with(ctx, s.Live, c, base, data, func(f wire.AgentEditing) (any, error) { return nil, s.editing(ctx, conn, c.ID(), f) })
	case "visit_stop":
		with(ctx, s.Live, c, base, data, func(wire.AgentVisitStop) (any, error) {
			return nil, s.lookElsewhere(ctx, c, conn, look{Shut: true})
		})
	default:
		s.fail(ctx, c, base.ID, ErrFrameUnknown)
	}
}

// lookElsewhere changes what the connection looks at, or the stream that a POST speaks for, on whichever node that is.
func (s agentSocket) lookElsewhere(ctx context.Context, c *hub.Conn, conn *agentConn, l look) error {
	if l.List != nil {
		if err := visit.Check(*l.List); err != nil {
			return err
		}
	}
	s.stream(ctx, c, conn, streamChange{Look: &l})
	return nil
}

// lookFor changes what a connection of this node looks at. It waits for nothing.
func (l *Live) lookFor(c *hub.Conn, p id.Property, is look) {
	switch {
	case is.List != nil:
		if err := l.Visits.Aim(c, p, *is.List); err != nil {
			l.Log.Warn("a window was not opened", "connection", c.ID(), "error", err)
		}
	case is.One != nil:
		l.Visits.Open(c, p, *is.One)
	case is.Stop:
		l.Visits.Stop(c)
	case is.Shut:
		l.Visits.Shut(c)
	}
}
