package chat_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/wire"
	"parley/internal/testkit/livetest"
	"parley/internal/visitor"
)

// each runs a test with a whole server on both databases; whatever it does, nothing unexpected may have been logged.
func each(t *testing.T, fn func(t *testing.T, s *livetest.Server)) {
	t.Helper()
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		fn(t, s)
		if bad := s.Log.Errors(); len(bad) > 0 {
			t.Errorf("the server logged errors:\n%s", strings.Join(bad, "\n"))
		}
	})
}

// talk begins a chat that Ann serves.
func talk(s *livetest.Server) (v *livetest.Visitor, ann *livetest.Agent, row wire.Row) {
	ann, v = s.Agent(livetest.Ann), s.Visitor()
	v.Send("Hello?")
	row = waiting(ann, v)
	ann.Watch(row.ID, 0) // as a dashboard does when the chat is opened
	ann.Say(row.ID, "Hello!")
	v.Sees("Hello?", "Hello!")
	return v, ann, ann.AwaitState(row.ID, wire.Served)
}

func waiting(a *livetest.Agent, v *livetest.Visitor) wire.Row {
	return a.AwaitRow("waiting", func(r wire.Row) bool { return r.Visitor.ID == v.ID && r.State == wire.Waiting })
}

func TestFirstMessageCallsTheWholeTeam(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ann, ben, eve := s.Agent(livetest.Ann), s.Agent(livetest.Ben), s.Agent(livetest.Eve)
		v := s.Visitor()
		if v.Token == "" || v.Session().ID != "" {
			t.Fatalf("a new visitor has token %q and session %q", v.Token, v.Session().ID)
		}
		v.AwaitTeam(wire.Online)
		ack := v.Send("Hello?")
		for _, a := range []*livetest.Agent{ann, ben} {
			row := waiting(a, v)
			a.AwaitAlert(row.ID, 1)
			if row.Session != ack.Session || row.Last.Text != "Hello?" || row.Visitor.Browser != "Chrome" || row.Visitor.Page.URL != v.Page.URL {
				t.Errorf("the row is %+v", row)
			}
			a.Watch(row.ID, 0)
			a.Sees(row.Session, "Hello?")
		}
		if n := eve.Saw("chat") + eve.Saw("rows") + eve.Saw("message"); n != 0 {
			t.Errorf("another property's agent saw %d frames of it", n)
		}
	})
}

func TestReplyingJoinsAndTheOthersSeeWhoServes(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ben := s.Agent(livetest.Ben)
		v, ann, row := talk(s)
		got := ben.AwaitState(row.ID, wire.Served)
		if len(got.Members) != 1 || got.Members[0].ID != ann.Me || got.Members[0].State != wire.MemberJoined {
			t.Errorf("members are %+v, want Ann", got.Members)
		}
		var kinds []string
		for _, m := range v.Messages() {
			kinds = append(kinds, string(m.Kind))
		}
		if strings.Join(kinds, " ") != "text joined text" {
			t.Errorf("the visitor sees %v", kinds)
		}
		v.Send("Fine.")
		ann.Sees(row.Session, "Hello?", "Hello!", "Fine.") // without asking: she is in it
	})
}

func TestClosingIsSilentAndTheNextMessageIsANewChat(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ben := s.Agent(livetest.Ben)
		v, ann, row := talk(s)
		before := len(v.Messages())
		ann.Do("close", row.ID)
		ben.AwaitState(row.ID, wire.ChatClosed)
		alerts := ben.Alerts()
		ack := v.Send("One more thing") // what came before this ack is all that the visitor noticed of the closing
		if n := len(v.Messages()); n != before+1 || v.Saw("session") != 1 {
			t.Errorf("the visitor saw %d messages and %d sessions, want only their own words", n-before, v.Saw("session"))
		}
		if ack.Session != row.Session {
			t.Errorf("the session is another one")
		}
		next := waiting(ben, v)
		if next.ID == row.ID || next.Number != 2 || next.Session != row.Session {
			t.Errorf("the new chat is %+v", next)
		}
		ann.AwaitAlert(next.ID, 1)
		ben.AwaitAlert(next.ID, 1)
		if ben.Alerts() != alerts+1 {
			t.Errorf("Ben was called %d times, want once more", ben.Alerts()-alerts)
		}
		ann.Watch(next.ID, 0)
		ann.Sees(row.Session, "Hello?", "Hello!", "One more thing")
	})
}

func TestOnlyTheVisitorEndsASession(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		key := livetest.NewID()
		e := ann.Refused(key, wire.AgentChatCommand{T: "end", ID: key, Chat: row.ID})
		if e.Code != "chat.only_visitor_ends" || e.RetryAfterMS != 0 {
			t.Fatalf("end by an agent: %+v", e)
		}
		var raw any
		if status := s.Call(livetest.Ann, "POST", "/api/v1/properties/"+string(s.Property)+"/chats/"+string(row.ID)+"/end", struct{}{}, &raw); status != 409 {
			t.Errorf("end over HTTP: %d, want 409: %v", status, raw)
		}
		v.End()
		v.AwaitSession("ended", func(x wire.VisitorSession) bool { return !x.Active && x.EndedBy == wire.EndedByVisitor })
		got := ann.AwaitState(row.ID, wire.ChatEnded)
		if got.EndedBy != wire.EndedByVisitor {
			t.Errorf("the row says ended by %q", got.EndedBy)
		}
		v.End() // again: acknowledged, nothing changes
		key = livetest.NewID()
		if e := ann.Refused(key, wire.AgentSend{T: "send", ID: key, Chat: row.ID, Text: "Wait!"}); e.Code != "chat.ended" {
			t.Errorf("a word after the end: %+v", e)
		}
		key = livetest.NewID()
		v.Ack(key, wire.VisitorRate{T: "rate", ID: key, Session: row.Session, Rating: 1, Comment: "Kind"})
		ann.AwaitRow("rated", func(r wire.Row) bool { return r.ID == row.ID && r.Rating == 1 })

		alerts := ann.Alerts()
		ack := v.Send("Me again")
		if ack.Session == row.Session {
			t.Error("a new chat after the end is in the old session")
		}
		v.Sees("Me again")
		next := waiting(ann, v)
		ann.AwaitAlert(next.ID, 1)
		if ann.Alerts() != alerts+1 {
			t.Errorf("Ann was called %d times for the new chat, want once", ann.Alerts()-alerts)
		}
		key = livetest.NewID()
		f := livetest.As[wire.VisitorSessionsFrame](t, v.Ask(key, wire.VisitorSessions{T: "sessions", ID: key}))
		if len(f.Sessions) != 2 || f.Sessions[1].ID != row.Session {
			t.Errorf("earlier sessions: %+v", f.Sessions)
		}
	})
}

func TestInviteAndLeave(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ben, cid := s.Agent(livetest.Ben), s.Agent(livetest.Cid)
		v, ann, row := talk(s)
		ben.AwaitState(row.ID, wire.Served)
		cid.AwaitState(row.ID, wire.Served)
		bens, cids := ben.Alerts(), cid.Alerts()
		ann.Invite(row.ID, ben.Me)
		ben.AwaitAlert(row.ID, 2) // the first was the new chat's
		ben.Do("join", row.ID)
		ann.AwaitRow("served by two", func(r wire.Row) bool { return r.ID == row.ID && joined(r) == 2 })
		ben.Say(row.ID, "Ben here")
		ann.Whisper(row.ID, "Thanks, Ben")
		ben.Sees(row.Session, "Ben here", "(Thanks, Ben)")
		v.Sees("Hello?", "Hello!", "Ben here")
		ann.Tell(wire.AgentUnwatch{T: "unwatch", Chat: row.ID}) // she is in it, so she is still told
		v.Send("Hello, Ben")
		ann.Sees(row.Session, "Hello?", "Hello!", "Ben here", "(Thanks, Ben)", "Hello, Ben")
		ann.Do("leave", row.ID)
		ben.AwaitRow("served by one", func(r wire.Row) bool { return r.ID == row.ID && joined(r) == 1 && r.State == wire.Served })
		ben.Do("leave", row.ID)
		cid.AwaitState(row.ID, wire.Waiting)
		if ben.Alerts() < bens+1 || cid.Alerts() != cids+1 {
			t.Errorf("calls: Ben %d, Cid %d more; want Cid once, when nobody was left", ben.Alerts()-bens, cid.Alerts()-cids)
		}
		v.Send("Anybody?")
		v.Sees("Hello?", "Hello!", "Ben here", "Hello, Ben", "Anybody?")
		ann.Whisper(row.ID, "Somebody else?") // she left, so nothing is pushed to her
		for _, m := range ann.Thread(row.Session) {
			if m.Text == "Anybody?" {
				t.Error("Ann has left, but is told what is said")
			}
		}
	})
}

func joined(r wire.Row) int {
	n := 0
	for _, m := range r.Members {
		if m.State == wire.MemberJoined {
			n++
		}
	}
	return n
}

func TestVisitorLeavesTheSiteAndComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		second := v.Tab()
		second.Connect()
		presence := s.Nodes[0].Live.Presence()
		pass := func() {
			s.Clock.Advance(visitor.DefaultGrace)
			presence.Wake()
		}
		second.Cut()
		v.Cut()
		away := func(r wire.Row) bool { return r.ID == row.ID && r.Visitor.Away > 0 }
		gone(s.Nodes[0], v)
		pass()
		ann.AwaitRow("away", away)
		ann.Say(row.ID, "Are you there?")
		w := v.Connect()
		if w.Session == nil || w.Session.ID != row.Session {
			t.Fatalf("on return the session is %+v", w.Session)
		}
		v.Sees("Hello?", "Hello!", "Are you there?")
		ann.AwaitRow("back", func(r wire.Row) bool { return r.ID == row.ID && r.Visitor.Away == 0 })
		v.Tell(wire.VisitorPage{T: "page", Page: wire.Page{URL: "https://shop.example/cart", Title: "Cart"}})
		ann.AwaitRow("on another page", func(r wire.Row) bool { return r.Visitor.Page != nil && r.Visitor.Page.Title == "Cart" })
	})
}

// gone waits until the node has learnt that the visitor's connections were cut: only then the grace begins.
func gone(n *livetest.Node, v *livetest.Visitor) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !n.Live.Presence().Waiting(v.ID) {
		<-tick.C
	}
}

func TestNobodyServesItInTime(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ann, v := s.Agent(livetest.Ann), s.Visitor()
		v.Send("Hello?")
		row := waiting(ann, v)
		s.Clock.Advance(5 * time.Minute)
		if _, err := s.Nodes[0].Chats.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		ann.AwaitState(row.ID, wire.ChatMissed)
		ann.AwaitCounts(1, 0)
		v.AwaitSession("missed", func(x wire.VisitorSession) bool { return x.Active && x.Missed })
		key := livetest.NewID()
		form := wire.VisitorTicket{T: "ticket", ID: key, Name: "Vic", Email: "vic@example.com", Text: "Please call"}
		v.Ack(key, form)
		v.Ack(key, form) // the same form again is the same ticket
		ann.AwaitCounts(1, 1)
		ann.AwaitRow("Vic's", func(r wire.Row) bool { return r.ID == row.ID && r.Visitor.Name == "Vic" })
		bad := livetest.NewID()
		if e := v.Refused(bad, wire.VisitorTicket{T: "ticket", ID: bad, Name: "Vic", Email: "x", Text: "?"}); e.Code != "ticket.email" || e.Field != "email" {
			t.Errorf("a bad form: %+v", e)
		}
		next := v.Send("Still here")
		if next.Session != row.Session {
			t.Error("the session went on, but the words are in another one")
		}
		ann.AwaitAlert(waiting(ann, v).ID, 1)
	})
}

func TestSilenceEndsTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		s.Clock.Advance(20 * time.Minute)
		if _, err := s.Nodes[0].Chats.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.AwaitSession("ended", func(x wire.VisitorSession) bool { return !x.Active && x.EndedBy == wire.EndedByTimeout })
		ann.AwaitState(row.ID, wire.ChatEnded)
		if ack := v.Send("Hello again"); ack.Session == row.Session {
			t.Error("words after the time-out are in the old session")
		}
	})
}

func TestEverythingMissedIsThereAfterACut(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		v.Cut()
		ann.Say(row.ID, "one")
		ann.Say(row.ID, "two")
		w := v.Connect()
		if len(w.Messages) != 2 || w.More || w.Settings != nil {
			t.Errorf("welcome brings %d messages, more %v, settings %v; want just the two missed", len(w.Messages), w.More, w.Settings != nil)
		}
		v.Sees("Hello?", "Hello!", "one", "two")
		ann.Cut()
		key := livetest.NewID()
		v.SendAs(key, "three")
		v.Cut()
		v.Connect()
		v.SendAs(key, "three") // the ack had been lost, as far as the widget knows
		ann.Connect()
		thread := ann.Thread(row.Session)
		ann.Watch(row.ID, thread[len(thread)-1].Seq)
		ann.Sees(row.Session, "Hello?", "Hello!", "one", "two", "three")
		v.Sees("Hello?", "Hello!", "one", "two", "three")
	})
}

func TestWordsAreStoredOnceAndInOrder(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		want := []string{"Hello?", "Hello!"}
		var keys []string
		for word := range strings.FieldsSeq("a b c d e f g h i j") { // ten under way at once
			key := livetest.NewID()
			keys = append(keys, key)
			want = append(want, word)
			v.Tell(wire.VisitorSend{T: "send", ID: key, Text: word})
			v.Tell(wire.VisitorSend{T: "send", ID: key, Text: word})
		}
		for i, key := range keys {
			first, second := v.Answer(key), v.Answer(key)
			if string(first.Raw) != string(second.Raw) || first.T != "ack" {
				t.Fatalf("word %d: %s, then %s", i, first.Raw, second.Raw)
			}
		}
		ann.Sees(row.Session, want...)
		key := livetest.NewID()
		send := wire.AgentSend{ID: key, Chat: row.ID, Text: "k"}
		if a, b := ann.SayAs(send), ann.SayAs(send); a != b {
			t.Errorf("the same word again: %+v, then %+v", a, b)
		}
		v.Cut()
		v.Connect()
		v.Sees(append(want, "k")...)
	})
}

func TestTabsShowTheSame(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		tab := v.Tab()
		tab.Connect()
		tab.Sees("Hello?", "Hello!")
		tab.Send("from the other tab")
		v.Sees("Hello?", "Hello!", "from the other tab")
		ann.Sees(row.Session, "Hello?", "Hello!", "from the other tab")
		if ann.Saw("chat") > 3 {
			t.Errorf("%d chat frames: a second tab is no second visitor", ann.Saw("chat"))
		}
		v.End()
		tab.AwaitSession("ended", func(x wire.VisitorSession) bool { return !x.Active })

		window := ann.Window()
		window.Connect()
		tab.Send("new session")
		next := waiting(window, v)
		window.Say(next.ID, "hello again")
		ann.Sees(next.Session, "hello again") // both of her windows are in it
		v.Sees("new session", "hello again")
	})
}

func TestMarks(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		v, ann, row := talk(s)
		window := ann.Window()
		window.Connect()
		ann.Tell(wire.AgentMark{T: "mark", Chat: row.ID, Got: 1, Read: 1, Count: 1})
		f := livetest.As[wire.VisitorMarksFrame](t, v.Await("marks", nil))
		if f.Marks.TeamGot != 1 || f.Marks.TeamRead != 1 {
			t.Errorf("the visitor's marks: %+v", f.Marks)
		}
		r := livetest.As[wire.ReadFrame](t, window.Await("read", nil))
		if r.Session != row.Session || r.Count != 1 {
			t.Errorf("the other window's read: %+v", r)
		}
		v.Tell(wire.VisitorMark{T: "mark", Session: row.Session, Got: 3, Read: 2})
		ann.Await("marks", func(f livetest.Frame) bool {
			m := livetest.As[wire.AgentMarksFrame](t, f)
			return m.Marks.VisitorGot == 3 && m.Marks.VisitorRead == 2
		})
		if w := ann.Window().Connect(); w.Reads[row.Session] != 1 {
			t.Errorf("reads of a new window: %v", w.Reads)
		}
	})
}

func TestTyping(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ben := s.Agent(livetest.Ben)
		v, ann, row := talk(s)
		v.Tell(wire.VisitorTyping{T: "typing", Text: strings.Repeat("ü", 600), On: true})
		f := livetest.As[wire.AgentTypingFrame](t, ann.Await("typing", nil))
		if f.From != wire.FromVisitor || len([]rune(f.Text)) != wire.MaxPreviewRunes || !f.On {
			t.Errorf("typing: from %s, %d characters", f.From, len([]rune(f.Text)))
		}
		ann.Tell(wire.AgentTyping{T: "typing", Chat: row.ID, On: true})
		g := livetest.As[wire.VisitorTypingFrame](t, v.Await("typing", nil))
		if g.Agent.ID != ann.Me || g.Agent.Name != livetest.Ann || !g.On {
			t.Errorf("the visitor sees %+v", g)
		}
		ben.Watch(row.ID, 0)
		ann.Tell(wire.AgentTyping{T: "typing", Chat: row.ID})
		ben.Await("typing", func(f livetest.Frame) bool { return !livetest.As[wire.AgentTypingFrame](t, f).On })
		if ann.Saw("typing") != 1 {
			t.Error("Ann is told of her own typing")
		}

		s.Change(map[string]any{"typing_preview": false})
		livetest.As[wire.SettingsFrame](t, v.Await("settings", nil))
		v.Tell(wire.VisitorTyping{T: "typing", Text: "secret", On: true})
		f = livetest.As[wire.AgentTypingFrame](t, ann.Await("typing", nil))
		if f.Text != "" || !f.On {
			t.Errorf("the preview is off, but agents see %+v", f)
		}
	})
}

func TestWatchingIsForTheWindowThatAsked(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		ben := s.Agent(livetest.Ben)
		v, ann, row := talk(s)
		got := ben.Watch(row.ID, 0)
		if len(got.Messages) != 3 || got.More {
			t.Fatalf("watch brings %d messages, want text, joined, text", len(got.Messages))
		}
		v.Send("one")
		ben.Sees(row.Session, "Hello?", "Hello!", "one")
		ben.Tell(wire.AgentUnwatch{T: "unwatch", Chat: row.ID})
		ben.Whisper(row.ID, "a whisper is no join") // its ack says that unwatch was handled
		before := ben.Saw("message")
		v.Send("two")
		ben.AwaitRow("told about", func(r wire.Row) bool { return r.ID == row.ID && r.Last.Text == "two" }) // by rows
		if ben.Saw("message") != before {
			t.Error("Ben does not watch any more, but is told what is said")
		}
		ann.Sees(row.Session, "Hello?", "Hello!", "one", "(a whisper is no join)", "two")
		v.Sees("Hello?", "Hello!", "one", "two")
		key := livetest.NewID()
		page := livetest.As[wire.AgentMessagesFrame](t, ben.Ask(key, wire.AgentHistory{T: "history", ID: key, Chat: row.ID, Before: 3}))
		if len(page.Messages) != 2 {
			t.Errorf("history before 3 brings %d messages", len(page.Messages))
		}
	})
}

func TestAnotherTenantSeesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *livetest.Server) {
		eve := s.Agent(livetest.Eve)
		v, ann, row := talk(s)
		for _, frame := range []func(key string) any{
			func(k string) any { return wire.AgentSend{T: "send", ID: k, Chat: row.ID, Text: "x"} },
			func(k string) any { return wire.AgentChatCommand{T: "join", ID: k, Chat: row.ID} },
			func(k string) any { return wire.AgentWatch{T: "watch", ID: k, Chat: row.ID} },
			func(k string) any { return wire.AgentHistory{T: "history", ID: k, Chat: row.ID} },
			func(k string) any { return wire.AgentInvite{T: "invite", ID: k, Chat: row.ID, Agent: ann.Me} },
		} {
			key := livetest.NewID()
			if e := eve.Refused(key, frame(key)); e.Code != "chat.not_found" && e.Code != "chat.invitee" {
				t.Errorf("%+v: %s", frame(key), e.Code)
			}
		}
		eve.Tell(wire.AgentTyping{T: "typing", Chat: row.ID, On: true})
		eve.Tell(wire.AgentMark{T: "mark", Chat: row.ID, Got: 1, Read: 1, Count: 1})

		spy := livetest.NewVisitor(t, s.URL(), s.Property)
		spy.Connect()
		key := livetest.NewID()
		if e := spy.Refused(key, wire.VisitorHistory{T: "history", ID: key, Session: row.Session}); e.Code != "session.not_found" {
			t.Errorf("another visitor's history: %s", e.Code)
		}
		key = livetest.NewID()
		if e := spy.Refused(key, wire.VisitorEnd{T: "end", ID: key, Session: row.Session}); e.Code != "session.not_found" {
			t.Errorf("ending another visitor's session: %s", e.Code)
		}
		elsewhere := v.Tab()
		elsewhere.Property = s.Other
		if w := elsewhere.Connect(); w.Visitor == v.ID || w.Session != nil {
			t.Error("a token of one property was taken by another")
		}
		dash := s.Dashboard(livetest.Eve)
		dash.Property = s.Property
		if err := dash.Dial(); err != nil {
			t.Fatal(err)
		}
		if code := dash.AwaitClose(); code != wire.CloseNotAllowed {
			t.Errorf("a dashboard of another property closes with %d", code)
		}
		v.Send("still fine")
		if v.Saw("typing") != 0 {
			t.Error("the visitor saw a stranger type")
		}
	})
}
