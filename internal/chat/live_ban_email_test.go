package chat_test

import (
	"net/http"
	"testing"

	"parley/internal/kernel/wire"
	"parley/internal/testkit/livetest"
)

// An email address that becomes a banned one is noticed at once, however it came, although no ban has changed.
func TestAnEmailAddressThatIsBannedShowsOutAtOnce(t *testing.T) {
	ways := map[string]func(s *livetest.Server, v *livetest.Visitor, row wire.Row){
		"an agent writes it down": func(s *livetest.Server, _ *livetest.Visitor, row wire.Row) {
			s.Call(livetest.Ben, http.MethodPatch, s.Path("/visitors/"+string(row.Visitor.ID)), map[string]any{"email": "Mallory@Bad.example"}, nil)
		},
		"the visitor gives it": func(_ *livetest.Server, v *livetest.Visitor, _ wire.Row) {
			v.Tell(wire.VisitorTicket{T: "ticket", ID: livetest.NewID(), Name: "M", Email: "mallory@bad.example", Text: "Call me"})
		},
	}
	for name, give := range ways {
		t.Run(name, func(t *testing.T) {
			livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
				ann := s.Agent(livetest.Ann)
				s.Ban(livetest.Ann, map[string]any{"domain": "bad.example"})
				v, other := s.Visitor(), s.Visitor()
				v.Send("Hello?")
				other.Send("Hello!")
				tab := v.Tab()
				tab.Road = livetest.Fallback
				tab.Connect()
				row := waiting(ann, v)
				give(s, v, row)
				for _, w := range []*livetest.Visitor{v, tab} {
					if code := w.AwaitClose(); code != wire.CloseBanned {
						t.Errorf("closed with %d", code)
					}
				}
				if code := v.Tab().Knock(); code != wire.CloseBanned {
					t.Errorf("a new page is answered with %d", code)
				}
				if got := ann.AwaitState(row.ID, wire.ChatEnded); got.EndedBy != wire.EndedByBan {
					t.Errorf("row: %+v", got)
				}
				other.Send("Still here")
			})
		})
	}
}

// On another node, too: the news of the address is for all of them.
func TestAnEmailAddressThatIsBannedShowsOutOnEveryNode(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		ann := s.Agent(livetest.Ann)
		s.Ban(livetest.Ann, map[string]any{"email": "mallory@bad.example"})
		v := livetest.NewVisitor(t, s.Nodes[2].URL, s.Property)
		v.Connect()
		v.Send("Hello?")
		row := waiting(ann, v)
		s.Call(livetest.Ann, http.MethodPatch, s.Path("/visitors/"+string(row.Visitor.ID)), map[string]any{"email": "mallory@bad.example"}, nil)
		if code := v.AwaitClose(); code != wire.CloseBanned {
			t.Errorf("closed with %d", code)
		}
	})
}

// Every dashboard that shows bans is told to look again, whichever node it is on and whatever changed.
func TestDashboardsAreToldThatBansChanged(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		ben := s.Dashboard(livetest.Ben)
		ben.Base = s.Nodes[2].URL
		ben.Connect()
		eve := s.Agent(livetest.Eve)
		ban := s.Ban(livetest.Ann, map[string]any{"network": "203.0.113.9"})
		ben.Await("bans", nil)
		s.Call(livetest.Ann, http.MethodPatch, s.Path("/bans/"+string(ban)), map[string]any{"reason": "Worse"}, nil)
		ben.Await("bans", nil)
		s.Lift(ban)
		ben.Await("bans", nil)
		s.Call(livetest.Ann, http.MethodPost, s.Path("/allowed-networks"), map[string]any{"network": "203.0.113.0/24", "note": ""}, nil)
		ben.Await("bans", nil)
		if eve.Saw("bans") != 0 {
			t.Error("another property's dashboard was told")
		}
	})
}
