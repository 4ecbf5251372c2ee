package chat

import (
	"context"
	"fmt"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// missedFor is how long a missed chat counts in the badge: what nobody looked at in a week is history.
const missedFor = 7 * 24 * time.Hour

// Listed is an agent's list of chats, newest first.
type Listed struct {
	Rows  []wire.Row
	Reads map[id.Session]int64 // visitor messages that the agent has seen
}

// Thread is a piece of a session, in order.
type Thread struct {
	Session  id.Session
	Messages []wire.AgentMessage
	More     bool // further ones in the direction asked for
}

// List answers the chats that the agent's list shows.
func (s *Service) List(ctx context.Context, who actor.Agent) (out Listed, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if out.Rows, err = listRows(ctx, tx, who); err != nil {
			return err
		}
		out.Reads, err = listReads(ctx, tx, who)
		return err
	})
	if err != nil {
		return Listed{}, fmt.Errorf("list chats: %w", err)
	}
	return out, nil
}

// Get answers one chat.
func (s *Service) Get(ctx context.Context, who actor.Agent, chat id.Chat) (r wire.Row, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		r, err = getRow(ctx, tx, who.Property, chat)
		return err
	})
	if err != nil {
		return wire.Row{}, fmt.Errorf("get chat %s: %w", chat, err)
	}
	return r, nil
}

// Counts answers how many chats were missed in the last seven days.
func (s *Service) Counts(ctx context.Context, p id.Property) (missed int64, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		missed, err = countMissed(ctx, tx, p, s.Now().Add(-missedFor).UnixMilli())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count missed chats: %w", err)
	}
	return missed, nil
}

// Messages answers a piece of the chat's whole session: the last messages below before (0: the newest), or with after
// alone the first ones above it; and whether there are more in that direction.
func (s *Service) Messages(ctx context.Context, who actor.Agent, chat id.Chat, before, after int64, limit int) (Thread, error) {
	return s.thread(ctx, who, chat, span{after: max(after, 0), before: max(before, 0), limit: page.Limit(limit), fromStart: after > 0 && before <= 0})
}

// Newest answers the last wire.MaxMissed messages above after, for watch; More says that there are older ones above it.
func (s *Service) Newest(ctx context.Context, who actor.Agent, chat id.Chat, after int64) (Thread, error) {
	return s.thread(ctx, who, chat, span{after: max(after, 0), limit: wire.MaxMissed})
}

func (s *Service) thread(ctx context.Context, who actor.Agent, chat id.Chat, w span) (out Thread, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if out.Session, err = sessionOf(ctx, tx, who.Property, chat); err != nil {
			return err
		}
		var ms []stored
		ms, out.More, err = thread(ctx, tx, out.Session, w)
		out.Messages = make([]wire.AgentMessage, len(ms))
		for i, m := range ms {
			out.Messages[i] = m.forAgents()
		}
		return err
	})
	if err != nil {
		return Thread{}, fmt.Errorf("messages of chat %s: %w", chat, err)
	}
	return out, nil
}
