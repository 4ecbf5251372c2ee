package chat

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"parley/internal/ban"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/db"
	"parley/internal/platform/hub"
	"parley/internal/visitor"
)

const (
	askOnline  = "chat.online"
	onlineWait = 250 * time.Millisecond // a node that does not answer must not hold up a ban
	bansEvery  = time.Second            // of one property, as rows are
	maxOnline  = 5000                   // of one node's answer: it has to fit into one message of the bus
)

// bans decides who may come in; the ban feature answers from memory.
type bans interface {
	Check(ctx context.Context, p id.Property, who ban.Who) (ban.Verdict, error)
	Generation(p id.Property) uint64
	ByEmail(p id.Property) bool
	OnChange(fn func(p id.Property, e ban.Entry, over bool))
}

// aftermath is what a node has to do after bans began: look at everybody's email address, end the sessions that were begun
// while the news was on its way, and tell the dashboards; and after a visitor's facts changed: look at the email address.
type aftermath struct {
	emails  *pace[id.Property]
	renamed *pace[moved]
	ends    *pace[id.Property]
	told    *pace[id.Property]

	mu   sync.Mutex
	late map[id.Property]map[id.Visitor]id.Ban
}

func newAftermath() aftermath {
	return aftermath{
		emails: newPace[id.Property](0), renamed: newPace[moved](0), ends: newPace[id.Property](0), told: newPace[id.Property](bansEvery),
		late: map[id.Property]map[id.Visitor]id.Ban{},
	}
}

func (d *aftermath) end(p id.Property, v id.Visitor, by id.Ban) {
	if v == "" || by == "" {
		return
	}
	d.mu.Lock()
	if d.late[p] == nil {
		d.late[p] = map[id.Visitor]id.Ban{}
	}
	d.late[p][v] = by
	d.mu.Unlock()
	d.ends.mark(p)
}

func (d *aftermath) takeLate(p id.Property) map[id.Ban][]id.Visitor {
	d.mu.Lock()
	defer d.mu.Unlock()
	by := map[id.Ban][]id.Visitor{}
	for v, b := range d.late[p] {
		by[b] = append(by[b], v)
	}
	delete(d.late, p)
	return by
}

// listenBans also looks at a visitor whose email address may have changed: the bans have not, so nobody else would ask.
func (l *Live) listenBans() {
	l.Bans.OnChange(l.bansChanged)
	bus.On(l.Bus, ban.Counted, func(p id.Property, _ ban.Hits) { l.aftermath.told.mark(p) })
	bus.On(l.Bus, visitor.Changed, func(p id.Property, c visitor.Change) {
		if c.Email && l.Bans.ByEmail(p) && l.Hub.Count(visitor.Topic(c.Visitor)) > 0 {
			l.aftermath.renamed.mark(moved{p, c.Visitor})
		}
	})
}

// mayWrite answers [ban.ErrBanned] when the visitor is banned by now. It costs an atomic load while the property's bans
// are those by which the connection was last found free: a ban begins only with a change.
func (s visitorSocket) mayWrite(ctx context.Context, c *hub.Conn, conn *visitorConn, hasRow bool) error {
	generation := s.Bans.Generation(conn.property)
	if generation != 0 && generation == conn.free.Load() {
		return nil
	}
	who := ban.Who{Visitor: conn.visitor, Addresses: ban.Addresses(c.Address())}
	verdict, err := s.Bans.Check(ctx, conn.property, who)
	if err == nil && !verdict.Banned && hasRow && s.Bans.ByEmail(conn.property) { // Check has read the bans
		verdict, err = s.checkEmailOf(ctx, conn, who)
	}
	switch {
	case err != nil:
		return err
	case verdict.Banned:
		s.Visits.Forget(conn.property, conn.visitor)
		s.aftermath.end(conn.property, conn.visitor, verdict.By)
		return ban.ErrBanned
	}
	conn.free.Store(generation)
	return nil
}

// checkEmailOf asks with the email address that is stored: most properties ban nobody by that, so it is read apart.
func (s visitorSocket) checkEmailOf(ctx context.Context, conn *visitorConn, who ban.Who) (ban.Verdict, error) {
	v, err := s.Visitors.Get(ctx, conn.property, conn.visitor)
	switch {
	case errors.Is(err, visitor.ErrNotFound):
		return ban.Verdict{}, nil
	case err != nil:
		return ban.Verdict{}, err
	}
	who.Email = v.Facts.Email
	return s.Bans.Check(ctx, conn.property, who)
}

// wrote looks again after words were stored: a ban that began meanwhile has ended the session before them, or will not know
// of the one that they began.
func (s visitorSocket) wrote(ctx context.Context, c *hub.Conn, conn *visitorConn) error {
	if err := s.mayWrite(ctx, c, conn, true); errors.Is(err, ban.ErrBanned) {
		return err
	}
	return nil // they are stored; whether the next ones may be is asked with them
}

// turnAwayBanned ends a connection so that the widget goes away.
func turnAwayBanned(c *hub.Conn) { c.Close(wire.CloseBanned, "") }

// bansChanged shows out at once whoever a new ban is about, and whoever was only here because of the allow list.
func (l *Live) bansChanged(p id.Property, e ban.Entry, over bool) {
	l.aftermath.told.mark(p)
	if over {
		return // those whom it kept out ask again by themselves
	}
	if e.Visitor != "" {
		l.showOut(p, e, l.conns(visitor.Topic(e.Visitor)))
	}
	if e.Network.IsValid() {
		l.showOut(p, e, l.conns(widgetsTopic(p)))
	}
	if e.Email != "" || e.Domain != "" || e.ID == "" {
		l.aftermath.emails.mark(p)
	}
}

func (l *Live) showOut(p id.Property, e ban.Entry, conns []*hub.Conn) {
	for _, c := range conns {
		conn, ok := c.State.(*visitorConn)
		if !ok || conn.property != p {
			continue
		}
		who := conn.asks(c)
		if !e.Covers(who) {
			continue
		}
		l.showOutOne(context.Background(), c, conn, who)
	}
}

// showOutOne asks about one connection, whatever made us ask: the allow list may win, a longer ban hold. When nobody can
// say, the connection's next frame asks again.
func (l *Live) showOutOne(ctx context.Context, c *hub.Conn, conn *visitorConn, who ban.Who) {
	verdict, err := l.Bans.Check(ctx, conn.property, who)
	if err != nil {
		l.Log.WarnContext(ctx, "nobody could say whether a visitor is banned", "connection", c.ID(), "error", err)
		return
	}
	if verdict.Banned {
		turnAwayBanned(c)
		l.Visits.Forget(conn.property, who.Visitor)
		l.aftermath.end(conn.property, who.Visitor, verdict.By)
	}
}

func (v *visitorConn) asks(c *hub.Conn) ban.Who {
	v.mu.Lock()
	defer v.mu.Unlock()
	return ban.Who{Visitor: v.visitor, Addresses: ban.Addresses(c.Address())}
}

// checkEmails asks about everybody who is here, by the email address that they gave. It reads the database, so it does not
// hold up the bus.
func (l *Live) checkEmails(ctx context.Context, p id.Property) {
	l.checkEmailsOf(ctx, p, l.conns(widgetsTopic(p)))
}

// checkEmail asks about one visitor's connections. Should nobody be able to say, their next frame asks.
func (l *Live) checkEmail(ctx context.Context, m moved) {
	conns := l.conns(visitor.Topic(m.visitor))
	for _, c := range conns {
		if conn, ok := c.State.(*visitorConn); ok {
			conn.free.Store(0)
		}
	}
	l.checkEmailsOf(ctx, m.property, conns)
}

// tellBans lets the dashboards ask again for the bans that they show.
func (l *Live) tellBans(_ context.Context, p id.Property) {
	l.Hub.Publish(agentsTopic(p), hub.JSON(wire.BansFrame{T: "bans"}), "")
}

func (l *Live) checkEmailsOf(ctx context.Context, p id.Property, conns []*hub.Conn) {
	visitors := make([]id.Visitor, 0, len(conns))
	for _, c := range conns {
		if conn, ok := c.State.(*visitorConn); ok {
			visitors = append(visitors, conn.asks(c).Visitor)
		}
	}
	var emails map[id.Visitor]string
	err := l.Chats.DB.Read(ctx, func(tx *db.Tx) (err error) {
		emails, err = emailsOf(ctx, tx, p, visitors)
		return err
	})
	if err != nil {
		l.untold(ctx, "bans by email", p, err) // every frame asks, too
	}
	for _, c := range conns {
		if conn, ok := c.State.(*visitorConn); ok && conn.property == p {
			who := conn.asks(c)
			who.Email = emails[who.Visitor]
			l.showOutOne(ctx, c, conn, who)
		}
	}
}

// endLate ends the sessions that banned visitors began, on whatever node, after the ban was made and before its news came.
func (l *Live) endLate(ctx context.Context, p id.Property) {
	for by, visitors := range l.aftermath.takeLate(p) {
		if err := l.Chats.EndLate(ctx, p, by, visitors); err != nil {
			l.untold(ctx, "sessions of the banned", p, err)
		}
	}
}

// Online lists every connection of a visitor to the property, on all nodes. Not for use inside a transaction.
func (l *Live) Online(ctx context.Context, p id.Property) ([]ban.Present, error) {
	all := l.online(p)
	answers, err := l.Bus.Ask(ctx, askOnline, p, onlineWait)
	if err != nil {
		return nil, err
	}
	for _, raw := range answers {
		var there []ban.Present
		if err := json.Unmarshal(raw, &there); err != nil {
			l.Log.WarnContext(ctx, "another node's answer cannot be read", "error", err)
		}
		all = append(all, there...)
	}
	return all, nil
}

// online are this node's, those in a session first.
func (l *Live) online(p id.Property) []ban.Present {
	var talking, silent []ban.Present
	seen := map[ban.Present]bool{}
	for _, c := range l.conns(widgetsTopic(p)) {
		conn, ok := c.State.(*visitorConn)
		if !ok {
			continue
		}
		here := ban.Present{Visitor: conn.asks(c).Visitor, Address: c.Address()}
		switch {
		case seen[here]:
			continue
		case conn.active() != "":
			talking = append(talking, here)
		default:
			silent = append(silent, here)
		}
		seen[here] = true
	}
	return append(talking, silent...)
}

func (l *Live) answerOnline(question json.RawMessage) any {
	var p id.Property
	if json.Unmarshal(question, &p) != nil {
		return nil
	}
	here := list(l.online(p))
	return here[:min(len(here), maxOnline)]
}
