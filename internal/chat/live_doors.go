package chat

import (
	"context"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
)

const (
	// doorsEvery is how often the logins behind open sockets are checked again. News of an end comes at once; this is for
	// ends that make no news: a login that ran out, `parley admin reset-password`, news that were lost. With the ten
	// seconds that the agent feature believes its memory nobody stays for more than fifteen.
	doorsEvery = 4 * time.Second
	// gapsEvery is how often chats are looked for whose agents may not serve them any more.
	gapsEvery = 15 * time.Second
)

// watchDoors shows out whoever may not be here any more, and gives the chats that they leave behind to the others.
func (l *Live) watchDoors(ctx context.Context) {
	doors, gaps := time.NewTicker(doorsEvery), time.NewTicker(gapsEvery)
	defer doors.Stop()
	defer gaps.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-doors.C:
			l.CheckLogins(ctx)
			continue
		case <-gaps.C:
		case <-l.gone:
		}
		if err := l.Chats.TakeOut(ctx); err != nil && ctx.Err() == nil {
			l.Log.WarnContext(ctx, "chats of agents who are gone were not all given back; trying again", "error", err)
		}
	}
}

// accessEnded wakes watchDoors; it never blocks.
func (l *Live) accessEnded() {
	select {
	case l.gone <- struct{}{}:
	default: // it is awake already, and looks at everybody
	}
}

// CheckLogins closes this node's agent sockets whose login has ended or who are in the team no more. An outage of the
// database shows nobody out.
func (l *Live) CheckLogins(ctx context.Context) {
	door := agentSocket{l}
	for _, p := range l.news.known() {
		for _, c := range l.conns(agentsTopic(p)) {
			conn, ok := c.State.(*agentConn)
			if !ok {
				continue
			}
			_, err := door.enter(ctx, conn, p)
			switch errs.KindOf(err) { //nolint:exhaustive // the others are outages
			case errs.Unauthorized, errs.NotFound, errs.Forbidden:
				door.turnAway(ctx, c, err)
			}
		}
	}
}

func (n *news) known() []id.Property {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]id.Property, 0, len(n.properties))
	for p := range n.properties {
		list = append(list, p)
	}
	return list
}
