package privacy_test

import (
	"net/http"
	"strings"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// erase deletes a visitor as the owner does it, on the first node.
func erase(t *testing.T, s *livetest.Server, v id.Visitor) {
	t.Helper()
	var receipt struct {
		ID     string           `json:"id"`
		Counts map[string]int64 `json:"counts"`
	}
	status := s.Call(livetest.Ann, http.MethodPost, s.Path("/visitors/"+string(v)+"/erase"), nil, &receipt)
	if status != http.StatusOK || receipt.ID == "" || receipt.Counts["chats"] != 1 {
		t.Fatalf("erase: %d %+v", status, receipt)
	}
}

func TestAnErasedVisitorStartsAsSomebodyNew(t *testing.T) {
	for _, road := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
		t.Run(string(road), func(t *testing.T) {
			livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
				ann := s.Agent(livetest.Ann)
				ann.Connect()
				v := s.Visitor()
				v.Road = road
				v.Connect()
				v.Send("My name is Vera")
				tab := v.Tab()
				tab.Connect()
				erase(t, s, v.ID)
				for _, one := range []*livetest.Visitor{v, tab} {
					if code := one.AwaitClose(); code != wire.CloseForgotten {
						t.Errorf("a tab was closed with %d", code)
					}
				}
				told := livetest.As[wire.ErasedFrame](t, ann.Await("erased", nil))
				if told.Visitor != v.ID {
					t.Errorf("the dashboard was told of %s", told.Visitor)
				}
				if w := s.Agent(livetest.Ben).Connect(); len(w.Chats) != 0 {
					t.Errorf("a dashboard that opens now shows %+v", w.Chats)
				}
				if code := v.Knock(); code != wire.CloseForgotten { // a browser that was away
					t.Errorf("the old token got %d", code)
				}
				fresh := s.Visitor()
				if w := fresh.Connect(); w.Visitor == v.ID || w.Session != nil {
					t.Errorf("without a token: %+v", w)
				}
				if bad := s.Log.Errors(); len(bad) > 0 {
					t.Errorf("the log says %s", strings.Join(bad, "\n"))
				}
			})
		})
	}
}

func TestAVisitorWhoIsConnectedElsewhereIsForgottenThere(t *testing.T) {
	livetest.Cluster(t, func(t *testing.T, s *livetest.Server) {
		v := s.Visitor()
		v.Base = s.Nodes[2].URL
		v.Connect()
		v.Send("Hello")
		ben := s.Agent(livetest.Ben)
		ben.Base = s.Nodes[1].URL
		ben.Connect()
		erase(t, s, v.ID)
		if code := v.AwaitClose(); code != wire.CloseForgotten {
			t.Errorf("closed with %d", code)
		}
		ben.Await("erased", nil)
	})
}

// The news may be late, or never come: what the visitor says finds it out.
func TestAMessageOfAnErasedVisitorIsRefusedForGood(t *testing.T) {
	for _, road := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
		t.Run(string(road), func(t *testing.T) {
			e := testkit.Postgres(t)
			s := livetest.Serve(t, e, livetest.Options{})
			deaf := s.Start(e.URL, livetest.Options{Alone: true})
			v := s.Visitor()
			v.Base, v.Road = deaf.URL, road
			v.Connect()
			v.Send("Hello")
			erase(t, s, v.ID)
			refused := v.Refused("late", wire.VisitorSend{T: "send", ID: "late", Text: "Am I still me?"})
			if refused.Code != "visitor.forgotten" || refused.RetryAfterMS != 0 {
				t.Errorf("refused with %+v", refused)
			}
			if code := v.AwaitClose(); code != wire.CloseForgotten {
				t.Errorf("closed with %d", code)
			}
		})
	}
}

// Wherever agents are shown an address, it has no last part where the owner wants that; the export alone has it whole.
func TestAgentsAreShownMaskedAddresses(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		s.Change(map[string]any{"mask_addresses": true})
		ann := s.Agent(livetest.Ann)
		ann.Connect()
		v := s.Visitor()
		v.Address = "203.0.113.77"
		v.Connect()
		v.Send("Hello")
		row := ann.AwaitRow("the new chat", func(r wire.Row) bool { return r.Visitor.ID == v.ID })
		shown := map[string]string{"the new chat": row.Visitor.Address}
		for _, r := range s.Agent(livetest.Ben).Connect().Chats {
			shown["the list"] = r.Visitor.Address
		}
		var one struct {
			Visitor wire.RowVisitor `json:"visitor"`
		}
		s.Call(livetest.Ben, http.MethodGet, s.Path("/chats/"+string(row.ID)), nil, &one)
		shown["one chat"] = one.Visitor.Address
		var changed wire.RowVisitor
		s.Call(livetest.Ben, http.MethodPatch, s.Path("/visitors/"+string(v.ID)), map[string]any{"name": "Vera"}, &changed)
		shown["the changed visitor"] = changed.Address
		shown["the visit"] = ann.Visit(v.ID).Visit.Address
		for what, address := range shown {
			if address != "203.0.113.0" {
				t.Errorf("%s shows %q", what, address)
			}
		}
		var all struct {
			Visitor struct{ Address string } `json:"visitor"`
			Visit   struct{ Address string } `json:"visit"`
		}
		s.Call(livetest.Ann, http.MethodGet, s.Path("/visitors/"+string(v.ID)+"/export"), nil, &all)
		if all.Visitor.Address != "203.0.113.77" || all.Visit.Address != "203.0.113.77" {
			t.Errorf("the export has %+v", all)
		}
		s.Change(map[string]any{"mask_addresses": false})
		for _, r := range s.Agent(livetest.Ben).Connect().Chats {
			if r.Visitor.Address != "203.0.113.77" {
				t.Errorf("when it is off again: %q", r.Visitor.Address)
			}
		}
	})
}
