package visit_test

import (
	"testing"
	"time"

	"parley/internal/kernel/wire"
	"parley/internal/testkit/livetest"
)

func TestThreeNodesShowOneList(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		var people []*livetest.Visitor
		for _, n := range s.Nodes {
			v := livetest.NewVisitor(t, n.URL, s.Property)
			v.Page = wire.Page{URL: shop + "/one", Title: "One"}
			v.Connect()
			people = append(people, v)
		}
		near, far, third := people[0], people[1], people[2]
		ann := s.Agent(livetest.Ann)
		ann.Visitors(all())
		for _, v := range people {
			row := ann.AwaitVisitor(v.ID, "is on a node", func(r wire.VisitRow) bool { return r.Number > 0 })
			if row.Page.Title != "One" || row.Browser != "Chrome" || row.State != wire.VisitActive {
				t.Errorf("the row of a visitor: %+v", row)
			}
		}
		ann.AwaitWindow("with three", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 3 && f.Counts.Here == 3 })

		// What changes elsewhere comes here, and everything about it is asked for.
		later(s, time.Minute)
		far.Go(shop+"/two", "Two")
		ann.AwaitVisitor(far.ID, "moved", func(r wire.VisitRow) bool { return r.Page.Title == "Two" && r.Pages == 2 })
		if f := ann.Visit(far.ID); f.Visit == nil || len(f.Visit.Trail) != 2 || f.Visit.Trail[1].MS != 60_000 || f.Visit.Language != "en-GB" {
			t.Errorf("the visit on another node: %+v", f.Visit)
		}
		far.Life(true)
		ann.AwaitVisit(far.ID, "is idle", func(f wire.VisitFrame) bool { return f.Visit != nil && f.Visit.State == wire.VisitIdle })

		// A chat of a visitor elsewhere.
		far.Send("Hello")
		chat := ann.AwaitRow("that waits", func(r wire.Row) bool { return r.State == wire.Waiting })
		ann.AwaitVisitor(far.ID, "waits", func(r wire.VisitRow) bool {
			return r.State == wire.VisitWaiting && r.Chat == chat.ID && r.Number == chat.Visitor.Number
		})
		ann.Do("join", chat.ID)
		ann.AwaitVisit(far.ID, "is served", func(f wire.VisitFrame) bool {
			return f.Visit != nil && f.Visit.State == wire.VisitChatting && len(f.Visit.Agents) == 1
		})

		// Somebody with tabs on two nodes is one visitor.
		tab := far.Tab()
		tab.Base, tab.Page = s.URL(), wire.Page{URL: shop + "/three", Title: "Three"}
		later(s, time.Second)
		tab.Connect()
		ann.AwaitVisitor(far.ID, "is on two nodes", func(r wire.VisitRow) bool { return r.Pages == 3 && r.Page.Title == "Three" })
		ann.AwaitWindow("with three still", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 3 })
		ann.AwaitVisit(far.ID, "has all pages", func(f wire.VisitFrame) bool { return f.Visit != nil && len(f.Visit.Trail) == 3 })

		// The fallback's POSTs may come to another node than the stream.
		slow := livetest.NewVisitor(t, s.Nodes[1].URL, s.Property)
		slow.Road, slow.Posts = livetest.Fallback, s.Nodes[2].URL
		slow.Connect()
		slow.Go(shop+"/posted", "Posted")
		ann.AwaitVisitor(slow.ID, "moved by a POST", func(r wire.VisitRow) bool { return r.Page.Title == "Posted" && r.Pages == 2 })
		slow.Life(true)
		ann.AwaitVisitor(slow.ID, "was put aside by a POST", func(r wire.VisitRow) bool { return r.State == wire.VisitIdle })
		slow.Tell(wire.VisitorConsent{T: "consent"})
		ann.AwaitWindow("without who wants none of it", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 3 })

		// An agent's, too.
		ben := s.Dashboard(livetest.Ben)
		ben.Road, ben.Base, ben.Posts = livetest.Fallback, s.Nodes[2].URL, s.Nodes[1].URL
		ben.Connect()
		ben.Visitors(all())
		ben.AwaitVisitor(near.ID, "is elsewhere", func(r wire.VisitRow) bool { return r.Page.Title == "One" })
		ben.Visit(near.ID)
		if e := ben.Refused("w", wire.AgentVisitors{T: "visitors", ID: "w", Size: 101}); e.Code != "visit.window" {
			t.Errorf("too large a window by POST: %+v", e)
		}

		// A node that goes takes its visitors along; those of the others stay.
		s.Stop(s.Nodes[2])
		s.Nodes = s.Nodes[:2]
		ann.AwaitWindow("of two nodes", func(f wire.VisitorsFrame, rows []wire.VisitRow) bool {
			for _, r := range rows {
				if r.ID == third.ID {
					return false
				}
			}
			return f.Total == 2
		})
		if ann.Saw("visitors") == 0 || !ann.Open() {
			t.Error("the agent's connection is gone")
		}
		// Nobody watches any more: after the lease the other node says nothing.
		ann.Tell(wire.AgentVisitorsStop{T: "visitors_stop"})
		ann.Tell(wire.AgentVisitStop{T: "visit_stop"})
		ann.Refused("last", wire.AgentChatCommand{T: "close", ID: "last", Chat: "none"})
		if s.Nodes[0].Visits.Watched(s.Property) {
			t.Error("nobody watches, but the node thinks so")
		}
	})
}
