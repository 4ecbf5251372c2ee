package chat

import (
	"context"
	"encoding/json"
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
	"parley/internal/platform/hub"
	"parley/internal/platform/web"
	"parley/internal/property"
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
	errLiveInternal   = errs.New(errs.Internal, "internal", "Something went wrong on our side.")
)

const (
	retryDefault = 2 * time.Second
	streamWait   = time.Second // for the node that has a fallback's stream to join it to a session
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

// LiveOptions is everything that the sockets need. All fields but Panel and Grace are required.
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
	Tokens     visitor.Tokens
	Tickets    tickets
	Bans       bans
	Limits     web.Limits
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
	news      news
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
}

// NewLive makes the sockets' side and subscribes it to the bus, so call it before the bus starts. Nothing is sent before Run.
func NewLive(o LiveOptions) *Live {
	l := &Live{LiveOptions: o, lost: make(chan struct{}, 1), gone: make(chan struct{}, 1), aftermath: newAftermath(), limits: limits{
		connections: web.NewLimiter(5, 30, o.Now),
		posts:       web.NewLimiter(20, 120, o.Now),
		addresses:   web.NewLimiter(10, 120, o.Now),
		others:      web.NewLimiter(200, 1000, o.Now),
		visitors:    web.NewLimiter(1, 30, o.Now),
	}}
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
		T: "error", ID: command, Code: e.Code, Message: e.Message, Field: e.Field, RetryAfterMS: ceilMS(wait),
	}))
	if errors.Is(err, ban.ErrBanned) {
		turnAwayBanned(c)
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

// refuseHello says why hello was not answered, and ends the connection so that the client tries again by its own rules.
func (l *Live) refuseHello(ctx context.Context, c *hub.Conn, err error) {
	l.fail(ctx, c, "", err)
	c.Close(wire.CloseTryLater, "hello could not be answered")
}

// badFrame ends a connection whose peer does not speak the protocol.
func (l *Live) badFrame(ctx context.Context, c *hub.Conn, err *errs.Error) {
	l.fail(ctx, c, "", err)
	c.Close(wire.CloseBadFrame, err.Message)
}

// readFrame reads a frame into its type.
func readFrame[F any](data []byte) (F, error) {
	var f F
	if err := json.Unmarshal(data, &f); err != nil {
		return f, ErrFrameMalformed
	}
	return f, nil
}

// keyed reports whether frames of the type are commands: answered, so they need an id.
func keyed(t string) bool {
	switch t {
	case "send", "end", "rate", "ticket", "history", "sessions", "join", "leave", "close", "invite", "watch":
		return true
	default:
		return false
	}
}

func ceilMS(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }

// Frames of one connection beyond these are a flood: no person types so fast, and no widget of ours sends so much.
const (
	frameBurst   = 100
	frameRate    = 20.0 // a second
	frameStrikes = 200  // refused ones in a row until the connection is closed
)

// frameBucket is one connection's own limit, in a few words. It is used from Frame only, so it needs no lock.
type frameBucket struct {
	tokens  float32
	strikes uint16
	filled  int64 // unix ms
}

// take says whether a frame is welcome, and whether there have been so many others that the connection must go.
func (b *frameBucket) take(now time.Time) (ok, flood bool) {
	ms := now.UnixMilli()
	if b.filled == 0 {
		b.tokens = frameBurst
	} else if since := ms - b.filled; since > 0 {
		b.tokens = min(frameBurst, b.tokens+float32(since)*frameRate/1000)
	}
	b.filled = ms
	if b.tokens >= 1 {
		b.tokens--
		if b.strikes > 0 {
			b.strikes--
		}
		return true, false
	}
	b.strikes++
	return false, b.strikes >= frameStrikes
}
