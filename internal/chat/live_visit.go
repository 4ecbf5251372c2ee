package chat

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/platform/hub"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// tabTopic tells of a tab whose stream is on another node than its POST came to, and of consent that was taken back in one of
// several tabs.
var tabTopic = event.New[tab]("chat.tab")

// tab is what a browser says of itself beside its stream. Nothing is set where it says nothing.
type tab struct {
	Visitor id.Visitor     `json:"visitor"`
	Conn    string         `json:"conn,omitempty"`
	Hello   *visit.Arrival `json:"hello,omitempty"`
	Page    *wire.Page     `json:"page,omitempty"`
	Idle    *bool          `json:"idle,omitempty"`
	Forget  bool           `json:"forget,omitempty"` // of all its tabs
}

func (v *visitorConn) where() *visit.Visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.visit
}

// seen reports whether the connection's visitor may be seen.
func (l *Live) seen(conn *visitorConn) bool { return l.Visits.Listed(conn.property, conn.where()) }

// facts are what a chat is told of the connection's visitor.
func (l *Live) facts(conn *visitorConn) visitor.Facts {
	return l.Visits.Facts(conn.property, conn.where())
}

// arrival is what a hello and its connection tell, cut to what may be stored.
func (s visitorSocket) arrival(c *hub.Conn, h wire.VisitorHello) visit.Arrival {
	f := visitor.Facts{Page: h.Page, Language: h.Language, TimeZone: h.TimeZone}.Clean()
	where := s.Places.Find(c.Address())
	return visit.Arrival{
		Page: f.Page, Language: f.Language, TimeZone: f.TimeZone, UserAgent: c.UserAgent(), Address: c.Address(),
		Country: where.Country, City: where.City, Idle: h.Idle, Consent: h.Consent, Private: h.Private,
	}
}

// pass gives the short life of a POST what chatting may know.
func (s visitorSocket) pass(ctx context.Context, conn *visitorConn, a visit.Arrival) {
	is := visit.Aside(a)
	if p, err := s.Properties.Get(ctx, conn.property); err == nil && a.Seen(p.Settings) {
		is = visit.Passing(a)
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	conn.visit = is
}

// arrive begins the connection's part of the visit, or keeps it off the list. stored: there may be a row of the visitor, whose
// token was good if known.
func (s visitorSocket) arrive(ctx context.Context, c *hub.Conn, conn *visitorConn, a visit.Arrival, known bool) (stored bool, err error) {
	p, err := s.Properties.Get(ctx, conn.property)
	if err != nil {
		return false, err
	}
	if c.Attached() {
		s.pass(ctx, conn, a)
		s.tellTab(ctx, conn.property, tab{Visitor: conn.visitor, Conn: c.ID(), Hello: &a})
		return known, nil
	}
	listed, looked, has := s.settle(conn, a, a.Seen(p.Settings), p.Settings.PageTrail)
	switch {
	case !listed:
		return known, nil
	case !known:
		s.Visits.Know(conn.property, conn.visitor, nil)
	case looked && !has:
		return false, nil
	}
	return known, nil
}

// settle counts the connection among the tabs of its visitor's visit, or takes it out.
func (l *Live) settle(conn *visitorConn, a visit.Arrival, seen, trail bool) (listed, known, stored bool) {
	conn.mu.Lock()
	defer conn.mu.Unlock()
	a.WasIdle, conn.idle = conn.idle, a.Idle
	if !seen {
		l.Visits.Leave(conn.property, conn.visit, a.WasIdle)
		conn.visit = visit.Aside(a)
		return false, false, false
	}
	conn.visit, known, stored = l.Visits.Arrive(conn.property, conn.visitor, conn.visit, a, trail)
	return true, known, stored
}

// leaveVisit takes the connection out of the visit's tabs.
func (l *Live) leaveVisit(conn *visitorConn) {
	conn.mu.Lock()
	defer conn.mu.Unlock()
	l.Visits.Leave(conn.property, conn.visit, conn.idle)
	conn.visit = nil
}

// page notes where the visitor is now; agents hear of it while there is a session.
func (s visitorSocket) page(ctx context.Context, c *hub.Conn, conn *visitorConn, f wire.VisitorPage) error {
	page := visitor.CleanPage(f.Page)
	page.Referrer = ""
	if c.Attached() {
		s.tellTab(ctx, conn.property, tab{Visitor: conn.visitor, Conn: c.ID(), Page: &page})
		if known, stored := s.Visits.Stored(conn.property, conn.visitor); known && !stored || !s.seen(conn) {
			return nil
		}
		facts := s.facts(conn)
		facts.Page = page
		return s.Visitors.Refresh(ctx, conn.who(c), facts)
	}
	s.Visits.View(conn.property, conn.where(), page)
	if conn.active() == "" {
		return nil
	}
	return s.Visitors.Refresh(ctx, conn.who(c), s.facts(conn))
}

// life notes that nobody has touched the page for a while, or that somebody does again.
func (s visitorSocket) life(ctx context.Context, c *hub.Conn, conn *visitorConn, idle bool) {
	if c.Attached() {
		s.tellTab(ctx, conn.property, tab{Visitor: conn.visitor, Conn: c.ID(), Idle: &idle})
		return
	}
	s.rouse(conn, idle)
}

func (l *Live) rouse(conn *visitorConn, idle bool) {
	conn.mu.Lock()
	defer conn.mu.Unlock()
	was := conn.idle
	conn.idle = idle
	l.Visits.Life(conn.property, conn.visit, was, idle)
}

// consent lets the browser say hello again as one that agrees to being seen; or forgets the visit, in all its tabs, at once.
func (s visitorSocket) consent(c *hub.Conn, conn *visitorConn, on bool) {
	if on {
		c.Send(hub.JSON(wire.Resync{T: "resync"}))
		return
	}
	s.Visits.Forget(conn.property, conn.visitor)
	s.Bus.Publish([]event.Event{tabTopic.Of(conn.property, tab{Visitor: conn.visitor, Forget: true})})
}

// tellTab brings what a POST said to the node that has the stream.
func (l *Live) tellTab(ctx context.Context, p id.Property, t tab) {
	if !l.tabHere(ctx, p, t) {
		l.Bus.Publish([]event.Event{tabTopic.Of(p, t)})
	}
}

func (l *Live) tabHere(ctx context.Context, p id.Property, t tab) (found bool) {
	for _, c := range l.conns(visitor.Topic(t.Visitor)) {
		conn, ok := c.State.(*visitorConn)
		if !ok || c.ID() != t.Conn || conn.property != p {
			continue
		}
		l.applyTab(ctx, conn, t)
		return true
	}
	return false
}

func (l *Live) applyTab(ctx context.Context, conn *visitorConn, t tab) {
	switch {
	case t.Hello != nil:
		p, err := l.Properties.Get(ctx, conn.property)
		if err != nil {
			l.Log.WarnContext(ctx, "a visitor's hello was not noted", "property", conn.property, "error", err)
			return
		}
		l.settle(conn, *t.Hello, t.Hello.Seen(p.Settings), p.Settings.PageTrail)
	case t.Page != nil:
		l.Visits.View(conn.property, conn.where(), *t.Page)
	case t.Idle != nil:
		l.rouse(conn, *t.Idle)
	}
}

// heardTab hears of a tab from another node.
func (l *Live) heardTab(p id.Property, t tab) {
	if t.Forget {
		l.Visits.Forget(p, t.Visitor)
		return
	}
	l.tabHere(context.Background(), p, t)
}

// seenAnew applies switches of privacy to the visits that are open. Whoever may be seen now says so in another hello: nothing
// of them was kept that a visit could begin with.
func (l *Live) seenAnew(ctx context.Context, p id.Property) {
	if _, err := l.Visits.SettingsChanged(ctx, p); err != nil {
		l.untold(ctx, "visits", p, err)
		return
	}
	for _, c := range l.conns(widgetsTopic(p)) {
		if conn, ok := c.State.(*visitorConn); ok && !l.seen(conn) {
			c.Send(hub.JSON(wire.Resync{T: "resync"}))
		}
	}
}

// visitChanged shows a visitor's chat in the list of visitors, and counts it.
func (l *Live) visitChanged(p id.Property, c Changed) {
	if len(c.VisitorFrame) > 0 {
		l.Visits.Refresh(p, c.Visitor)
	}
	if !l.Visits.Watched(p) {
		return
	}
	var f wire.ChatFrame
	if err := json.Unmarshal(c.Frame, &f); err != nil {
		l.Log.Error("chat frame cannot be read", "chat", c.Chat, "error", err)
		return
	}
	l.Visits.SetChat(p, visitChat(f.Chat))
}

func visitChat(r wire.Row) visit.Chat {
	c := visit.Chat{
		Visitor: r.Visitor.ID, Session: r.Session, Version: r.Version, Chat: r.ID, Sessions: r.Visitor.Sessions,
		Open: r.State == wire.Waiting || r.State == wire.Served, Served: r.State == wire.Served,
	}
	for _, m := range r.Members {
		if m.State == wire.MemberJoined {
			c.Agents = append(c.Agents, m.Person)
		}
	}
	return c
}

// OpenChats are the chats of a property that wait or are served, for the list of visitors.
func (s *Service) OpenChats(ctx context.Context, p id.Property) ([]visit.Chat, error) {
	var rows []wire.Row
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = openRows(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open chats: %w", err)
	}
	chats := make([]visit.Chat, len(rows))
	for i, r := range rows {
		chats[i] = visitChat(r)
	}
	return chats, nil
}
