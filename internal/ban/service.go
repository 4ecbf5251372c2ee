package ban

import (
	"context"
	"log/slog"
	"sync"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/geo"
)

// Ref is what a session that a ban ended knows of the ban.
type Ref struct {
	ID     id.Ban
	By     id.Agent
	Reason string
}

// Present is a visitor's browser that is connected now, on whatever node.
type Present struct {
	Visitor id.Visitor `json:"visitor"`
	Address string     `json:"address"`
}

// chats knows who is talking and what was said; the chat feature answers.
type chats interface {
	// EndByBan ends the active sessions of the visitors inside the caller's transaction. Visitors who have none are passed over.
	EndByBan(ctx context.Context, tx *db.Tx, p id.Property, by Ref, visitors []id.Visitor) error
	// Online lists every connection of a visitor to the property, on all nodes. It asks the bus, so never call it inside a transaction.
	Online(ctx context.Context, p id.Property) ([]Present, error)
	// LastMessages reads the last n messages of the session, in their order, without whispers.
	LastMessages(ctx context.Context, tx *db.Tx, p id.Property, session id.Session, n int) ([]Message, error)
}

// people knows agents' names; the agent feature answers, from memory.
type people interface {
	Person(ctx context.Context, a id.Agent) (wire.Person, error)
}

// Service is the only way to a ban.
type Service struct {
	DB     *db.DB
	Now    clock.Clock
	People people
	Chats  chats
	Geo    *geo.DB // nil: nobody's country is known
	Log    *slog.Logger

	listeners []func(id.Property, Entry, bool) // written before anything runs
	wake      chan struct{}                    // made by Subscribe
	houses    sync.Map                         // id.Property → *house
	hits      hits
}

// OnChange calls fn on every node once a change is in the node's index: over reports that the entry is no longer in force.
// When the allow list changed, fn gets an Entry without an ID whose Network has to be looked at again. fn may come twice
// for one change and from several goroutines: ask [Service.Check] about every connection that it seems to be about.
// Call before anything runs.
func (s *Service) OnChange(fn func(p id.Property, e Entry, over bool)) {
	s.listeners = append(s.listeners, fn)
}

// Subscribe keeps the index true while other nodes, and this one, change bans. Call it before the bus starts.
func (s *Service) Subscribe(b *bus.Bus) {
	s.wake = make(chan struct{}, 1)
	bus.On(b, Changed, s.apply)
	b.OnGap(func() {
		select {
		case s.wake <- struct{}{}:
		default: // somebody wants it already
		}
	})
}
