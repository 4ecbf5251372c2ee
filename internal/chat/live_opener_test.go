package chat_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

func start(a *livetest.Agent, v id.Visitor, text string) wire.AgentStart {
	return wire.AgentStart{T: "start", ID: livetest.NewID(), Visitor: v, Text: text}
}

// awaitOpener waits for the news of an opener in a tab; the state tells what to wait for: sent, seen, or empty for taken away.
func awaitOpener(t *testing.T, v *livetest.Visitor, text string, seen bool) *wire.Opener {
	t.Helper()
	var got *wire.Opener
	v.Await("opener", func(f livetest.Frame) bool {
		got = livetest.As[wire.OpenerFrame](t, f).Opener
		if got == nil || text == "" {
			return (got == nil) == (text == "")
		}
		return got.Text == text && got.Seen == seen
	})
	return got
}

func awaitFate(t *testing.T, a *livetest.Agent, v id.Visitor, state wire.OpenerState) (got wire.AgentOpenerFrame) {
	t.Helper()
	a.Await("opener", func(f livetest.Frame) bool {
		got = livetest.As[wire.AgentOpenerFrame](t, f)
		return got.Visitor == v && got.State == state
	})
	return got
}

// both runs fn with agents and visitors on each of the two roads, on each database.
func both(t *testing.T, fn func(t *testing.T, s *livetest.Server, road livetest.Road)) {
	t.Helper()
	for _, road := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
		t.Run(string(road), func(t *testing.T) {
			livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) { fn(t, s, road) })
		})
	}
}

// pair are an agent, a colleague, and two tabs of one visitor.
func pair(t *testing.T, s *livetest.Server, road livetest.Road) (ann, ben *livetest.Agent, one, two *livetest.Visitor) {
	ann, ben = s.Dashboard(livetest.Ann), s.Dashboard(livetest.Ben)
	ann.Road = road
	ann.Connect()
	ben.Connect()
	one = livetest.NewVisitor(t, s.URL(), s.Property)
	one.Road = road
	one.Connect()
	two = one.Tab()
	two.Connect()
	return ann, ben, one, two
}

func TestAnAgentSpeaksFirstAndTheVisitorAnswers(t *testing.T) {
	both(t, func(t *testing.T, s *livetest.Server, road livetest.Road) {
		ann, ben, one, two := pair(t, s, road)
		f := start(ann, one.ID, "May I help?")
		ack := ann.Ack(f.ID, f)
		o := awaitOpener(t, one, "May I help?", false)
		if o.Agent.Name != livetest.Ann || o.At != ack.At || awaitOpener(t, two, "May I help?", false).ID != o.ID {
			t.Errorf("shown %+v", o)
		}
		for _, a := range []*livetest.Agent{ann, ben} {
			if got := awaitFate(t, a, one.ID, wire.OpenerSent); got.ID != o.ID || got.Agent != ann.Who() {
				t.Errorf("the team is told %+v", got)
			}
		}
		if again := ann.Ack(f.ID, f); again != ack {
			t.Errorf("the retry is answered with %+v, want %+v", again, ack)
		}
		// A tab shows it; the others need not ring.
		one.Tell(wire.VisitorOpener{T: "opener", ID: o.ID, State: wire.OpenerSeen})
		awaitOpener(t, two, "May I help?", true)
		awaitFate(t, ben, one.ID, wire.OpenerSeen)
		page := one.Tab()
		if w := page.Connect(); w.Opener == nil || w.Opener.ID != o.ID || !w.Opener.Seen || w.Opener.Agent.Name != livetest.Ann {
			t.Errorf("on the next page there is %+v", w.Opener)
		}

		one.Send("Yes please")
		for _, v := range []*livetest.Visitor{one, two, page} {
			v.Sees("May I help?", "Yes please")
			awaitOpener(t, v, "", false)
		}
		row := ann.AwaitRow("served by Ann", func(r wire.Row) bool { return r.Visitor.ID == one.ID && r.State == wire.Served })
		ann.Sees(row.Session, "May I help?", "Yes please")
		for _, a := range []*livetest.Agent{ann, ben} {
			if got := awaitFate(t, a, one.ID, wire.OpenerAnswered); got.Chat != row.ID || got.ID != o.ID {
				t.Errorf("the team is told %+v", got)
			}
		}
		ann.AwaitAlert(row.ID, 1)
		if ben.Alerts() != 0 {
			t.Error("Ben was alerted of Ann's chat")
		}
		ann.Say(row.ID, "What do you look for?")
		one.Sees("May I help?", "Yes please", "What do you look for?")
		if e := ben.Refused("late", wire.AgentStart{T: "start", ID: "late", Visitor: one.ID, Text: "me too"}); e.Code != "chat.session_active" || e.About != string(row.ID) {
			t.Errorf("speaking first to somebody in a chat: %+v", e)
		}
		if w := two.Tab().Connect(); w.Opener != nil {
			t.Errorf("in a session something waits for an answer: %+v", w.Opener)
		}
		if n := one.Saw("opener"); n != 2 { // it, and its end: its own word is not told back
			t.Errorf("the tab that answered was told of the opener %d times", n)
		}
		if len(s.Log.Errors()) > 0 {
			t.Error(s.Log.Errors())
		}
	})
}

func TestAnOpenerIsDismissedReplacedAndRefused(t *testing.T) {
	both(t, func(t *testing.T, s *livetest.Server, road livetest.Road) {
		ann, ben, one, two := pair(t, s, road)
		f := start(ann, one.ID, "First")
		ann.Ack(f.ID, f)
		first := awaitOpener(t, one, "First", false)
		f = start(ben, one.ID, "Second")
		ben.Ack(f.ID, f)
		second := awaitOpener(t, one, "Second", false)
		awaitOpener(t, two, "Second", false)
		stranger := s.Visitor()
		for _, told := range []struct {
			by *livetest.Visitor
			of id.Opener
		}{{one, first.ID}, {stranger, second.ID}} { // one that is over, and somebody else's
			told.by.Tell(wire.VisitorOpener{T: "opener", ID: told.of, State: wire.OpenerDismissed})
		}
		two.Tell(wire.VisitorOpener{T: "opener", ID: second.ID, State: wire.OpenerDismissed})
		awaitOpener(t, one, "", false)
		if got := awaitFate(t, ann, one.ID, wire.OpenerDismissed); got.ID != second.ID || got.Agent != ben.Who() {
			t.Errorf("the team is told %+v", got)
		}
		if w := one.Tab().Connect(); w.Opener != nil {
			t.Errorf("dismissed, and shown again: %+v", w.Opener)
		}
		one.Send("Hello") // by themselves
		one.Sees("Hello")
		waiting(ann, one)

		for name, tt := range map[string]struct {
			frame wire.AgentStart
			code  string
		}{
			"somebody who is not there": {start(ann, id.New[id.Visitor](), "Hi"), "visitor.gone"},
			"nobody":                    {start(ann, "", "Hi"), "visitor.gone"},
			"no words":                  {start(ann, stranger.ID, " "), "message.empty"},
		} {
			if e := ann.Refused(tt.frame.ID, tt.frame); e.Code != tt.code {
				t.Errorf("%s: %+v", name, e)
			}
		}
		stranger.Cut()
		f = start(ann, stranger.ID, "Wait!")
		eventually(t, "who has left cannot be spoken to", func() bool {
			s.Clock.Advance(time.Second)
			s.Nodes[0].Visits.Wake()
			f.ID = livetest.NewID()
			return strings.Contains(string(ann.Ask(f.ID, f).Raw), "visitor.gone")
		})
	})
}

func TestABanBetweenTheOpenerAndTheAnswer(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		ann, _, one, two := pair(t, s, livetest.WebSocket)
		f := start(ann, one.ID, "May I help?")
		ann.Ack(f.ID, f)
		o := awaitOpener(t, one, "May I help?", false)
		awaitOpener(t, two, "May I help?", false)
		ban := s.Ban(livetest.Ben, map[string]any{"visitor": one.ID, "reason": "rude"})
		for _, v := range []*livetest.Visitor{one, two} {
			if code := v.AwaitClose(); code != wire.CloseBanned {
				t.Errorf("closed with %d", code)
			}
		}
		f = start(ann, one.ID, "Are you there?")
		if e := ann.Refused(f.ID, f); e.Code != "visitor.gone" && e.Code != "visitor.banned" {
			t.Errorf("speaking to somebody who is banned: %+v", e)
		}
		s.Lift(ban)
		again := one.Tab()
		if w := again.Connect(); w.Opener != nil {
			t.Errorf("after lifting there is still %+v", w.Opener)
		}
		again.Tell(wire.VisitorOpener{T: "opener", ID: o.ID, State: wire.OpenerSeen})
		again.Send("Hello again")
		again.Sees("Hello again")
		f = start(ann, one.ID, "May I help?") // Ann's connection has not suffered
		if e := ann.Refused(f.ID, f); e.Code != "chat.session_active" {
			t.Errorf("%+v", e)
		}
	})
}

// A ban by email address closes nothing by itself where nobody looks; whoever speaks first is told.
func TestAnAgentIsToldThatAVisitorIsBannedAndStays(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		ann := s.Agent(livetest.Ann)
		for range 4 { // however the closing and the asking cross
			v := s.Visitor()
			var wg sync.WaitGroup
			wg.Go(func() { s.Ban(livetest.Ben, map[string]any{"visitor": v.ID, "reason": "rude"}) })
			f := start(ann, v.ID, "May I help?")
			got := ann.Ask(f.ID, f)
			wg.Wait()
			if got.T == "error" {
				if e := livetest.As[wire.Error](t, got); e.Code != "visitor.banned" && e.Code != "visitor.gone" {
					t.Errorf("%+v", e)
				}
			}
			v.AwaitClose()
		}
		if !ann.Open() {
			t.Error("the agent was shown out for somebody else's ban")
		}
	})
}

func TestAnOpenerOutlivesARestart(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s := livetest.Serve(t, e, livetest.Options{})
		ann, _, one, _ := pair(t, s, livetest.WebSocket)
		f := start(ann, one.ID, "May I help?")
		ack := ann.Ack(f.ID, f)
		o := awaitOpener(t, one, "May I help?", false)
		s.Stop(s.Nodes[0])
		node := s.Start(e.URL, livetest.Options{Alone: true})
		ann.Base, one.Base = node.URL, node.URL
		ann.Connect()
		if again := ann.Ack(f.ID, f); again != ack { // nobody told Ann's dashboard that it was stored
			t.Errorf("the retry is answered with %+v, want %+v", again, ack)
		}
		w := one.Connect()
		if w.Opener == nil || w.Opener.ID != o.ID || w.Opener.Seen {
			t.Fatalf("after the restart there is %+v", w.Opener)
		}
		ann.Visitors(wire.AgentVisitors{Size: 50})
		ann.AwaitVisitor(one.ID, "was spoken to", func(r wire.VisitRow) bool { return r.Opener == wire.OpenerSent })
		one.Send("Yes")
		one.Sees("May I help?", "Yes")
		ann.AwaitRow("served", func(r wire.Row) bool { return r.Visitor.ID == one.ID && r.State == wire.Served })
	})
}

func TestSpeakingFirstAcrossNodes(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		ann := s.Dashboard(livetest.Ann)
		ann.Base = s.Nodes[1].URL
		ann.Connect()
		v := livetest.NewVisitor(t, s.Nodes[0].URL, s.Property)
		v.Address = "198.51.100.7"
		v.Connect()
		tab := v.Tab()
		tab.Base, tab.Road, tab.Posts = s.Nodes[2].URL, livetest.Fallback, s.Nodes[0].URL
		tab.Connect()
		ann.Visitors(wire.AgentVisitors{Size: 50})
		shown := ann.AwaitVisitor(v.ID, "is shown with a number", func(r wire.VisitRow) bool { return r.Number > 0 })
		f := start(ann, v.ID, "May I help?")
		ann.Ack(f.ID, f)
		awaitOpener(t, v, "May I help?", false)
		o := awaitOpener(t, tab, "May I help?", false)
		ann.AwaitVisitor(v.ID, "shows the opener", func(r wire.VisitRow) bool { return r.Opener == wire.OpenerSent })
		tab.Tell(wire.VisitorOpener{T: "opener", ID: o.ID, State: wire.OpenerSeen})
		awaitOpener(t, v, "May I help?", true)
		awaitFate(t, ann, v.ID, wire.OpenerSeen)
		tab.Send("Yes")
		v.Sees("May I help?", "Yes")
		row := ann.AwaitRow("served", func(r wire.Row) bool { return r.Visitor.ID == v.ID && r.State == wire.Served })
		if row.Visitor.Number != shown.Number || row.Visitor.Address != "198.51.100.7" {
			t.Errorf("visitor %d from %q in the chat was visitor %d in the list", row.Visitor.Number, row.Visitor.Address, shown.Number)
		}
		ann.Sees(row.Session, "May I help?", "Yes")
	})
}

// Two tabs answer at the same time, on whatever road: the session begins once, with the opener.
func TestTwoTabsAnswerAtOnce(t *testing.T) {
	both(t, func(t *testing.T, s *livetest.Server, road livetest.Road) {
		for range 4 {
			ann, _, one, two := pair(t, s, road)
			f := start(ann, one.ID, "May I help?")
			ann.Ack(f.ID, f)
			awaitOpener(t, one, "May I help?", false)
			var wg sync.WaitGroup
			wg.Go(func() { one.Send("one") })
			wg.Go(func() { two.Send("two") })
			wg.Wait()
			for _, v := range []*livetest.Visitor{one, two} {
				eventually(t, "everything has come", func() bool { return len(v.Messages()) == 4 }) // with joined
			}
			said := []string{}
			for _, m := range one.Messages() {
				if m.Kind == wire.Text {
					said = append(said, m.Text)
				}
			}
			if said[0] != "May I help?" || !slices.Contains(said, "one") || !slices.Contains(said, "two") {
				t.Errorf("said %v", said)
			}
			var list struct{ Items []wire.Row }
			s.Call(livetest.Ann, http.MethodGet, s.Path("/chats"), nil, &list)
			if n := len(slices.DeleteFunc(list.Items, func(r wire.Row) bool { return r.Visitor.ID != one.ID })); n != 1 {
				t.Errorf("%d chats began", n)
			}
			ann.Cut()
		}
	})
}
