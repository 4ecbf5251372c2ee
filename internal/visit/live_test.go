package visit_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

const shop = "https://shop.example"

func roads(t *testing.T, fn func(t *testing.T, road livetest.Road)) {
	t.Helper()
	for _, road := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
		t.Run(string(road), func(t *testing.T) {
			t.Parallel() // they mostly wait: a window is told once a second
			fn(t, road)
		})
	}
}

// people are a server with a visitor and an agent who come by one road; neither is connected yet.
func people(t *testing.T, road livetest.Road) (*livetest.Server, *livetest.Visitor, *livetest.Agent) {
	t.Helper()
	s := livetest.Serve(t, testkit.SQLite(t), livetest.Options{})
	v := livetest.NewVisitor(t, s.URL(), s.Property)
	v.Road, v.Page = road, wire.Page{URL: shop + "/?utm_source=news&utm_campaign=spring", Title: "Shop", Referrer: "https://www.search.example/q"}
	v.Address = "198.51.100.7"
	ann := s.Dashboard(livetest.Ann)
	ann.Road = road
	return s, v, ann
}

func later(s *livetest.Server, d time.Duration) {
	s.Clock.Advance(d)
	for _, n := range s.Nodes {
		n.Visits.Wake()
	}
}

func all() wire.AgentVisitors { return wire.AgentVisitors{Size: 50} }

func TestAVisitorComesMovesIdlesLeavesAndComesBack(t *testing.T) {
	t.Parallel()
	roads(t, func(t *testing.T, road livetest.Road) {
		s, v, ann := people(t, road)
		ann.Connect()
		if f := ann.Visitors(all()); f.Total != 0 || f.Counts.Here != 0 || len(f.Rows) != 0 {
			t.Errorf("nobody is here, but: %+v", f)
		}
		if w := v.Connect(); !w.Keep {
			t.Error("the token may be kept for the tab, but the welcome does not say so")
		}
		row := ann.AwaitVisitor(v.ID, "came", func(r wire.VisitRow) bool { return r.Number > 0 })
		now := s.Clock.Now().UnixMilli()
		want := wire.VisitRow{
			ID: v.ID, Number: row.Number, State: wire.VisitActive, Page: wire.Page{URL: v.Page.URL, Title: "Shop"}, Since: now, PageAt: now,
			Pages: 1, Referrer: "news", Device: "desktop", Browser: "Chrome", System: "Linux", Visits: 1,
		}
		if !same(row, want) {
			t.Errorf("the row is\n%+v, want\n%+v", row, want)
		}
		if f := ann.Visit(v.ID); f.Visit == nil || f.Visit.Address != "198.51.100.7" || f.Visit.CameFrom != "https://www.search.example/q" ||
			f.Visit.Campaign["utm_campaign"] != "spring" || f.Visit.Language != "en-GB" || f.Visit.TimeZone != "Europe/London" || len(f.Visit.Trail) != 1 {
			t.Errorf("the visit is %+v", f.Visit)
		}

		later(s, time.Minute)
		v.Go(shop+"/two", "Two")
		ann.AwaitVisitor(v.ID, "is on page two", func(r wire.VisitRow) bool { return r.Page.Title == "Two" && r.Pages == 2 && r.Since == now })
		later(s, 30*time.Second)
		v.Load(shop+"/three", "Three")
		row = ann.AwaitVisitor(v.ID, "is on page three", func(r wire.VisitRow) bool { return r.Page.Title == "Three" })
		if row.Pages != 3 || row.Referrer != "news" || row.State != wire.VisitActive {
			t.Errorf("after a page load: %+v", row)
		}
		f := ann.AwaitVisit(v.ID, "has three pages", func(f wire.VisitFrame) bool { return f.Visit != nil && len(f.Visit.Trail) == 3 })
		if trail := f.Visit.Trail; trail[0].Page.Title != "Three" || trail[1].MS != 30_000 || trail[2].MS != 60_000 || trail[2].At != now {
			t.Errorf("the trail is %+v", trail)
		}

		v.Life(true)
		ann.AwaitVisitor(v.ID, "is idle", func(r wire.VisitRow) bool { return r.State == wire.VisitIdle })
		v.Life(false)
		ann.AwaitVisitor(v.ID, "is active again", func(r wire.VisitRow) bool { return r.State == wire.VisitActive })

		v.Cut()
		leave(t, s, v.ID)
		row = ann.AwaitVisitor(v.ID, "left", func(r wire.VisitRow) bool { return r.State == wire.VisitLeft })
		if row.LeftAt == 0 || row.Pages != 3 {
			t.Errorf("left: %+v", row)
		}
		later(s, time.Minute)
		v.Load(shop+"/four", "Four")
		if row = ann.AwaitVisitor(v.ID, "came back", func(r wire.VisitRow) bool { return r.State == wire.VisitActive }); row.Pages != 4 || row.Since != now {
			t.Errorf("came back within two minutes: %+v", row)
		}
		v.Cut()
		leave(t, s, v.ID)
		later(s, 2*time.Minute)
		ann.AwaitWindow("without anybody", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 0 })
		ann.AwaitVisit(v.ID, "is over", func(f wire.VisitFrame) bool { return f.Gone })
	})
}

// leave waits until the server has noticed that the visitor's connection is gone, and that it stays so.
func leave(t *testing.T, s *livetest.Server, v id.Visitor) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(15 * time.Second)
	defer end.Stop()
	for s.Nodes[0].Visits.Tabs(s.Property, v) > 0 {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatal("the connection is still open")
		}
	}
	later(s, time.Second)
}

func same(a, b wire.VisitRow) bool {
	agents := slices.Equal(a.Agents, b.Agents)
	a.Agents, b.Agents = nil, nil
	return agents && a.ID == b.ID && a.Number == b.Number && a.Name == b.Name && a.State == b.State && a.Page == b.Page && a.Since == b.Since &&
		a.PageAt == b.PageAt && a.Pages == b.Pages && a.Referrer == b.Referrer && a.Device == b.Device && a.Browser == b.Browser &&
		a.System == b.System && a.Visits == b.Visits && a.Chats == b.Chats
}

func TestAChatIsShownWithItsVisitor(t *testing.T) {
	t.Parallel()
	roads(t, func(t *testing.T, road livetest.Road) {
		_, v, ann := people(t, road)
		ann.Connect()
		v.Connect()
		v.Send("Hello")
		chat := ann.AwaitRow("that waits", func(r wire.Row) bool { return r.State == wire.Waiting })
		ann.Visitors(all()) // the first look reads what is open
		row := ann.AwaitVisitor(v.ID, "waits", func(r wire.VisitRow) bool { return r.State == wire.VisitWaiting && r.Chats == 1 })
		if row.Number != chat.Visitor.Number || row.Chat != chat.ID || len(row.Agents) != 0 {
			t.Errorf("waiting: %+v, in the chat visitor %d", row, chat.Visitor.Number)
		}
		ann.Do("join", chat.ID)
		ann.AwaitVisitor(v.ID, "chats with Ann", func(r wire.VisitRow) bool {
			return r.State == wire.VisitChatting && len(r.Agents) == 1 && r.Agents[0].ID == ann.Me
		})
		if f := ann.Visitors(wire.AgentVisitors{Size: 10, Filter: wire.VisitFilter{Agent: ann.Me, States: []wire.VisitState{wire.VisitChatting}}}); f.Total != 1 || f.Counts.Chatting != 1 {
			t.Errorf("served by Ann: %+v", f)
		}
		v.End()
		ann.Visitors(all())
		ann.AwaitVisitor(v.ID, "is active again", func(r wire.VisitRow) bool { return r.State == wire.VisitActive && r.Chat == "" && r.Chats == 1 })
	})
}

func TestNamesAreShownAsTheyAreStored(t *testing.T) {
	t.Parallel()
	s, v, ann := people(t, livetest.WebSocket)
	v.Connect()
	ann.Connect()
	number := ann.Visitors(all()).Rows[0].Number
	v.Send("Hello")
	ann.AwaitVisitor(v.ID, "is in a chat", func(r wire.VisitRow) bool { return r.State == wire.VisitWaiting && r.Number == number })
	if status := s.Call(livetest.Ann, "PATCH", s.Path("/visitors/"+string(v.ID)), map[string]any{"name": "Vera"}, nil); status != 200 {
		t.Fatalf("give a name: %d", status)
	}
	ann.AwaitVisitor(v.ID, "has a name", func(r wire.VisitRow) bool { return r.Name == "Vera" })
	if n := testkit.Get[int64](t, &testkit.Env{DB: s.Nodes[0].Chats.DB}, `SELECT number FROM visitors WHERE id = $1`, v.ID); n != number {
		t.Errorf("seen as visitor %d, stored as %d", number, n)
	}
	// Somebody who comes back with a row is read with the hello.
	v.Cut()
	leave(t, s, v.ID)
	later(s, 3*time.Minute)
	ann.AwaitWindow("without anybody", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 0 })
	if err := s.Nodes[0].Visits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.Connect()
	ann.AwaitVisitor(v.ID, "is Vera on the second visit", func(r wire.VisitRow) bool {
		return r.Name == "Vera" && r.Number == number && r.Visits == 2 && r.Chats == 1
	})
}

func TestPrivacyIsThePropertys(t *testing.T) {
	t.Parallel()
	roads(t, func(t *testing.T, road livetest.Road) {
		s, v, ann := people(t, road)
		ann.Connect()
		ann.Visitors(all())
		private, crawler := livetest.NewVisitor(t, s.URL(), s.Property), livetest.NewVisitor(t, s.URL(), s.Property)
		private.Road, private.Private = road, true
		crawler.Road, crawler.Browser = road, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
		for name, who := range map[string]*livetest.Visitor{"private": private, "crawler": crawler} {
			if w := who.Connect(); w.Keep {
				t.Errorf("%s: the token may be kept", name)
			}
		}
		v.Connect()
		ann.AwaitVisitor(v.ID, "came", func(wire.VisitRow) bool { return true })
		if n := s.Nodes[0].Visits.Count(s.Property); n != 1 {
			t.Errorf("%d visits, want that of the one who may be seen", n)
		}
		if f := ann.Visit(private.ID); !f.Gone {
			t.Errorf("a visit of somebody who wants none: %+v", f.Visit)
		}
		private.Send("Hello") // chatting works, and shows what chatting needs
		row := ann.AwaitRow("of the private one", func(r wire.Row) bool { return r.Visitor.ID == private.ID })
		if row.Visitor.Page != nil || row.Visitor.Browser != "" || row.Visitor.TimeZone != "" || row.Visitor.Language != "en-GB" {
			t.Errorf("the chat of a visitor without a visit shows %+v", row.Visitor)
		}

		// Switched off for everybody: the one who is private says hello again, and is seen.
		s.Change(map[string]any{"respect_dnt": false, "mask_addresses": true, "page_trail": false})
		private.Await("resync", nil)
		if w := private.Again(); !w.Keep {
			t.Error("may be seen now, but the token may not be kept")
		}
		ann.AwaitVisitor(private.ID, "is seen", func(r wire.VisitRow) bool { return r.Page.URL != "" })
		v.Go(shop+"/two", "Two")
		ann.AwaitVisitor(v.ID, "is on page two", func(r wire.VisitRow) bool { return r.Page.Title == "Two" && r.Pages == 2 })
		if f := ann.Visit(v.ID); f.Visit == nil || f.Visit.Address != "198.51.100.0" || len(f.Visit.Trail) != 1 || f.Visit.Dropped != 0 {
			t.Errorf("masked and without a trail: %+v", f.Visit)
		}
		for text, want := range map[string]int{"198.51.100.7": 0, "198.51.100.0": 1} {
			if f := ann.Visitors(wire.AgentVisitors{Size: 10, Filter: wire.VisitFilter{Text: text}}); f.Total != want {
				t.Errorf("%d found by the address %s, want %d", f.Total, text, want)
			}
		}

		// Consent is asked for: whoever has not given it is gone at once, and comes with it.
		ann.Visitors(all())
		s.Change(map[string]any{"require_consent": true})
		ann.AwaitWindow("without anybody", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 0 })
		v.Await("resync", nil)
		if w := v.Again(); w.Keep {
			t.Error("no consent, but the token may be kept")
		}
		v.Tell(wire.VisitorConsent{T: "consent", On: true})
		v.Await("resync", nil)
		v.Consent = true
		if w := v.Again(); !w.Keep {
			t.Error("consent was given, but the token may not be kept")
		}
		ann.AwaitVisitor(v.ID, "agreed", func(r wire.VisitRow) bool { return r.Pages == 1 })
		v.Consent = false
		v.Tell(wire.VisitorConsent{T: "consent"})
		ann.AwaitWindow("without anybody again", func(f wire.VisitorsFrame, _ []wire.VisitRow) bool { return f.Total == 0 })
		v.Go(shop+"/three", "Three")
		v.Send("Hello")
		row = ann.AwaitRow("of the one who took consent back", func(r wire.Row) bool { return r.Visitor.ID == v.ID })
		if row.Visitor.Page != nil {
			t.Errorf("consent was taken back, but the page is known: %+v", row.Visitor)
		}
	})
}

func TestNothingIsSentWhileNobodyWatches(t *testing.T) {
	t.Parallel()
	s, v, ann := people(t, livetest.WebSocket)
	ann.Connect()
	v.Connect()
	ann.Visitors(all())
	ann.Visit(v.ID)
	ann.Tell(wire.AgentVisitorsStop{T: "visitors_stop"})
	ann.Tell(wire.AgentVisitStop{T: "visit_stop"})
	ann.Refused("last", wire.AgentChatCommand{T: "close", ID: "last", Chat: "none"}) // after the frames before it
	lists, ones := ann.Saw("visitors"), ann.Saw("visit")
	if s.Nodes[0].Visits.Watched(s.Property) {
		t.Error("nobody watches, but the node thinks so")
	}
	v.Go(shop+"/two", "Two")
	ben := s.Agent(livetest.Ben)
	ben.Visitors(all())
	ben.AwaitVisitor(v.ID, "is on page two", func(r wire.VisitRow) bool { return r.Page.Title == "Two" })
	v.Go(shop+"/three", "Three")
	ben.AwaitVisitor(v.ID, "is on page three", func(r wire.VisitRow) bool { return r.Page.Title == "Three" })
	if ann.Saw("visitors") != lists || ann.Saw("visit") != ones {
		t.Error("an agent who watches nothing was sent something")
	}
	ben.Cut()
	v.Go(shop+"/four", "Four")
	ann.Visitors(wire.AgentVisitors{Size: 0})
	if f := ann.Visitors(wire.AgentVisitors{Size: 0}); f.Counts.Here != 1 || len(f.Order)+len(f.Rows) != 0 {
		t.Errorf("counts alone: %+v", f)
	}
}
