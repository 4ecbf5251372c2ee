package chat

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
	"parley/internal/platform/web"
)

const maxPlaces = 512 // chats whose session a dashboard's connection remembers; more than anybody has on a screen

// agentConn is what an agent's connection remembers.
type agentConn struct {
	token  string // of the login: asked again whenever news may have been lost
	bucket frameBucket
	exempt bool // from limits

	places map[id.Chat]place // used from Frame only

	agent actor.Agent // empty before hello; Frame alone writes it, under the lock

	mu      sync.Mutex
	watched map[id.Session]bool // opened by watch: they stay when the agent leaves the chat
}

// place is where a chat's news goes.
type place struct {
	session id.Session
	visitor id.Visitor
}

func (a *agentConn) watches(s id.Session) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.watched[s]
}

// property is for everybody but Frame, which may look at the agent itself.
func (a *agentConn) property() id.Property {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.agent.Property
}

func (a *agentConn) is(who actor.Agent) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.agent = who
}

// AgentHandler is the agents' road, for the hub.
func (l *Live) AgentHandler() hub.Handler { return agentSocket{l} }

type agentSocket struct{ *Live }

// Open lets in who is logged in and comes from the dashboard's own pages: a cookie alone also comes from anywhere else.
func (s agentSocket) Open(c *hub.Conn, r *http.Request) error {
	if err := s.admitConnection(c); err != nil {
		return err
	}
	if !s.ownOrigin(r) {
		return ErrAgentOrigin
	}
	token := web.CookieOf(r, web.Cookie, s.BaseURL)
	if token == "" {
		return web.ErrLoginRequired
	}
	if _, err := s.Doors.Login(r.Context(), token); err != nil {
		return err
	}
	c.State = &agentConn{token: token, exempt: s.Limits.Exempts(c.Address()), places: map[id.Chat]place{}}
	return nil
}

// ownOrigin compares with the address asked for and with the one that people type (behind a proxy they may differ).
// No Origin means no browser: browsers send it with every WebSocket and every POST.
func (s agentSocket) ownOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		site := r.Header.Get("Sec-Fetch-Site")
		return site == "" || site == "same-origin"
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Host == r.Host || origin == s.BaseURL
}

// Frame takes one frame of an agent.
func (s agentSocket) Frame(ctx context.Context, c *hub.Conn, data []byte) {
	conn := c.State.(*agentConn)
	base, ok := s.head(ctx, c, data, conn.agent.ID != "")
	if !ok {
		return
	}
	if !conn.exempt {
		if err := s.take(c, &conn.bucket); err != nil {
			if base.ID != "" {
				s.fail(ctx, c, base.ID, err)
			}
			return
		}
	}
	if s.answerable(ctx, c, base) {
		s.dispatch(ctx, c, conn, base, data)
	}
}

// Closed tells the team that a dashboard is gone.
func (s agentSocket) Closed(c *hub.Conn) {
	conn := c.State.(*agentConn)
	if c.Attached() || conn.agent.ID == "" {
		return
	}
	s.Visits.Gone(c)
	s.Roster.Closed(conn.agent.ID, conn.agent.Property)
}

// hello answers with the list as it is now, and who is here.
func (s agentSocket) hello(ctx context.Context, c *hub.Conn, conn *agentConn, data []byte) {
	h, err := readFrame[wire.AgentHello](data)
	switch {
	case err != nil:
		s.badFrame(ctx, c, ErrFrameMalformed)
		return
	case h.V != wire.Version:
		c.Close(wire.CloseWrongClient, "this server speaks another version of the protocol")
		return
	case conn.agent.ID != "" && conn.agent.Property != h.Property:
		c.Close(wire.CloseNotAllowed, "this is another property's connection")
		return
	}
	first := conn.agent.ID == ""
	who, err := s.enter(ctx, conn, h.Property)
	if err != nil {
		s.turnAway(ctx, c, err)
		return
	}
	conn.is(who)
	if h.T == "attach" {
		return
	}
	c.Hold() // until the welcome, so that no news comes before it that it does not know of
	if !c.Attached() {
		s.subscribe(c, conn, first) // before the database is read, so that nothing falls between
	}
	if err := s.welcome(ctx, c, conn); err != nil {
		c.Release(nil)
		s.refuseHello(ctx, c, err)
	}
}

// enter finds out whether the login still holds and what the agent is in the property.
func (s agentSocket) enter(ctx context.Context, conn *agentConn, p id.Property) (actor.Agent, error) {
	if !id.Valid(p) {
		return actor.Agent{}, web.ErrNoProperty
	}
	login, err := s.Doors.Login(ctx, conn.token)
	if err != nil {
		return actor.Agent{}, err
	}
	role, err := s.Doors.Member(ctx, login.Agent, p)
	if err != nil {
		return actor.Agent{}, err
	}
	return actor.Agent{ID: login.Agent, Login: login.Login, Property: p, Role: role}, nil
}

// turnAway ends the connection of somebody who may not be here; an outage is no reason for that.
func (s agentSocket) turnAway(ctx context.Context, c *hub.Conn, err error) {
	switch errs.KindOf(err) { //nolint:exhaustive // the others are outages
	case errs.Unauthorized:
		c.Close(wire.CloseLoggedOut, "the login has ended")
	case errs.NotFound, errs.Forbidden:
		c.Close(wire.CloseNotAllowed, "there is no such property")
	default:
		s.refuseHello(ctx, c, err)
	}
}

func (s agentSocket) subscribe(c *hub.Conn, conn *agentConn, first bool) {
	who := conn.agent
	c.Join(agentsTopic(who.Property))
	c.Join(agentTopic(who.Property, who.ID))
	c.Join(loginTopic(who.Login))
	s.news.knows(who.Property)
	c.Ready()
	if first {
		s.Roster.Opened(who.ID, who.Property)
	}
}

func (s agentSocket) welcome(ctx context.Context, c *hub.Conn, conn *agentConn) error {
	who := conn.agent
	p, err := s.Properties.Get(ctx, who.Property)
	if err != nil {
		return err
	}
	w := wire.AgentWelcome{
		T: "welcome", Now: s.Now().UnixMilli(), Me: who.ID, Role: who.Role, Property: who.Property, Settings: p.AgentSettings(),
	}
	listed, err := s.Chats.List(ctx, who)
	if err != nil {
		return err
	}
	w.Chats, w.Reads = list(listed.Rows), listed.Reads
	if w.Reads == nil {
		w.Reads = map[id.Session]int64{}
	}
	for _, row := range listed.Rows {
		if isIn(row, who.ID) {
			c.Join(sessionTopic(row.Session))
		}
	}
	if w.Members, err = s.Team.Members(ctx, who.Property); err != nil {
		return err
	}
	if w.Missed, w.Tickets, err = s.counts(ctx, who.Property); err != nil {
		return err
	}
	c.Release(hub.JSON(w))
	return nil
}

func (l *Live) counts(ctx context.Context, p id.Property) (missed, open int64, err error) {
	if missed, err = l.Chats.Counts(ctx, p); err != nil {
		return 0, 0, err
	}
	open, err = l.Tickets.Open(ctx, p)
	return missed, open, err
}

func isIn(row wire.Row, a id.Agent) bool {
	for _, m := range row.Members {
		if m.ID == a && m.State == wire.MemberJoined {
			return true
		}
	}
	return false
}
