package property

import (
	"context"
	"fmt"
	"time"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/memo"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
)

const (
	// keepFor bounds how long a node believes its memory when the news of a change was lost unnoticed.
	keepFor = time.Minute
	// keepMany is how many properties a node has in memory: a few kB each.
	keepMany = 10_000
)

// Options makes a Service.
type Options struct {
	DB      *db.DB
	Now     clock.Clock
	BaseURL string // of this server, for the snippet
}

// Service is the only way to properties: HTTP, the sockets and tests all call it.
type Service struct {
	db    *db.DB
	now   clock.Clock
	base  string
	cache *memo.Cache[id.Property, known]
}

// known is a property with what every visitor's welcome needs of it, made once.
type known struct {
	Property
	widget wire.WidgetSettings
}

// New makes a service with an empty memory.
func New(o Options) *Service {
	s := &Service{db: o.DB, now: o.Now, base: o.BaseURL}
	s.cache = memo.New(o.Now, keepFor, keepMany, s.load)
	return s
}

// Subscribe keeps the memory true while other nodes, and this one, change properties. Call it before the bus starts.
func (s *Service) Subscribe(b *bus.Bus) {
	bus.On(b, Changed, func(_ id.Property, c Change) { s.cache.Forget(c.Property) })
	b.OnGap(s.cache.Clear)
}

func (s *Service) load(ctx context.Context, p id.Property) (known, error) {
	var k known
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		k.Property, err = find(ctx, tx, p)
		return err
	})
	if err != nil {
		return known{}, fmt.Errorf("load property %s: %w", p, err)
	}
	k.widget = k.Settings.WidgetSettings()
	return k, nil
}

// Get answers from memory; it is at most a moment behind the database. An unknown id is ErrNotFound.
func (s *Service) Get(ctx context.Context, p id.Property) (Property, error) {
	if !id.Valid(p) {
		return Property{}, ErrNotFound
	}
	k, err := s.cache.Get(ctx, p)
	return k.Property, err
}

// Settings are a property's settings, from memory like Get. The slice in it is shared: do not write to it.
func (s *Service) Settings(ctx context.Context, p id.Property) (Settings, error) {
	k, err := s.Get(ctx, p)
	return k.Settings, err
}

// Widget is what a visitor's welcome says of the property, from memory and ready made.
func (s *Service) Widget(ctx context.Context, p id.Property) (wire.WidgetSettings, error) {
	if !id.Valid(p) {
		return wire.WidgetSettings{}, ErrNotFound
	}
	k, err := s.cache.Get(ctx, p)
	return k.widget, err
}

// Create makes a property with the default settings, inside the transaction that makes its first owner.
func (s *Service) Create(ctx context.Context, tx *db.Tx, name string) (id.Property, error) {
	name, err := NormalName(name)
	if err != nil {
		return "", err
	}
	p := Property{ID: id.New[id.Property](), Name: name, Settings: Defaults(name), Version: 1}
	return p.ID, insert(ctx, tx, p, s.now())
}

// Change sets the name (nil: as it is) and the settings in the patch. version is the one that the caller's form was
// filled with: if somebody else was faster the answer is ErrChanged and nothing happens.
func (s *Service) Change(ctx context.Context, who actor.Agent, version int64, name *string, patch Patch) (Property, error) {
	var next Property
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		was, err := find(ctx, tx, who.Property)
		if err != nil {
			return err
		}
		if next, err = was.change(version, name, patch); err != nil {
			return err
		}
		Changed.Emit(tx, next.ID, Change{Property: next.ID})
		if err := update(ctx, tx, next); err != nil {
			return err
		}
		changes := was.changes(next)
		if len(changes) == 0 {
			return nil
		}
		return audit.Write(ctx, tx, audit.Entry{
			Property: next.ID, At: s.now(), Agent: who.ID, Action: audit.SettingsChanged, Target: string(next.ID),
			Detail: map[string]audit.Changes{"changes": changes},
		})
	})
	s.cache.Forget(who.Property) // so that whoever changed it reads it back changed, before the news has gone round
	if err != nil {
		return Property{}, fmt.Errorf("change property %s: %w", who.Property, err)
	}
	return next, nil
}

func (p Property) change(version int64, name *string, patch Patch) (Property, error) {
	if p.Version != version {
		return p, ErrChanged
	}
	if name != nil {
		n, err := NormalName(*name)
		if err != nil {
			return p, err
		}
		p.Name = n
	}
	settings, err := patch.Apply(p.Settings).Normal()
	if err != nil {
		return p, err
	}
	p.Settings = settings
	p.Version++
	return p, nil
}

// List is the properties that an agent works in, by name.
func (s *Service) List(ctx context.Context, agent id.Agent) ([]Property, error) {
	var list []Property
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = listOf(ctx, tx, agent)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list properties of agent %s: %w", agent, err)
	}
	return list, nil
}

// All is every property of the installation, for work that is done behind everybody's back.
func (s *Service) All(ctx context.Context) (all []id.Property, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		all, err = ids(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list all properties: %w", err)
	}
	return all, nil
}

// Snippet is the script tag of a property on this server.
func (s *Service) Snippet(p id.Property) string { return Snippet(s.base, p) }
