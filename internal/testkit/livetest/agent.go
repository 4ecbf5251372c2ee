package livetest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// Agent is a window with the dashboard, of somebody who has logged in.
type Agent struct {
	client
	Me       id.Agent
	Property id.Property
	Base     string // of the node that it connects to
	Posts    string // of the node that takes the fallback's POSTs; empty: Base
	Road     Road
	Origin   string // of the page; empty: Base
	Cookie   *http.Cookie

	rows     map[id.Chat]wire.Row
	threads  map[id.Session]thread[wire.AgentMessage]
	sent     map[string]wire.AgentSend
	alerts   []id.Chat // every alert so far, for everybody or for this agent
	members  []wire.Member
	counts   wire.CountsFrame
	reads    map[id.Session]int64
	settings wire.AgentPropertySettings
	window   window
	visits   map[id.Visitor]wire.VisitFrame
}

// NewAgent is a window that is not connected yet; cookie is the agent's login.
func NewAgent(t testing.TB, base string, p id.Property, cookie *http.Cookie) *Agent {
	a := &Agent{
		Property: p, Base: base, Cookie: cookie, Road: WebSocket, rows: map[id.Chat]wire.Row{},
		threads: map[id.Session]thread[wire.AgentMessage]{}, sent: map[string]wire.AgentSend{}, reads: map[id.Session]int64{},
		window: window{rows: map[id.Visitor]wire.VisitRow{}}, visits: map[id.Visitor]wire.VisitFrame{},
	}
	a.init(t, "agent", a.take)
	return a
}

// Window is another window of the same login, not connected yet.
func (a *Agent) Window() *Agent {
	other := NewAgent(a.t, a.Base, a.Property, a.Cookie)
	other.Road, other.Posts = a.Road, a.Posts
	return other
}

// Connect opens the connection, says hello and waits for the welcome.
func (a *Agent) Connect() wire.AgentWelcome {
	a.t.Helper()
	if err := a.Dial(); err != nil {
		a.t.Fatalf("agent connects: %v", err)
	}
	return As[wire.AgentWelcome](a.t, a.Await("welcome", nil))
}

// Dial opens the connection and says hello; the error says with what the server refused it.
func (a *Agent) Dial() error {
	in, keep := a.newLine()
	origin := a.Origin
	if origin == "" {
		origin = a.Base
	}
	header := http.Header{"Origin": {origin}, "User-Agent": {Browser}, "Cookie": {a.Cookie.Name + "=" + a.Cookie.Value}}
	var l line
	var err error
	if a.Road == Fallback {
		posts := a.Posts
		if posts == "" {
			posts = a.Base
		}
		header.Del("Origin") // the same header goes to both nodes: no browser, no Origin
		l, err = dialStream(a.Base+"/api/v1/agent/stream", posts+"/api/v1/agent/frames", header,
			a.hello("hello"), func() []byte { return a.hello("attach") }, in)
	} else {
		l, err = dialSocket(a.Base+"/api/v1/agent/socket", header, a.hello("hello"), in)
	}
	if err != nil {
		in.closed(1006)
		return err
	}
	keep(l)
	return nil
}

// DialMute opens a WebSocket and says nothing.
func (a *Agent) DialMute() error {
	in, keep := a.newLine()
	header := http.Header{"Origin": {a.Base}, "Cookie": {a.Cookie.Name + "=" + a.Cookie.Value}}
	l, err := dialSocket(a.Base+"/api/v1/agent/socket", header, nil, in)
	if err == nil {
		keep(l)
	}
	return err
}

func (a *Agent) hello(t string) []byte {
	raw, err := json.Marshal(wire.AgentHello{T: t, V: wire.Version, Property: a.Property})
	if err != nil {
		a.t.Fatal(err)
	}
	return raw
}

// take is the dashboard's picture of the world.
func (a *Agent) take(f Frame) {
	switch f.T {
	case "welcome":
		w := fold[wire.AgentWelcome](a.t, f)
		a.Me, a.members, a.settings = w.Me, w.Members, w.Settings
		a.counts = wire.CountsFrame{Missed: w.Missed, Tickets: w.Tickets}
		for _, r := range w.Chats {
			a.row(r)
		}
		maps.Copy(a.reads, w.Reads)
	case "chat":
		c := fold[wire.ChatFrame](a.t, f)
		a.row(c.Chat)
		if c.Alert && (c.For == "" || c.For == string(a.Me)) {
			a.alerts = append(a.alerts, c.Chat.ID)
		}
	case "rows":
		for _, u := range fold[wire.RowsFrame](a.t, f).Rows {
			if r, ok := a.rows[u.ID]; ok && u.Version > r.Version {
				r.Version, r.Last, r.VisitorCount, r.UnansweredSince = u.Version, u.Last, u.VisitorCount, u.UnansweredSince
				a.rows[u.ID] = r
			}
		}
	case "message":
		m := fold[wire.AgentMessageFrame](a.t, f)
		a.add(m.Session, m.M)
	case "messages":
		ms := fold[wire.AgentMessagesFrame](a.t, f)
		for _, m := range ms.Messages {
			a.add(ms.Session, m)
		}
	case "ack":
		ack := fold[wire.Ack](a.t, f)
		if s, ok := a.sent[ack.ID]; ok && ack.Seq > 0 {
			kind := wire.Text
			if s.Whisper {
				kind = wire.Whisper
			}
			a.add(ack.Session, wire.AgentMessage{
				Seq: ack.Seq, VSeq: ack.VSeq, ID: ack.ID, Chat: ack.Chat, At: ack.At, Kind: kind, From: wire.FromAgent, Text: s.Text,
			})
		}
	case "visitors":
		a.window.take(fold[wire.VisitorsFrame](a.t, f))
	case "visit":
		v := fold[wire.VisitFrame](a.t, f)
		a.visits[v.Visitor] = v
	case "members":
		a.members = fold[wire.MembersFrame](a.t, f).Members
	case "counts":
		a.counts = fold[wire.CountsFrame](a.t, f)
	case "read":
		r := fold[wire.ReadFrame](a.t, f)
		a.reads[r.Session] = r.Count
	case "visitor":
		v := fold[wire.VisitorFrame](a.t, f)
		for chat, r := range a.rows {
			if r.Session == v.Session {
				r.Visitor = v.Visitor
				a.rows[chat] = r
			}
		}
	}
}

func (a *Agent) row(r wire.Row) {
	if known, ok := a.rows[r.ID]; !ok || known.Version <= r.Version {
		a.rows[r.ID] = r
	}
}

func (a *Agent) add(s id.Session, m wire.AgentMessage) {
	th := a.threads[s]
	if th == nil {
		th = thread[wire.AgentMessage]{}
		a.threads[s] = th
	}
	if was, ok := th[m.Seq]; ok && was.ID != m.ID {
		a.t.Errorf("agent: two messages have seq %d: %q and %q", m.Seq, was.Text, m.Text)
	}
	th[m.Seq] = m
}

// Who is the agent, once welcome has said it.
func (a *Agent) Who() id.Agent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.Me
}

// AwaitRow waits for a chat that is as match wants it.
func (a *Agent) AwaitRow(what string, match func(wire.Row) bool) wire.Row {
	a.t.Helper()
	var found wire.Row
	a.Wait("a chat that is "+what, func() bool {
		for _, r := range a.rows {
			if match(r) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

// AwaitState waits until the chat is in the state.
func (a *Agent) AwaitState(chat id.Chat, state wire.ChatState) wire.Row {
	a.t.Helper()
	return a.AwaitRow(string(state), func(r wire.Row) bool { return r.ID == chat && r.State == state })
}

// AwaitAlert waits until the chat has called for somebody n times.
func (a *Agent) AwaitAlert(chat id.Chat, n int) {
	a.t.Helper()
	a.Wait("an alert", func() bool {
		count := 0
		for _, c := range a.alerts {
			if c == chat {
				count++
			}
		}
		return count >= n
	})
}

// Alerts counts all alerts so far.
func (a *Agent) Alerts() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.alerts)
}

// AwaitCounts waits until the badges are these.
func (a *Agent) AwaitCounts(missed, tickets int64) {
	a.t.Helper()
	a.Wait("the counts", func() bool { return a.counts.Missed == missed && a.counts.Tickets == tickets })
}

// AwaitMember waits until a colleague has the status.
func (a *Agent) AwaitMember(who id.Agent, status wire.Status) {
	a.t.Helper()
	a.Wait("a colleague who is "+string(status), func() bool {
		return slices.ContainsFunc(a.members, func(m wire.Member) bool { return m.ID == who && m.Status == status })
	})
}

// Say says something in a chat and waits until it is stored.
func (a *Agent) Say(chat id.Chat, text string) wire.Ack {
	a.t.Helper()
	return a.SayAs(wire.AgentSend{ID: NewID(), Chat: chat, Text: text})
}

// Whisper says something to the colleagues only.
func (a *Agent) Whisper(chat id.Chat, text string) wire.Ack {
	a.t.Helper()
	return a.SayAs(wire.AgentSend{ID: NewID(), Chat: chat, Text: text, Whisper: true})
}

// SayAs is Say with everything given, to say the same again.
func (a *Agent) SayAs(f wire.AgentSend) wire.Ack {
	a.t.Helper()
	f.T = "send"
	a.mu.Lock()
	a.sent[f.ID] = f
	a.mu.Unlock()
	return a.Ack(f.ID, f)
}

// Do is join, leave or close.
func (a *Agent) Do(command string, chat id.Chat) wire.Ack {
	a.t.Helper()
	key := NewID()
	return a.Ack(key, wire.AgentChatCommand{T: command, ID: key, Chat: chat})
}

// Invite asks a colleague in.
func (a *Agent) Invite(chat id.Chat, who id.Agent) wire.Ack {
	a.t.Helper()
	key := NewID()
	return a.Ack(key, wire.AgentInvite{T: "invite", ID: key, Chat: chat, Agent: who})
}

// Watch opens a chat's session and reads it.
func (a *Agent) Watch(chat id.Chat, after int64) wire.AgentMessagesFrame {
	a.t.Helper()
	key := NewID()
	f := a.Ask(key, wire.AgentWatch{T: "watch", ID: key, Chat: chat, After: after})
	if f.T != "messages" {
		a.t.Fatalf("agent: got %s, want messages", f.Raw)
	}
	return As[wire.AgentMessagesFrame](a.t, f)
}

// Messages is Thread for a condition of Wait, which holds the lock.
func (a *Agent) Messages(s id.Session) []wire.AgentMessage { return a.threads[s].inOrder() }

// Thread is what the window has of a session, in order.
func (a *Agent) Thread(s id.Session) []wire.AgentMessage {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.threads[s].inOrder()
}

// Sees waits until the session's words are these, whispers with a "(…)" around them and events left out.
func (a *Agent) Sees(s id.Session, words ...string) {
	a.t.Helper()
	a.Wait("the words "+quote(words), func() bool {
		got := []string{}
		for _, m := range a.threads[s].inOrder() {
			switch m.Kind { //nolint:exhaustive // events are no words
			case wire.Text:
				got = append(got, m.Text)
			case wire.Whisper:
				got = append(got, "("+m.Text+")")
			}
		}
		return slices.Equal(got, words)
	})
}
