package chat_test

import (
	"strconv"
	"testing"

	"parley/internal/kernel/wire"
	"parley/internal/testkit/livetest"
	"parley/internal/visitor"
)

func TestThreeNodesAreOne(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		ann, ben := s.Dashboard(livetest.Ann), s.Dashboard(livetest.Ben)
		ann.Base, ben.Base = s.Nodes[1].URL, s.Nodes[2].URL
		ann.Connect()
		ben.Connect()
		ann.AwaitMember(ben.Who(), wire.Online)
		v := s.Visitor()
		v.AwaitTeam(wire.Online)
		v.Send("Hello?")
		row := waiting(ben, v)
		waiting(ann, v)
		ann.Watch(row.ID, 0)
		ann.Say(row.ID, "Hello!")
		ben.AwaitState(row.ID, wire.Served)
		v.Sees("Hello?", "Hello!")
		v.Tell(wire.VisitorTyping{T: "typing", Text: "I", On: true})
		ann.Await("typing", nil)

		tab := v.Tab()
		tab.Base = s.Nodes[2].URL
		tab.Connect()
		tab.Send("from another node")
		v.Sees("Hello?", "Hello!", "from another node")
		ann.Sees(row.Session, "Hello?", "Hello!", "from another node")

		// The visitor has a tab on another node: leaving this one is no leaving.
		v.Cut()
		gone(s.Nodes[0], v)
		s.Clock.Advance(visitor.DefaultGrace)
		s.Nodes[0].Live.Presence().Wake()
		tab.Send("still here")
		got := ann.AwaitRow("told", func(r wire.Row) bool { return r.ID == row.ID && r.Last.Text == "still here" })
		if got.Visitor.Away != 0 {
			t.Error("the visitor has a tab on another node, but was called away")
		}

		// One node stops: its people go to another one and miss nothing.
		s.Stop(s.Nodes[1])
		if code := ann.AwaitClose(); code != wire.CloseGoingAway {
			t.Errorf("a node that stops closes with %d", code)
		}
		tab.Send("while Ann is away")
		ann.Base = s.Nodes[0].URL
		ann.Connect()
		thread := ann.Thread(row.Session)
		ann.Watch(row.ID, thread[len(thread)-1].Seq)
		ann.Sees(row.Session, "Hello?", "Hello!", "from another node", "still here", "while Ann is away")
		v.Base = s.Nodes[0].URL
		v.Connect()
		ann.Say(row.ID, "Back")
		for _, w := range []*livetest.Visitor{v, tab} {
			w.Sees("Hello?", "Hello!", "from another node", "still here", "while Ann is away", "Back")
		}
	})
}

func TestFallbackMayReachAnotherNode(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		ann := s.Dashboard(livetest.Ann)
		ann.Road, ann.Base, ann.Posts = livetest.Fallback, s.Nodes[1].URL, s.Nodes[2].URL
		ann.Connect()
		v := livetest.NewVisitor(t, s.URL(), s.Property)
		v.Road, v.Posts = livetest.Fallback, s.Nodes[1].URL
		v.Connect()
		v.Send("one")
		row := waiting(ann, v)
		ann.Watch(row.ID, 0)
		want := []string{"one"}
		for i := range 5 {
			word := strconv.Itoa(i)
			v.Send(word)
			want = append(want, word)
		}
		ann.Sees(row.Session, want...)
		ann.Say(row.ID, "yes")
		v.Sees(append(want, "yes")...)
		if v.Saw("message") != 2 { // joined, and what Ann said
			t.Errorf("the stream brought %d messages: one's own words come as acks", v.Saw("message"))
		}
	})
}
