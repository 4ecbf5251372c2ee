// Package chat is the conversation: sessions, the chats that agents see of them, and their messages.
// It does not know who is online (agent, visitor), nor how a frame reaches a socket (platform/hub).
package chat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/visitor"
)

// Service is the only way in: both sockets, HTTP, the sweeper and the tests call it.
type Service struct {
	DB       *db.DB
	Now      clock.Clock
	Settings settings
	People   people
	Visitors visitors
	Guests   guests   // for Start alone
	Bans     verdicts // for Start alone
	Articles articles // for messages that name one
	Log      *slog.Logger

	unindexed atomic.Bool // something was said that the search does not know yet
}

// settings answers how long a property's sessions last in silence, and how long a chat may wait.
type settings interface {
	Settings(ctx context.Context, p id.Property) (property.Settings, error)
}

// people answers from memory who an agent is, and whether they work in a property and are not disabled.
type people interface {
	Person(ctx context.Context, a id.Agent) (wire.Person, error)
	Serves(ctx context.Context, a id.Agent, p id.Property) (bool, error)
	Reachable(ctx context.Context, a id.Agent, p id.Property) (bool, error) // … and is online or away
}

// visitors keeps the visitor's own row; it is made or refreshed with every new session.
type visitors interface {
	Find(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (visitor.Visitor, error)
	Forgotten(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (bool, error)
	Ensure(ctx context.Context, tx *db.Tx, who actor.Visitor, facts visitor.Facts) (visitor.Visitor, error)
	EnsureNumbered(ctx context.Context, tx *db.Tx, who actor.Visitor, facts visitor.Facts, number int64) (visitor.Visitor, error)
}

var (
	errTwice = errors.New("this message is stored already")
	errRaced = errors.New("another session of this visitor began at the same time")
)

// maxRaces is how often a first message is tried again. Once is enough unless sessions end as fast as they begin.
const maxRaces = 5

// write runs fn again when another first message of the same visitor was faster.
func (s *Service) write(ctx context.Context, fn func(tx *db.Tx) error) error {
	for try := 1; ; try++ {
		err := s.DB.Write(ctx, fn)
		if !errors.Is(err, errRaced) || try == maxRaces {
			return err
		}
	}
}

func (s *Service) times(ctx context.Context, p id.Property) (Times, error) {
	set, err := s.Settings.Settings(ctx, p)
	if err != nil {
		return Times{}, fmt.Errorf("settings of property %s: %w", p, err)
	}
	return Times{Timeout: set.Timeout(), Missed: set.Missed()}, nil
}

// again answers a message that may have been stored before: err says why it was not stored now.
// A retry gets the first answer also where it would be refused today, because its first try was promised nothing less.
func (s *Service) again(ctx context.Context, p id.Property, author, clientID string, err error) (wire.Ack, error) {
	twice := errors.Is(err, errTwice)
	if !twice && !errors.Is(err, ErrEnded) && !errors.Is(err, ErrSuperseded) && !errors.Is(err, ErrArticle) {
		return wire.Ack{}, err
	}
	var ack wire.Ack
	read := s.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		ack, err = first(ctx, tx, p, author, clientID)
		return err
	})
	switch {
	case read == nil:
		return ack, nil
	case !twice && errs.KindOf(read) == errs.Conflict:
		return wire.Ack{}, err // it is a new message
	default:
		return wire.Ack{}, read
	}
}
