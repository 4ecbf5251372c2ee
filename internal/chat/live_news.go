package chat

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"parley/internal/agent"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/platform/hub"
	"parley/internal/property"
	"parley/internal/visitor"
)

const (
	rowsEvery   = time.Second            // of one property (ADR 0001, decision 7)
	teamEvery   = 500 * time.Millisecond // statuses come in bursts, when a node starts or an agent has many windows
	countsEvery = time.Second
	factsEvery  = 200 * time.Millisecond
	maxRows     = 200             // in one rows frame; more go into a second one
	resyncOver  = 2 * time.Second // so that a node's clients do not all ask at once
	resyncTurns = 20
)

// The hub's topics; a visitor's own is [visitor.Topic].
func widgetsTopic(p id.Property) string           { return "w:" + string(p) }
func agentsTopic(p id.Property) string            { return "p:" + string(p) }
func agentTopic(p id.Property, a id.Agent) string { return "a:" + string(p) + ":" + string(a) }
func sessionTopic(s id.Session) string            { return "s:" + string(s) }
func loginTopic(l id.Login) string                { return "l:" + string(l) }

// typingTopic is not stored anywhere and not in order with messages: whoever misses it misses nothing.
var typingTopic = event.New[typed]("chat.typing")

// typed carries the frames of somebody's typing, ready made.
type typed struct {
	Session id.Session      `json:"session"`
	Visitor id.Visitor      `json:"visitor,omitempty"`
	Origin  string          `json:"origin,omitempty"`
	Agents  json.RawMessage `json:"agents"`            // for s:SESSION
	Widgets json.RawMessage `json:"widgets,omitempty"` // for v:VISITOR
}

// moved names a visitor whose facts changed.
type moved struct {
	property id.Property
	visitor  id.Visitor
}

// news is what waits to be told.
type news struct {
	team     *pace[id.Property]
	settings *pace[id.Property]
	counts   *pace[id.Property]
	facts    *pace[moved]
	rows     *pace[id.Property]
	resync   *pace[struct{}]

	mu         sync.Mutex
	updates    map[id.Property]map[id.Chat]wire.RowUpdate // while there is something to tell
	properties map[id.Property]struct{}                   // that anybody on this node was ever connected to
}

func (n *news) knows(p id.Property) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.properties[p] = struct{}{}
}

// listen routes what happens, on whichever node it happened, to this node's connections. The bus calls these functions
// one after the other, so they only route; what needs the database is marked and done by Run.
func (l *Live) listen() {
	l.news = news{
		team: newPace[id.Property](teamEvery), settings: newPace[id.Property](teamEvery), counts: newPace[id.Property](countsEvery),
		facts: newPace[moved](factsEvery), rows: newPace[id.Property](rowsEvery), resync: newPace[struct{}](resyncOver),
		updates: map[id.Property]map[id.Chat]wire.RowUpdate{}, properties: map[id.Property]struct{}{},
	}
	bus.On(l.Bus, SaidTopic, l.said)
	bus.On(l.Bus, ChangedTopic, l.changed)
	bus.On(l.Bus, MarkedTopic, func(_ id.Property, m Marked) {
		l.publish(visitor.Topic(m.Visitor), m.VisitorFrame, "")
		l.publish(sessionTopic(m.Session), m.AgentFrame, "")
	})
	bus.On(l.Bus, ReadMovedTopic, func(p id.Property, r ReadMoved) { l.publish(agentTopic(p, r.Agent), r.Frame, "") })
	bus.On(l.Bus, MovedTopic, func(p id.Property, m Moved) { l.publish(agentsTopic(p), m.Frame, "") })
	bus.On(l.Bus, typingTopic, func(_ id.Property, t typed) {
		l.publish(sessionTopic(t.Session), t.Agents, t.Origin)
		l.publish(visitor.Topic(t.Visitor), t.Widgets, "")
	})
	bus.On(l.Bus, visitor.Changed, func(p id.Property, c visitor.Change) {
		if c.Node == l.Bus.Node() {
			l.news.facts.mark(moved{p, c.Visitor})
		}
	})
	bus.On(l.Bus, property.Changed, func(p id.Property, _ property.Change) { l.news.settings.mark(p) })
	bus.On(l.Bus, agent.LoginsEnded, func(_ id.Property, e agent.Ended) { l.loginsEnded(e) })
	l.Bus.OnGap(func() { l.news.resync.mark(struct{}{}) })
	l.Bus.OnNodeLost(l.nodeLost)
	l.Bus.Answer(askStream, l.answerStream)
	l.Bus.Answer(askOnline, l.answerOnline)
	l.listenBans()
	l.listenErased()
	l.listenOpeners()
	l.listenArticles()
	bus.On(l.Bus, tabTopic, l.heardTab)
}

// TeamChanged tells widgets and dashboards soon who is here; statuses that change in a burst are told once.
func (l *Live) TeamChanged(p id.Property) { l.news.team.mark(p) }

// CountsChanged tells the dashboards soon how many missed chats and open tickets there are.
func (l *Live) CountsChanged(p id.Property) { l.news.counts.mark(p) }

// Run tells what was marked until ctx ends. It also watches who leaves the site.
func (l *Live) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, loop := range []func(context.Context){
		func(ctx context.Context) { l.news.team.run(ctx, l.tellTeam) },
		func(ctx context.Context) { l.news.settings.run(ctx, l.tellSettings) },
		func(ctx context.Context) { l.news.counts.run(ctx, l.tellCounts) },
		func(ctx context.Context) { l.news.facts.run(ctx, l.tellFacts) },
		func(ctx context.Context) { l.news.rows.run(ctx, l.tellRows) },
		func(ctx context.Context) { l.reading.news.run(ctx, l.tellHelp) },
		func(ctx context.Context) { l.aftermath.emails.run(ctx, l.checkEmails) },
		func(ctx context.Context) { l.aftermath.ends.run(ctx, l.endLate) },
		func(ctx context.Context) { l.aftermath.renamed.run(ctx, l.checkEmail) },
		func(ctx context.Context) { l.aftermath.told.run(ctx, l.tellBans) },
		l.watchLost,
		l.watchDoors,
		func(ctx context.Context) { l.news.resync.run(ctx, l.tellResync) },
	} {
		group.Go(func() error { loop(ctx); return nil })
	}
	group.Go(func() error { return l.presence.Run(ctx) })
	return group.Wait()
}

// said brings a message to the visitor's tabs and to the agents who look at the session, but not back to the connection
// that sent it: that one gets the ack. The others' rows follow within a second.
func (l *Live) said(p id.Property, s Said) {
	l.publish(visitor.Topic(s.Visitor), s.VisitorFrame, s.Origin)
	l.publish(sessionTopic(s.Session), s.AgentFrame, s.Origin)
	if l.Hub.Count(agentsTopic(p)) == 0 {
		return
	}
	l.news.mu.Lock()
	updates := l.news.updates[p]
	if updates == nil {
		updates = map[id.Chat]wire.RowUpdate{}
		l.news.updates[p] = updates
	}
	if known, ok := updates[s.Update.ID]; !ok || known.Version < s.Update.Version {
		updates[s.Update.ID] = s.Update
	}
	l.news.mu.Unlock()
	l.news.rows.mark(p)
}

// changed moves agents into the session's stream before anything is said in it, and out again after.
func (l *Live) changed(p id.Property, c Changed) {
	topic := sessionTopic(c.Session)
	for _, a := range c.Joined {
		for _, conn := range l.conns(agentTopic(p, a)) {
			conn.Join(topic)
		}
	}
	l.publish(agentsTopic(p), c.Frame, "")
	l.visitChanged(p, c)
	if len(c.VisitorFrame) > 0 {
		l.visitorSession(c)
	}
	for _, a := range c.Left {
		for _, conn := range l.conns(agentTopic(p, a)) {
			if state, ok := conn.State.(*agentConn); ok && !state.watches(c.Session) {
				conn.Leave(topic)
			}
		}
	}
	if c.Counts {
		l.CountsChanged(p)
	}
}

// visitorSession tells all tabs about their session, and their connections whether there is one to leave.
func (l *Live) visitorSession(c Changed) {
	conns := l.conns(visitor.Topic(c.Visitor))
	if len(conns) == 0 {
		return
	}
	var f wire.VisitorSessionFrame
	if err := json.Unmarshal(c.VisitorFrame, &f); err != nil {
		l.Log.Error("session frame cannot be read", "session", c.Session, "error", err)
		return
	}
	active := id.Session("")
	if f.Session.Active {
		active = f.Session.ID
	}
	frame := hub.NewFrame(c.VisitorFrame)
	for _, conn := range conns {
		if state, ok := conn.State.(*visitorConn); ok {
			state.setActive(active)
		}
		conn.Send(frame)
	}
}

// loginsEnded shows agents out at once: whoever logged out, or lost access to a property.
func (l *Live) loginsEnded(e agent.Ended) {
	topics := make([]string, 0, len(e.Logins)+1)
	for _, login := range e.Logins {
		topics = append(topics, loginTopic(login))
	}
	if e.Property != "" {
		topics = append(topics, agentTopic(e.Property, e.Agent))
		l.accessEnded()
	}
	for _, topic := range topics {
		for _, c := range l.conns(topic) {
			c.Close(wire.CloseLoggedOut, "the login has ended")
		}
	}
}

func (l *Live) publish(topic string, frame json.RawMessage, except string) {
	if len(frame) > 0 {
		l.Hub.Publish(topic, hub.NewFrame(frame), except)
	}
}

// conns are the topic's connections as they are now, so that they may join and leave topics while one walks over them.
func (l *Live) conns(topic string) []*hub.Conn {
	if l.Hub.Count(topic) == 0 {
		return nil
	}
	var all []*hub.Conn
	l.Hub.Each(topic, func(c *hub.Conn) { all = append(all, c) })
	return all
}

func (l *Live) publishTyping(p id.Property, t typed) {
	l.Bus.Publish([]event.Event{typingTopic.Of(p, t)})
}

// encode makes a frame that crosses nodes.
func encode(frame any) json.RawMessage {
	raw, err := json.Marshal(frame)
	if err != nil {
		panic(err) // our own types always encode
	}
	return raw
}

func (l *Live) tellRows(_ context.Context, p id.Property) {
	l.news.mu.Lock()
	updates := l.news.updates[p]
	delete(l.news.updates, p)
	l.news.mu.Unlock()
	frame := wire.RowsFrame{T: "rows", Rows: make([]wire.RowUpdate, 0, min(len(updates), maxRows))}
	for _, u := range updates {
		if frame.Rows = append(frame.Rows, u); len(frame.Rows) == maxRows {
			l.Hub.Publish(agentsTopic(p), hub.JSON(frame), "")
			frame.Rows = frame.Rows[:0]
		}
	}
	if len(frame.Rows) > 0 {
		l.Hub.Publish(agentsTopic(p), hub.JSON(frame), "")
	}
}

func (l *Live) tellTeam(ctx context.Context, p id.Property) {
	if l.Hub.Count(widgetsTopic(p)) > 0 {
		t, err := l.Team.Team(ctx, p)
		if err != nil {
			l.untold(ctx, "team", p, err)
			return
		}
		l.Hub.Publish(widgetsTopic(p), hub.JSON(wire.TeamFrame{T: "team", Team: t}), "")
	}
	if l.Hub.Count(agentsTopic(p)) > 0 {
		m, err := l.Team.Members(ctx, p)
		if err != nil {
			l.untold(ctx, "members", p, err)
			return
		}
		l.Hub.Publish(agentsTopic(p), hub.JSON(wire.MembersFrame{T: "members", Members: list(m)}), "")
	}
}

// tellSettings also moves the deadlines of the property's sessions, and makes dashboards say hello again: they have
// the property's name and times from their welcome.
func (l *Live) tellSettings(ctx context.Context, p id.Property) {
	if err := l.Chats.SettingsChanged(ctx, p); err != nil {
		l.untold(ctx, "deadlines", p, err)
	}
	l.seenAnew(ctx, p)
	if l.Hub.Count(widgetsTopic(p)) > 0 {
		s, err := l.widget(ctx, p)
		if err != nil {
			l.untold(ctx, "settings", p, err)
			return
		}
		l.Hub.Publish(widgetsTopic(p), hub.JSON(wire.SettingsFrame{T: "settings", Settings: s}), "")
	}
	l.Hub.Publish(agentsTopic(p), hub.JSON(wire.Resync{T: "resync"}), "")
}

func (l *Live) tellCounts(ctx context.Context, p id.Property) {
	if l.Hub.Count(agentsTopic(p)) == 0 {
		return
	}
	missed, open, err := l.counts(ctx, p)
	if err != nil {
		l.untold(ctx, "counts", p, err)
		return
	}
	l.Hub.Publish(agentsTopic(p), hub.JSON(wire.CountsFrame{T: "counts", Missed: missed, Tickets: open}), "")
}

func (l *Live) tellFacts(ctx context.Context, m moved) {
	if err := l.Chats.VisitorMoved(ctx, m.property, m.visitor); err != nil {
		l.untold(ctx, "visitor", m.property, err)
	}
}

// untold logs news that could not be made; the next welcome has it.
func (l *Live) untold(ctx context.Context, what string, p id.Property, err error) {
	if ctx.Err() == nil {
		l.Log.WarnContext(ctx, "news could not be told", "news", what, "property", p, "error", err)
	}
}

// tellResync makes every client say hello again, spread out. Agents whose login or access ended meanwhile are found by
// that hello; those who do not say it are asked here.
func (l *Live) tellResync(ctx context.Context, _ struct{}) {
	l.news.mu.Lock()
	var topics []string
	for p := range l.news.properties {
		topics = append(topics, agentsTopic(p), widgetsTopic(p))
	}
	l.news.mu.Unlock()
	var turns [resyncTurns][]*hub.Conn
	for _, topic := range topics {
		for _, c := range l.conns(topic) {
			i := rand.IntN(resyncTurns) //nolint:gosec // spreading load is no secret
			turns[i] = append(turns[i], c)
		}
	}
	frame := hub.JSON(wire.Resync{T: "resync"})
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, turn := range turns {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(resyncOver / resyncTurns)
		for _, c := range turn {
			c.Send(frame)
			l.recheck(ctx, c)
		}
	}
}

// recheck asks again whether an agent's connection may be here: the news that it may not could be what was lost.
func (l *Live) recheck(ctx context.Context, c *hub.Conn) {
	conn, ok := c.State.(*agentConn)
	if !ok {
		return
	}
	s := agentSocket{l}
	if _, err := s.enter(ctx, conn, conn.property()); err != nil {
		s.turnAway(ctx, c, err)
	}
}
