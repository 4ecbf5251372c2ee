package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/memo"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// How long a node believes its memory when the news of a change was lost unnoticed, and how much it remembers.
const (
	keepAccess = 10 * time.Second
	keepPeople = time.Minute
	keepMany   = 20_000
	keepFaces  = 200 // pictures, of some 15 kB each
)

// properties makes the first property of an owner; the property feature answers.
type properties interface {
	Create(ctx context.Context, tx *db.Tx, name string) (id.Property, error)
}

// Options makes a Service.
type Options struct {
	DB         *db.DB
	Now        clock.Clock
	Log        *slog.Logger
	BaseURL    string // of this server: links, and whether cookies are Secure
	Keys       Keys   // of the installation
	Properties properties
	Node       string                    // of the bus
	Publish    func([]event.Event)       // of the bus
	Exempt     func(address string) bool // networks without limits; nil: none
}

// Service is the only way to accounts, logins, teams and presence: HTTP, the sockets, the command line and tests call it.
// It is the Auth of platform/web.
type Service struct {
	Presence *Presence

	o       Options
	secrets *hasher
	guesses *web.Limiter // log-ins, by address
	shrinks chan struct{}

	logins   *memo.Cache[string, actor.Login] // by hash of the token
	roles    *memo.Cache[place, actor.Role]
	people   *memo.Cache[id.Agent, wire.Person]
	teams    *memo.Cache[id.Property, []colleague]
	pictures *memo.Cache[id.Picture, Picture]

	news news
}

// New makes a service with an empty memory.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Exempt == nil {
		o.Exempt = func(string) bool { return false }
	}
	if o.Publish == nil {
		o.Publish = func([]event.Event) {}
	}
	s := &Service{
		o: o, secrets: newHasher(hashParams), shrinks: make(chan struct{}, 1),
		guesses: web.NewLimiter(0.5, 30, o.Now), // an office starts its day behind one address; a guesser gets 1,800 an hour
		news:    news{wake: make(chan struct{}, 1), dirty: map[id.Property]bool{}},
	}
	s.logins = memo.New(o.Now, keepAccess, keepMany, s.loadLogin)
	s.roles = memo.New(o.Now, keepAccess, keepMany, s.loadRole)
	s.people = memo.New(o.Now, keepPeople, keepMany, s.loadPerson)
	s.teams = memo.New(o.Now, keepPeople, keepMany, s.loadTeam)
	s.pictures = memo.New(o.Now, keepPeople, keepFaces, s.loadPicture)
	s.Presence = newPresence(o.Node, o.Now, o.Publish, s.news.add)
	return s
}

// Subscribe keeps the memory true while any node changes something. Call it before the bus starts.
func (s *Service) Subscribe(b *bus.Bus) {
	bus.On(b, LoginsEnded, func(_ id.Property, e Ended) { s.onLoginsEnded(e) })
	bus.On(b, MembersChanged, func(_ id.Property, m Membership) { s.onMembersChanged(m) })
	bus.On(b, PersonChanged, func(_ id.Property, r Renamed) { s.people.Forget(r.Agent) })
	bus.On(b, presenceTold, func(_ id.Property, t told) { s.Presence.onTold(t) })
	bus.On(b, presenceAsked, func(_ id.Property, a asked) { s.Presence.onAsked(a) })
	b.OnNodeLost(s.Presence.onLost)
	b.OnGap(s.onGap)
}

func (s *Service) onLoginsEnded(e Ended) {
	ended := make(map[id.Login]bool, len(e.Logins))
	for _, l := range e.Logins {
		ended[l] = true
	}
	s.logins.ForgetIf(func(_ string, l actor.Login) bool { return ended[l.Login] })
	s.roles.ForgetIf(func(at place, _ actor.Role) bool { return at.Agent == e.Agent && at.Property == e.Property })
}

func (s *Service) onMembersChanged(m Membership) {
	s.roles.Forget(place(m))
	s.teams.Forget(m.Property)
	s.news.add([]id.Property{m.Property})
}

// onGap forgets everything: what was missed may have been about anything.
func (s *Service) onGap() {
	s.logins.Clear()
	s.roles.Clear()
	s.people.Clear()
	s.teams.ForgetIf(func(p id.Property, _ []colleague) bool {
		s.news.add([]id.Property{p})
		return true
	})
	s.Presence.ask()
}

// Run watches the time for presence and tells of changes until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	s.Presence.ask()
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			s.Presence.tick()
		case <-s.news.wake:
			pause := time.NewTimer(gather)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return nil
			}
			s.news.flush()
		}
	}
}

// gather is how long changes of a team are collected: a morning's ten agents make one frame, and nobody sees the delay.
const gather = 100 * time.Millisecond

// news collects which teams changed, so that many changes at once are told once.
type news struct {
	wake chan struct{} // room for one: more would say the same

	mu        sync.Mutex
	dirty     map[id.Property]bool
	listeners []func(id.Property)
}

func (n *news) add(list []id.Property) {
	if len(list) == 0 {
		return
	}
	n.mu.Lock()
	for _, p := range list {
		n.dirty[p] = true
	}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *news) flush() {
	n.mu.Lock()
	list, listeners := n.dirty, n.listeners
	n.dirty = map[id.Property]bool{}
	n.mu.Unlock()
	for p := range list {
		for _, fn := range listeners {
			fn(p)
		}
	}
}

// OnTeamChanged calls fn on this node whenever [Service.Team] or [Service.Members] of a property answer differently:
// roles, names, pictures, statuses, presence. Calls come from one goroutine, gathered over 100 ms.
func (s *Service) OnTeamChanged(fn func(id.Property)) {
	s.news.mu.Lock()
	defer s.news.mu.Unlock()
	s.news.listeners = append(s.news.listeners, fn)
}
