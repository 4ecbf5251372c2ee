package chat

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
	"parley/internal/platform/web"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// visitorConn is what a visitor's connection remembers: little, because most of them never say a word.
type visitorConn struct {
	property id.Property
	visitor  id.Visitor    // empty before hello; written under mu
	free     atomic.Uint64 // the generation of bans by which the visitor was last found free
	bucket   frameBucket
	exempt   bool // from limits

	mu      sync.Mutex
	idle    bool         // nobody has touched the page for a while
	visit   *visit.Visit // where the visitor is, and with what; written under mu
	session id.Session   // the visitor's active one; empty: none, nothing to type into and nothing to leave
}

func (v *visitorConn) active() id.Session {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.session
}

func (v *visitorConn) setActive(s id.Session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.session = s
}

func (v *visitorConn) who(c *hub.Conn) actor.Visitor {
	return actor.Visitor{ID: v.visitor, Property: v.property, Address: c.Address()}
}

// VisitorHandler is the visitors' road, for the hub.
func (l *Live) VisitorHandler() hub.Handler { return visitorSocket{l} }

type visitorSocket struct{ *Live }

// Open lets a browser in whose page may carry the widget.
func (s visitorSocket) Open(c *hub.Conn, r *http.Request) error {
	if err := s.admitConnection(c); err != nil {
		return err
	}
	p, err := s.Properties.Get(r.Context(), id.Property(r.URL.Query().Get("property")))
	if err != nil {
		return err
	}
	if !p.Settings.Allows(c.Origin()) && !s.Pages.OwnPage(r.Context(), p.ID, c.Origin()) {
		return ErrOrigin
	}
	c.State = &visitorConn{property: p.ID, exempt: s.Limits.Exempts(c.Address())}
	if err := s.openUnlessBanned(r.Context(), c, p.ID); err != nil {
		return err
	}
	return s.takePlace(r.Context(), c)
}

// openUnlessBanned asks by address, before anything else is known. Browsers do not show a page why an upgrade was refused,
// so the connection opens, to be closed with the code that says it. A POST of frames has an answer that can say it.
func (s visitorSocket) openUnlessBanned(ctx context.Context, c *hub.Conn, p id.Property) error {
	verdict, err := s.Bans.Check(ctx, p, ban.Who{Addresses: ban.Addresses(c.Address())})
	switch {
	case err != nil:
		return err
	case verdict.Banned && c.Attached():
		return ban.ErrBanned
	case verdict.Banned:
		turnAwayBanned(c)
	}
	return nil
}

// Frame takes one frame of a visitor.
func (s visitorSocket) Frame(ctx context.Context, c *hub.Conn, data []byte) {
	conn := c.State.(*visitorConn)
	base, ok := s.head(ctx, c, data, conn.visitor != "")
	if !ok {
		return
	}
	err := s.admit(c, conn, base)
	if err == nil && !isHello(base.T) {
		err = s.mayWrite(ctx, c, conn, true)
	}
	switch {
	case err != nil && base.ID != "":
		s.fail(ctx, c, base.ID, err)
	case errors.Is(err, ban.ErrBanned):
		turnAwayBanned(c)
	case err == nil && s.answerable(ctx, c, base):
		s.dispatch(ctx, c, conn, base, data)
	}
}

// admit applies the limits: every frame counts for its connection, and what costs the database something counts for
// the visitor and the address too.
func (s visitorSocket) admit(c *hub.Conn, conn *visitorConn, base wire.Base) error {
	if conn.exempt {
		return nil
	}
	if err := s.take(c, &conn.bucket); err != nil {
		return err
	}
	network := web.Network(c.Address())
	if !keyed(base.T) {
		if ok, wait := s.limits.others.Allow(network); !ok {
			return ErrFrameTooMany.In(wait)
		}
		return nil
	}
	if ok, wait := s.limits.addresses.Allow(network); !ok {
		return ErrFrameTooMany.In(wait)
	}
	if ok, wait := s.limits.visitors.Allow(string(conn.visitor)); !ok {
		return ErrFrameTooMany.In(wait)
	}
	return nil
}

// Closed notices that the visitor may have left the site.
func (s visitorSocket) Closed(c *hub.Conn) {
	s.freePlace(c)
	conn := c.State.(*visitorConn)
	if c.Attached() || conn.visitor == "" {
		return
	}
	s.part(c, conn, conn.visitor)
}

// part ends a connection's being a visitor's: it is over, or somebody else's from now on (tabs agree on one token).
func (s visitorSocket) part(c *hub.Conn, conn *visitorConn, v id.Visitor) {
	c.Leave(visitor.Topic(v))
	s.leaveVisit(conn)
	if conn.active() != "" {
		s.presence.Gone(conn.property, v)
	}
}

// hello answers with everything that the widget needs to show the truth, after a second away or a week.
func (s visitorSocket) hello(ctx context.Context, c *hub.Conn, conn *visitorConn, data []byte) {
	h, err := readFrame[wire.VisitorHello](data)
	switch {
	case err != nil:
		s.badFrame(ctx, c, ErrFrameMalformed)
		return
	case h.V != wire.Version:
		c.Close(wire.CloseWrongClient, "this server speaks another version of the protocol")
		return
	case h.Property != "" && h.Property != conn.property:
		c.Close(wire.CloseNotAllowed, "this is another property's connection")
		return
	}
	h.TimeZone = h.Zone()
	was := conn.visitor
	known, renewed := s.identify(conn, h)
	if was != "" && was != conn.visitor {
		s.part(c, conn, was)
	}
	if h.T == "attach" && !known {
		s.badFrame(ctx, c, ErrFrameHello)
		return
	}
	if h.T == "attach" {
		s.pass(ctx, conn, s.arrival(c, h))
	}
	if !s.letIn(ctx, c, conn, known) || h.T == "attach" {
		return
	}
	c.Hold()             // until the welcome, so that no news comes before it that it does not know of
	s.subscribe(c, conn) // before the database is read, so that nothing falls between
	if s.Bans.ByEmail(conn.property) {
		conn.free.Store(0) // an email address that changed meanwhile was told to nobody here
	}
	if !s.letIn(ctx, c, conn, known) {
		return // banned while nobody would have found the connection
	}
	if err := s.welcome(ctx, c, conn, h, known, renewed); err != nil {
		c.Release(nil)
		s.refuseHello(ctx, c, err)
	}
}

// letIn asks about the visitor whom hello named, and shows them out without a word.
func (s visitorSocket) letIn(ctx context.Context, c *hub.Conn, conn *visitorConn, known bool) bool {
	err := s.mayWrite(ctx, c, conn, known)
	switch {
	case errors.Is(err, ban.ErrBanned):
		turnAwayBanned(c)
	case err != nil:
		s.refuseHello(ctx, c, err)
	}
	return err == nil
}

// identify finds out who this is. Whoever has no good token, and was nobody on this connection yet, is a new visitor.
func (s visitorSocket) identify(conn *visitorConn, h wire.VisitorHello) (known bool, renewed string) {
	now := s.Now()
	token, ok := s.Tokens.Check(h.Token, conn.property, now)
	switch {
	case ok:
		conn.become(token.Visitor)
		if token.Stale(now) {
			renewed = s.Tokens.Make(conn.visitor, conn.property, now)
		}
		return true, renewed
	case h.T == "attach":
		return false, ""
	case conn.visitor == "":
		conn.become(id.New[id.Visitor]())
		return false, s.Tokens.Make(conn.visitor, conn.property, now)
	default: // hello again by a client that has lost its token
		return true, s.Tokens.Make(conn.visitor, conn.property, now)
	}
}

// become makes the connection a visitor's, of whom nobody has asked yet whether they may be here.
func (v *visitorConn) become(who id.Visitor) {
	if v.visitor == who {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.visitor = who
	v.free.Store(0)
}

func (s visitorSocket) subscribe(c *hub.Conn, conn *visitorConn) {
	if c.Attached() {
		return
	}
	c.Join(visitor.Topic(conn.visitor))
	c.Join(widgetsTopic(conn.property))
	s.news.knows(conn.property)
	c.Ready()
}

func (s visitorSocket) welcome(ctx context.Context, c *hub.Conn, conn *visitorConn, h wire.VisitorHello, known bool, token string) error {
	w := wire.Welcome{T: "welcome", Now: s.Now().UnixMilli(), Visitor: conn.visitor, Token: token, Panel: s.Panel}
	settings, err := s.widget(ctx, conn.property)
	if err != nil {
		return err
	}
	if h.Settings != settings.Version {
		w.Settings = &settings
	}
	if w.Team, err = s.Team.Team(ctx, conn.property); err != nil {
		return err
	}
	if !h.Open || w.Team.Agents == nil {
		w.Team.Agents = []wire.Person{} // faces are for the panel; the launcher needs the status alone
	}
	stored, err := s.arrive(ctx, c, conn, s.arrival(c, h), known)
	if err != nil {
		return err
	}
	w.Keep = s.seen(conn)
	away := false
	if stored { // whoever has no row has nothing stored: no reading either
		if away, err = s.resume(ctx, conn, h, &w); err != nil {
			return err
		}
	}
	c.Release(hub.JSON(w))
	if w.Session != nil && w.Session.Active {
		s.isBack(ctx, c, conn, away)
	}
	return nil
}

func (s visitorSocket) resume(ctx context.Context, conn *visitorConn, h wire.VisitorHello, w *wire.Welcome) (away bool, err error) {
	r, err := s.Chats.Resume(ctx, actor.Visitor{ID: conn.visitor, Property: conn.property}, h.Session, h.Last)
	if err != nil {
		return false, err
	}
	s.Visits.Know(conn.property, conn.visitor, r.Row)
	s.showOpener(conn, w, r.Opener)
	if w.Session = r.Session; r.Session == nil {
		conn.setActive("")
		return false, nil
	}
	if h.Open || h.Session != "" {
		w.Messages, w.More = r.Messages, r.More
	}
	conn.setActive("")
	if r.Session.Active {
		conn.setActive(r.Session.ID)
	}
	return r.Away, nil
}

// isBack tells the agents that the visitor is here, and where. The welcome has been sent; a failure costs no more than news.
func (s visitorSocket) isBack(ctx context.Context, c *hub.Conn, conn *visitorConn, away bool) {
	s.presence.Back(conn.visitor)
	if away {
		if err := s.Chats.VisitorBack(ctx, conn.property, conn.visitor); err != nil {
			s.unheard(ctx, c, "hello", err)
		}
	}
	if err := s.Visitors.Refresh(ctx, conn.who(c), s.facts(conn)); err != nil {
		s.unheard(ctx, c, "hello", err)
	}
}

// unheard logs the failure of something that nobody waits for an answer to.
func (l *Live) unheard(ctx context.Context, c *hub.Conn, frame string, err error) {
	if e := errs.Find(err); e != nil && e.Kind != errs.Internal && e.Kind != errs.Unavailable || ctx.Err() != nil {
		return // a mark for a session that is not theirs: nobody must act
	}
	l.Log.WarnContext(ctx, "frame without an answer failed", "connection", c.ID(), "frame", frame, "error", err)
}
