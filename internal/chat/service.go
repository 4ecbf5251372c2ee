// Package chat is the conversation: sessions, the chats that agents see of them, and their messages.
// It does not know who is online (agent, visitor), nor how a frame reaches a socket (platform/hub).
package chat

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/visitor"
)

// Service is the only way in: both sockets, HTTP, the sweeper and the tests call it.
type Service struct {
	DB       *db.DB
	Now      clock.Clock
	Settings settings
	People   people
	Visitors visitors
	Log      *slog.Logger
}

// settings answers how long a property's sessions last in silence, and how long a chat may wait.
type settings interface {
	Times(ctx context.Context, p id.Property) (timeout, missed time.Duration, err error)
}

// people answers who an agent is. An agent who is gone has a person with the id and no name.
type people interface {
	Person(ctx context.Context, a id.Agent) (wire.Person, error)
	Serves(ctx context.Context, a id.Agent, p id.Property) (bool, error) // an agent of p who is not disabled
}

// visitors keeps the visitor's own row.
type visitors interface {
	// Ensure makes or updates the row; once for every new session.
	Ensure(ctx context.Context, tx *db.Tx, who actor.Visitor, f visitor.Facts) error
}
