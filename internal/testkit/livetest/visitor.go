package livetest

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// Browser is the User-Agent of the test's people.
const Browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// Visitor is a tab of somebody's browser with the widget in it.
type Visitor struct {
	client
	Property id.Property
	Base     string // of the node that it connects to; change it before Connect to go to another one
	Posts    string // of the node that takes the fallback's POSTs; empty: Base
	Origin   string
	Address  string // where the browser is; empty: on the test's own machine
	Road     Road
	Page     wire.Page
	Browser  string // its User-Agent; empty: Browser
	Consent  bool   // what hello says: see wire.VisitorHello
	Private  bool
	Idle     bool
	Token    string
	ID       id.Visitor

	session  wire.VisitorSession
	messages thread[wire.VisitorMessage]
	sent     map[string]string // text by client id
	team     wire.Team
	settings wire.WidgetSettings
}

// NewVisitor is a new browser that is not connected yet.
func NewVisitor(t testing.TB, base string, p id.Property) *Visitor {
	v := &Visitor{
		Property: p, Base: base, Origin: "https://shop.example", Road: WebSocket,
		Page: wire.Page{URL: "https://shop.example/", Title: "Shop"}, sent: map[string]string{}, messages: thread[wire.VisitorMessage]{},
	}
	v.init(t, "visitor", v.take)
	return v
}

// Tab is another tab of the same browser, not connected yet.
func (v *Visitor) Tab() *Visitor {
	other := NewVisitor(v.t, v.Base, v.Property)
	v.mu.Lock()
	defer v.mu.Unlock()
	other.Address = v.Address
	other.Origin, other.Road, other.Token, other.ID, other.Posts = v.Origin, v.Road, v.Token, v.ID, v.Posts
	return other
}

// Connect opens the connection, says hello and waits for the welcome.
func (v *Visitor) Connect() wire.Welcome {
	v.t.Helper()
	if err := v.Dial(); err != nil {
		v.t.Fatalf("visitor connects: %v", err)
	}
	return As[wire.Welcome](v.t, v.Await("welcome", nil))
}

// Dial opens the connection and says hello; the error says with what the server refused it.
func (v *Visitor) Dial() error {
	in, keep := v.newLine()
	header := v.header()
	query := "?property=" + string(v.Property)
	var l line
	var err error
	if v.Road == Fallback {
		posts := v.Posts
		if posts == "" {
			posts = v.Base
		}
		l, err = dialStream(v.Base+"/api/v1/visitor/stream"+query, posts+"/api/v1/visitor/frames"+query, header,
			v.hello("hello"), func() []byte { return v.hello("attach") }, in)
	} else {
		l, err = dialSocket(v.Base+"/api/v1/visitor/socket"+query, header, v.hello("hello"), in)
	}
	if err != nil {
		in.closed(1006)
		return err
	}
	keep(l)
	return nil
}

// Knock opens the connection, says hello and waits for the answer: 0 for a welcome, else the code of the close. A call
// that is refused before it is a connection is a close as well, if it says so.
func (v *Visitor) Knock() int {
	v.t.Helper()
	before := v.Saw("welcome")
	if err := v.Dial(); err != nil {
		var no *refused
		if errors.As(err, &no) && no.Code == "visitor.banned" {
			return wire.CloseBanned
		}
		v.t.Fatalf("visitor connects: %v", err)
	}
	code := 0
	v.Wait("an answer to hello", func() bool {
		code = v.code
		welcomed := 0
		for _, f := range v.frames {
			if f.T == "welcome" {
				welcomed++
			}
		}
		return code != 0 || welcomed > before
	})
	return code
}

func (v *Visitor) header() http.Header {
	browser := v.Browser
	if browser == "" {
		browser = Browser
	}
	h := http.Header{"Origin": {v.Origin}, "User-Agent": {browser}}
	if v.Address != "" {
		h.Set("X-Forwarded-For", v.Address)
	}
	return h
}

// DialMute opens a WebSocket and says nothing.
func (v *Visitor) DialMute() error {
	in, keep := v.newLine()
	l, err := dialSocket(v.Base+"/api/v1/visitor/socket?property="+string(v.Property), v.header(), nil, in)
	if err == nil {
		keep(l)
	}
	return err
}

func (v *Visitor) hello(t string) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	raw, err := json.Marshal(wire.VisitorHello{
		T: t, V: wire.Version, Property: v.Property, Token: v.Token, Session: v.session.ID, Last: v.last(),
		Settings: v.settings.Version, Page: v.Page, Language: "en-GB", TimeZone: "Europe/London", Open: true,
		Idle: v.Idle, Consent: v.Consent, Private: v.Private,
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return raw
}

// last is the end of the messages without a hole; asking from there fills the first one.
func (v *Visitor) last() int64 {
	var n int64
	for v.messages[n+1].Seq != 0 {
		n++
	}
	return n
}

// take is the widget's picture of the world.
func (v *Visitor) take(f Frame) {
	switch f.T {
	case "welcome":
		w := fold[wire.Welcome](v.t, f)
		v.ID, v.team = w.Visitor, w.Team
		if w.Token != "" {
			v.Token = w.Token
		}
		if w.Settings != nil {
			v.settings = *w.Settings
		}
		if w.Session != nil {
			v.enter(*w.Session)
		}
		for _, m := range w.Messages {
			v.add(m)
		}
	case "session":
		v.enter(fold[wire.VisitorSessionFrame](v.t, f).Session)
	case "message":
		m := fold[wire.VisitorMessageFrame](v.t, f)
		if v.enter(wire.VisitorSession{ID: m.Session, Active: true}) {
			v.add(m.M)
		}
	case "history":
		for _, m := range fold[wire.VisitorHistoryFrame](v.t, f).Messages {
			v.add(m)
		}
	case "ack":
		a := fold[wire.Ack](v.t, f)
		if text, ok := v.sent[a.ID]; ok && a.Seq > 0 && v.enter(wire.VisitorSession{ID: a.Session, Active: true}) {
			v.add(wire.VisitorMessage{Seq: a.Seq, ID: a.ID, At: a.At, Kind: wire.Text, From: wire.FromVisitor, Text: text})
		}
	case "team":
		v.team = fold[wire.TeamFrame](v.t, f).Team
	case "settings":
		v.settings = fold[wire.SettingsFrame](v.t, f).Settings
	}
}

// enter takes a session as the one shown, and says whether it is that. Facts without a start come from messages and
// acks: they do not replace better ones.
func (v *Visitor) enter(s wire.VisitorSession) bool {
	if s.ID != v.session.ID {
		if s.StartedAt == 0 && v.session.Active {
			return false // an ack of old
		}
		v.messages = thread[wire.VisitorMessage]{}
		v.session = s
	}
	if s.StartedAt != 0 {
		v.session = s
	}
	return true
}

func (v *Visitor) add(m wire.VisitorMessage) {
	if was, ok := v.messages[m.Seq]; ok && was.ID != m.ID {
		v.t.Errorf("visitor: two messages have seq %d: %q and %q", m.Seq, was.Text, m.Text)
	}
	v.messages[m.Seq] = m
}

// Send says something and waits until it is stored.
func (v *Visitor) Send(text string) wire.Ack {
	v.t.Helper()
	return v.SendAs(NewID(), text)
}

// SendAs is Send with a given client id, to say the same again.
func (v *Visitor) SendAs(command, text string) wire.Ack {
	v.t.Helper()
	return v.SayAs(wire.VisitorSend{ID: command, Text: text})
}

// SayAs is Send with everything given.
func (v *Visitor) SayAs(f wire.VisitorSend) wire.Ack {
	v.t.Helper()
	f.T = "send"
	v.mu.Lock()
	v.sent[f.ID] = f.Text
	v.mu.Unlock()
	return v.Ack(f.ID, f)
}

// End ends the chat session.
func (v *Visitor) End() wire.Ack {
	v.t.Helper()
	command := NewID()
	return v.Ack(command, wire.VisitorEnd{T: "end", ID: command, Session: v.Session().ID})
}

// Session is the session that the widget shows.
func (v *Visitor) Session() wire.VisitorSession {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.session
}

// Messages is the thread that the widget shows, in order.
func (v *Visitor) Messages() []wire.VisitorMessage {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.messages.inOrder()
}

// Sees waits until the thread's words are these, events left out, and checks that it has no hole.
func (v *Visitor) Sees(words ...string) {
	v.t.Helper()
	v.Wait("the words "+quote(words), func() bool { return slices.Equal(v.words(), words) && int(v.last()) == len(v.messages) })
}

func (v *Visitor) words() []string {
	words := []string{}
	for _, m := range v.messages.inOrder() {
		if m.Kind == wire.Text {
			words = append(words, m.Text)
		}
	}
	return words
}

// AwaitSession waits until the widget's session is as match wants it.
func (v *Visitor) AwaitSession(what string, match func(wire.VisitorSession) bool) wire.VisitorSession {
	v.t.Helper()
	v.Wait("a session that is "+what, func() bool { return match(v.session) })
	return v.Session()
}

// AwaitTeam waits until the team's status is this one.
func (v *Visitor) AwaitTeam(status wire.Status) wire.Team {
	v.t.Helper()
	v.Wait("a team that is "+string(status), func() bool { return v.team.Status == status })
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.team
}

func quote(words []string) string {
	raw, err := json.Marshal(words)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
