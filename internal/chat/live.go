package chat

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/geo"
	"parley/internal/platform/hub"
	"parley/internal/platform/web"
	"parley/internal/property"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// The refusals of frames, before any feature sees them.
var (
	ErrFrameMalformed = errs.New(errs.Invalid, "frame.malformed", "This frame is not a JSON object of its type.")
	ErrFrameUnknown   = errs.New(errs.Invalid, "frame.unknown", "There is no frame of this type.")
	ErrFrameID        = errs.New(errs.Invalid, "frame.id", "This frame needs an id of 1 to 64 letters, digits, - or _.").At("id")
	ErrFrameHello     = errs.New(errs.Invalid, "frame.hello", "The first frame must be hello.")
	ErrFrameTooMany   = errs.New(errs.TooMany, "frame.too_many", "That was too much at once. Please wait a moment.")
	ErrOrigin         = errs.New(errs.Forbidden, "origin.not_allowed", "This website may not use this property's widget.")
	ErrAgentOrigin    = errs.New(errs.Forbidden, "origin.not_own", "This call must come from the dashboard's own address.")
	ErrTooManyOpen    = errs.New(errs.TooMany, "connection.too_many", "Too many connections are open from this network. Close some, or try again later.")
	errLiveInternal   = errs.New(errs.Internal, "internal", "Something went wrong on our side.")
)

const (
	retryDefault = 2 * time.Second
	placeWait    = 30 * time.Second // until somebody of the network has gone, perhaps
	streamWait   = time.Second      // for the node that has a fallback's stream to join it to a session
)

// properties answers what a property's owner has set, from memory.
type properties interface {
	Get(ctx context.Context, p id.Property) (property.Property, error)
	Widget(ctx context.Context, p id.Property) (wire.WidgetSettings, error)
}

// team answers who works in a property now.
type team interface {
	Team(ctx context.Context, p id.Property) (wire.Team, error)        // as visitors see it
	Members(ctx context.Context, p id.Property) ([]wire.Member, error) // as colleagues see it
}

// doors finds out who an agent is.
type doors interface {
	Login(ctx context.Context, token string) (actor.Login, error)
	Member(ctx context.Context, a id.Agent, p id.Property) (actor.Role, error)
}

// roster is told which agents have a dashboard open on this node.
type roster interface {
	Opened(a id.Agent, p id.Property) // every Opened is followed by its Closed
	Closed(a id.Agent, p id.Property)
}

// tickets takes the forms that visitors leave.
type tickets interface {
	Leave(ctx context.Context, who actor.Visitor, facts visitor.Facts, form wire.VisitorTicket) (wire.Ack, error)
	Open(ctx context.Context, p id.Property) (int64, error) // how many are open
}

// places finds out where an address is; nothing where nobody knows.
type places interface {
	Find(address string) geo.Place
}

// ownPages knows where we show pages ourselves: a property's widget may be there, whatever domains the owner allows.
type ownPages interface {
	OwnPage(ctx context.Context, p id.Property, origin string) bool
}

// LiveOptions is everything that the sockets need. All fields but MaxOpen, Panel and Grace are required.
type LiveOptions struct {
	Chats      *Service
	Hub        *hub.Hub
	Bus        *bus.Bus
	Now        clock.Clock
	Log        *slog.Logger
	Properties properties
	Team       team
	Doors      doors
	Roster     roster
	Visitors   *visitor.Service
	Visits     *visit.Service
	Places     places
	Tokens     visitor.Tokens
	Tickets    tickets
	Shelf      shelf
	Bans       bans
	Pages      ownPages
	Limits     web.Limits
	MaxOpen    int           // visitors' connections of one address at a time, on this node; 0: no limit
	BaseURL    string        // the address that people type: dashboards come from there
	Panel      string        // path of the widget's panel script
	Grace      time.Duration // until a visitor without a connection has left; 0: visitor.DefaultGrace
}

// Live is both roads into the chats, the visitors' and the agents', and the news that goes back out.
// It translates; it decides nothing.
type Live struct {
	LiveOptions
	presence  *visitor.Presence
	limits    limits
	places    *web.Places  // of visitors' connections, by network
	crowded   *web.Limiter // how often the log says that one is full
	news      news
	reading   reading
	aftermath aftermath
	lost      chan struct{} // a node is gone
	gone      chan struct{} // an agent lost access to a property
}

// limits are the floods that a node stands (ADR 0001, decision 13). By address means by its network: see web.Network.
type limits struct {
	connections *web.Limiter // new ones, by address
	posts       *web.Limiter // of the fallback, by address
	addresses   *web.Limiter // commands, by address
	others      *web.Limiter // a visitor's frames that are no commands, by address: many connections are no way round
	visitors    *web.Limiter // commands, by visitor
	editing     *web.Limiter // news of open editors, by agent: everybody in the team gets them
}

// NewLive makes the sockets' side and subscribes it to the bus, so call it before the bus starts. Nothing is sent before Run.
func NewLive(o LiveOptions) *Live {
	l := &Live{LiveOptions: o, lost: make(chan struct{}, 1), gone: make(chan struct{}, 1), aftermath: newAftermath(), limits: limits{
		connections: web.NewLimiter(5, 30, o.Now),
		posts:       web.NewLimiter(20, 120, o.Now),
		addresses:   web.NewLimiter(10, 120, o.Now),
		others:      web.NewLimiter(200, 1000, o.Now),
		visitors:    web.NewLimiter(1, 30, o.Now),
		editing:     web.NewLimiter(editingRate, editingBurst, o.Now),
	}}
	l.places, l.crowded = web.NewPlaces(o.MaxOpen), web.NewLimiter(1.0/600, 1, o.Now)
	l.presence = visitor.NewPresence(visitor.PresenceOptions{
		Hub: o.Hub, Bus: o.Bus, Now: o.Now, Grace: o.Grace, Log: o.Log, Left: l.visitorLeft,
	})
	l.listen()
	return l
}

// admitConnection applies the limits of new connections and, for the fallback, of POSTs.
func (l *Live) admitConnection(c *hub.Conn) error {
	limiter := l.limits.connections
	if c.Attached() {
		limiter = l.limits.posts
	}
	if l.Limits.Exempts(c.Address()) {
		return nil
	}
	if ok, wait := limiter.Allow(web.Network(c.Address())); !ok {
		return ErrFrameTooMany.In(wait)
	}
	return nil
}

// takePlace finds room for a visitor's connection among those of its network. Agents need none: they have logged in.
func (l *Live) takePlace(ctx context.Context, c *hub.Conn) error {
	if c.Attached() || l.Limits.Exempts(c.Address()) {
		return nil
	}
	network := web.Network(c.Address())
	if l.places.Take(network) {
		return nil
	}
	if ok, _ := l.crowded.Allow(network); ok { // most likely a proxy that nobody told us of
		l.Log.WarnContext(ctx, "an address has as many connections as it may; if it is a proxy, name it in --trusted-proxies",
			"address", network, "max_connections", l.MaxOpen)
	}
	return ErrTooManyOpen.In(placeWait)
}

func (l *Live) freePlace(c *hub.Conn) {
	if !c.Attached() && !l.Limits.Exempts(c.Address()) {
		l.places.Free(web.Network(c.Address()))
	}
}

// Presence tells who has left; tests move its time.
func (l *Live) Presence() *visitor.Presence { return l.presence }

// visitorLeft notes that a visitor has gone, unless they came back while it was written.
func (l *Live) visitorLeft(ctx context.Context, p id.Property, v id.Visitor) error {
	if err := l.Chats.VisitorLeft(ctx, p, v); err != nil {
		return err
	}
	if l.presence.Has(v) {
		return l.Chats.VisitorBack(ctx, p, v)
	}
	return nil
}

// fail answers a command that was refused, and logs what nobody expected, here and only here.
func (l *Live) fail(ctx context.Context, c *hub.Conn, command string, err error) {
	e := errs.Find(err)
	switch {
	case e == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		e = errLiveInternal.In(retryDefault) // the server stops: nothing was stored, and another one will take it
	case e == nil, e.Kind == errs.Internal:
		e = errLiveInternal
		l.Log.ErrorContext(ctx, "frame failed", "connection", c.ID(), "command", command, "error", err)
	case e.Kind == errs.Unavailable:
		l.Log.WarnContext(ctx, "frame refused", "connection", c.ID(), "command", command, "error", err)
	}
	wait := e.RetryAfter
	if wait == 0 && (e.Kind == errs.Unavailable || e.Kind == errs.TooMany) {
		wait = retryDefault
	}
	c.Send(hub.JSON(wire.Error{
		T: "error", ID: command, Code: e.Code, Message: e.Message, Field: e.Field, About: e.About, RetryAfterMS: ceilMS(wait),
	}))
	if _, ok := c.State.(*visitorConn); !ok {
		return // agents are told of visitors who are banned, and stay
	}
	switch {
	case errors.Is(err, ban.ErrBanned):
		turnAwayBanned(c)
	case errors.Is(err, visitor.ErrForgotten):
		forget(c)
	}
}

// answer sends what a command brought, or why it was refused.
func (l *Live) answer(ctx context.Context, c *hub.Conn, command string, frame any, err error) {
	if err != nil {
		l.fail(ctx, c, command, err)
		return
	}
	c.Send(hub.JSON(frame))
}

// refuseHello says why hello was not answered, and ends the connection so that the client tries again by its own rules. Who was
// erased is told nothing but that.
func (l *Live) refuseHello(ctx context.Context, c *hub.Conn, err error) {
	if errors.Is(err, visitor.ErrForgotten) {
		forget(c)
		return
	}
	l.fail(ctx, c, "", err)
	c.Close(wire.CloseTryLater, "hello could not be answered")
}

func ceilMS(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }
