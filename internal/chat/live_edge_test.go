package chat_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"parley/internal/kernel/wire"
	"parley/internal/testkit/livetest"
	"parley/internal/visitor"
)

func TestFramesThatCannotBeReadHurtNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		good, ann, row := talk(s)
		for name, tt := range map[string]struct {
			raw  string
			code string // of the error frame
			end  int    // of the connection; 0: it stays
		}{
			"no JSON":      {`{"t":"send"`, "frame.malformed", wire.CloseBadFrame},
			"not a frame":  {`[1,2]`, "frame.malformed", wire.CloseBadFrame},
			"no type":      {`{"id":"x"}`, "frame.malformed", wire.CloseBadFrame},
			"wrong fields": {`{"t":"send","id":"x","text":7}`, "frame.malformed", 0},
			"unknown":      {`{"t":"dance","id":"x"}`, "frame.unknown", 0},
			"an agent's":   {`{"t":"join","id":"x","chat":"` + string(row.ID) + `"}`, "frame.unknown", 0},
			"no id":        {`{"t":"send","text":"x"}`, "frame.id", 0},
			"an odd id":    {`{"t":"send","id":"a b","text":"x"}`, "frame.id", 0},
			"too long":     {`{"t":"send","id":"x","text":"` + strings.Repeat("x", 5001) + `"}`, "message.too_long", 0},
			"nothing said": {`{"t":"send","id":"x","text":" "}`, "message.empty", 0},
			"too large":    {`{"t":"send","id":"x","text":"` + strings.Repeat("x", wire.MaxFrameBytes) + `"}`, "", wire.CloseTooBig},
		} {
			v := s.Visitor()
			v.TellRaw([]byte(tt.raw))
			if tt.code != "" {
				if e := livetest.As[wire.Error](t, v.Await("error", nil)); e.Code != tt.code {
					t.Errorf("%s: error %s, want %s", name, e.Code, tt.code)
				}
			}
			if tt.end != 0 {
				if code := v.AwaitClose(); code != tt.end {
					t.Errorf("%s: closed with %d, want %d", name, code, tt.end)
				}
				continue
			}
			v.Send("and on it goes")
		}
		good.Send("unharmed")
		ann.Sees(row.Session, "Hello?", "Hello!", "unharmed")
	})
}

func TestHello(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		for name, tt := range map[string]struct {
			hello wire.VisitorHello
			end   int
		}{
			"another version":  {wire.VisitorHello{T: "hello", V: 99, Property: s.Property}, wire.CloseWrongClient},
			"another property": {wire.VisitorHello{T: "hello", V: wire.Version, Property: s.Other}, wire.CloseNotAllowed},
		} {
			v := s.Visitor()
			v.Tell(tt.hello)
			if code := v.AwaitClose(); code != tt.end {
				t.Errorf("%s: closed with %d, want %d", name, code, tt.end)
			}
		}
		mute := livetest.NewVisitor(t, s.URL(), s.Property)
		if err := mute.DialMute(); err != nil {
			t.Fatal(err)
		}
		mute.Tell(wire.VisitorSend{T: "send", ID: "x", Text: "before hello"})
		if code := mute.AwaitClose(); code != wire.CloseBadFrame {
			t.Errorf("a frame before hello closes with %d", code)
		}
		damaged := livetest.NewVisitor(t, s.URL(), s.Property)
		damaged.Token = "not a token"
		if w := damaged.Connect(); w.Token == "" || w.Visitor == "" {
			t.Errorf("a damaged token: %+v, want a new visitor", w)
		}

		v, ann, _ := talk(s)
		v.Tell(wire.VisitorHello{T: "hello", V: wire.Version, Property: s.Property, Token: v.Token, Last: 0, Open: true})
		w := livetest.As[wire.Welcome](t, v.Await("welcome", nil))
		if len(w.Messages) != 3 || w.Settings == nil || len(w.Team.Agents) != 1 || w.Team.Agents[0].ID != ann.Me {
			t.Errorf("hello on the same socket: %d messages, settings %v, team %+v", len(w.Messages), w.Settings != nil, w.Team)
		}
		v.Tell(wire.VisitorHello{T: "hello", V: wire.Version, Property: s.Property, Token: v.Token})
		w = livetest.As[wire.Welcome](t, v.Await("welcome", nil))
		if len(w.Messages) != 0 || len(w.Team.Agents) != 0 || w.Session == nil || w.Session.Last != 3 {
			t.Errorf("with the panel shut: %d messages, team %+v, session %+v", len(w.Messages), w.Team, w.Session)
		}
	})
}

func TestOrigins(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		s.Change(map[string]any{"allowed_domains": []string{"shop.example"}})
		s.Visitor()
		for _, road := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
			foreign := livetest.NewVisitor(t, s.URL(), s.Property)
			foreign.Origin, foreign.Road = "https://evil.example", road
			if got := livetest.RefusedWith(foreign.Dial()); got != http.StatusForbidden {
				t.Errorf("%s: another site's page: %d, want 403", road, got)
			}
		}
		nowhere := livetest.NewVisitor(t, s.URL(), "0193a0f0-0000-7000-8000-000000000001")
		if got := livetest.RefusedWith(nowhere.Dial()); got != http.StatusNotFound {
			t.Errorf("no such property: %d, want 404", got)
		}
		ann := s.Dashboard(livetest.Ann)
		ann.Origin = "https://evil.example"
		if got := livetest.RefusedWith(ann.Dial()); got != http.StatusForbidden {
			t.Errorf("a dashboard on another site: %d, want 403", got)
		}
		ann.Origin, ann.Cookie = s.URL(), &http.Cookie{Name: ann.Cookie.Name, Value: strings.Repeat("x", 43)}
		if got := livetest.RefusedWith(ann.Dial()); got != http.StatusUnauthorized {
			t.Errorf("without a login: %d, want 401", got)
		}
	})
}

func TestLoggingOutClosesTheSockets(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ann, ben, cid := s.Agent(livetest.Ann), s.Agent(livetest.Ben), s.Agent(livetest.Cid)
		window := ben.Window()
		window.Connect()
		if status := s.Call(livetest.Ben, "POST", "/api/v1/logout", struct{}{}, nil); status != http.StatusNoContent {
			t.Fatalf("log out: %d", status)
		}
		for _, w := range []*livetest.Agent{ben, window} {
			if code := w.AwaitClose(); code != wire.CloseLoggedOut {
				t.Errorf("a window of somebody who logged out closes with %d", code)
			}
		}
		path := "/api/v1/properties/" + string(s.Property) + "/members/" + string(cid.Me)
		if status := s.Call(livetest.Ann, "PATCH", path, map[string]any{"disabled": true}, nil); status != http.StatusOK {
			t.Fatalf("disable: %d", status)
		}
		if code := cid.AwaitClose(); code != wire.CloseLoggedOut {
			t.Errorf("a disabled agent's dashboard closes with %d", code)
		}
		again := s.Dashboard(livetest.Cid)
		if err := again.Dial(); err != nil {
			t.Fatal(err)
		}
		if code := again.AwaitClose(); code != wire.CloseNotAllowed {
			t.Errorf("a disabled agent who comes back is closed with %d", code)
		}
		if !ann.Open() {
			t.Error("Ann was shown out too")
		}
	})
}

func TestALostEventMakesClientsSayHelloAgain(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, _ := talk(s)
		s.Nodes[0].Live.Resync()
		v.Await("resync", nil)
		ann.Await("resync", nil)
		ann.Tell(wire.AgentHello{T: "hello", V: wire.Version, Property: s.Property})
		if w := livetest.As[wire.AgentWelcome](t, ann.Await("welcome", nil)); len(w.Chats) != 1 {
			t.Errorf("the second welcome has %d chats", len(w.Chats))
		}
		v.Send("and on it goes")
		ann.Sees(v.Session().ID, "Hello?", "Hello!", "and on it goes")
	})
}

func TestVisitorsOfAKilledServerHaveLeft(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		other := s.Visitor()
		other.Send("me too")
		live := s.Nodes[0].Live
		// As after a restart: nobody has seen the visitor go.
		v.Cut()
		gone(s.Nodes[0], v)
		live.Presence().Back(v.ID)
		if err := live.FindLost(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Clock.Advance(visitor.DefaultGrace)
		live.Presence().Wake()
		ann.AwaitRow("away", func(r wire.Row) bool { return r.ID == row.ID && r.Visitor.Away > 0 })
		if r := waiting(ann, other); r.Visitor.Away != 0 {
			t.Error("a visitor who is here was called away")
		}
	})
}

func TestAConnectionMayBecomeAnotherVisitors(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		tab := s.Visitor() // opened before the cookie was set: it began as somebody else
		tab.Tell(wire.VisitorHello{T: "hello", V: wire.Version, Property: s.Property, Token: v.Token, Open: true})
		if w := livetest.As[wire.Welcome](t, tab.Await("welcome", nil)); w.Visitor != v.ID || len(w.Messages) != 3 {
			t.Fatalf("the tab is %s with %d messages, want %s with all", w.Visitor, len(w.Messages), v.ID)
		}
		ann.Say(row.ID, "to both")
		tab.Sees("Hello?", "Hello!", "to both")
		v.Sees("Hello?", "Hello!", "to both")
	})
}

func TestFallbackRoad(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ann := s.Dashboard(livetest.Ann)
		ann.Road = livetest.Fallback
		ann.Connect()
		v := livetest.NewVisitor(t, s.URL(), s.Property)
		v.Road = livetest.Fallback
		v.Connect()
		v.Send("Hello?")
		row := waiting(ann, v)
		ann.Watch(row.ID, 0)
		v.Send("Anybody?")
		ann.Sees(row.Session, "Hello?", "Anybody?") // the stream watches, though a POST asked for it
		ann.Say(row.ID, "Yes")
		v.Sees("Hello?", "Anybody?", "Yes")
		v.Tell(wire.VisitorTyping{T: "typing", Text: "I wri", On: true})
		if f := livetest.As[wire.AgentTypingFrame](t, ann.Await("typing", nil)); f.Text != "I wri" {
			t.Errorf("typing over POST: %+v", f)
		}
		key := livetest.NewID()
		v.SendAs(key, "once")
		v.Cut()
		v.Connect()
		v.SendAs(key, "once")
		v.Sees("Hello?", "Anybody?", "Yes", "once")
		ann.Sees(row.Session, "Hello?", "Anybody?", "Yes", "once")
		v.End()
		ann.AwaitState(row.ID, wire.ChatEnded)

		stranger := livetest.NewVisitor(t, s.URL(), s.Property)
		stranger.Road = livetest.Fallback
		stranger.Connect()
		stranger.Token = "" // who does not say who they are speaks for nobody
		stranger.Tell(wire.VisitorSend{T: "send", ID: "x", Text: "x"})
		if e := livetest.As[wire.Error](t, stranger.Await("error", nil)); e.Code != "frame.hello" {
			t.Errorf("a POST without a token: %+v", e)
		}
	})
}

func TestFloodsAreRefusedWithATimeAndThenClosed(t *testing.T) {
	livetest.EachDB(t, livetest.Options{Limits: true}, func(t *testing.T, s *livetest.Server) {
		good, ann, row := talk(s)
		v := s.Visitor()
		var refused wire.Error
		for i := range 31 {
			key := livetest.NewID()
			f := v.Ask(key, wire.VisitorSend{T: "send", ID: key, Text: "spam"})
			if f.T == "ack" {
				continue
			}
			if i != 30 {
				t.Fatalf("message %d was refused: %s", i+1, f.Raw)
			}
			refused = livetest.As[wire.Error](t, f)
		}
		if refused.Code != "frame.too_many" || refused.RetryAfterMS != 1000 {
			t.Errorf("the 31st message: %+v, want to try again in a second", refused)
		}
		good.Send("unharmed")
		s.Clock.Advance(1e9)
		v.Send("polite again")

		raw, err := json.Marshal(wire.VisitorTyping{T: "typing", On: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 500 {
			v.TellRaw(raw)
		}
		if code := v.AwaitClose(); code != wire.CloseFlood {
			t.Errorf("a flood closes with %d", code)
		}
		good.Send("still unharmed")
		ann.Sees(row.Session, "Hello?", "Hello!", "unharmed", "still unharmed")
	})
}
