package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"parley/internal/agent"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/testkit"
	"parley/internal/testkit/livetest"
)

// shut is one way to lose access while the dashboard is open.
type shut struct {
	end  func(t *testing.T, w *world)
	code int
	news bool // told at once; else found when the logins are checked again
}

func TestNoSocketOutlivesItsLogin(t *testing.T) {
	member := func(w *world) string {
		return "/api/v1/properties/" + string(w.Property) + "/members/" + string(w.Who(livetest.Ben).ID)
	}
	change := func(method string, body any) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			if status := w.Call(livetest.Ann, method, member(w), body, nil); status >= 300 {
				t.Fatalf("%s answered %d", method, status)
			}
		}
	}
	ben := func(path string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			if status := w.Call(livetest.Ben, http.MethodPost, path, struct{}{}, nil); status != http.StatusNoContent {
				t.Fatalf("%s answered %d", path, status)
			}
		}
	}
	behind := func(query string) func(*testing.T, *world) { // as another process does it, or news that were lost
		return func(t *testing.T, w *world) {
			w.env.Exec(t, query, w.Who(livetest.Ben).ID)
			w.Clock.Advance(11 * time.Second) // longer than anything is believed from memory
		}
	}
	for name, tt := range map[string]shut{
		"logged out":            {ben("/api/v1/logout"), wire.CloseLoggedOut, true},
		"logged out everywhere": {ben("/api/v1/logout-everywhere"), wire.CloseLoggedOut, true},
		"disabled":              {change(http.MethodPatch, map[string]any{"disabled": true}), wire.CloseLoggedOut, true},
		"removed":               {change(http.MethodDelete, nil), wire.CloseLoggedOut, true},
		"the login ran out":     {func(_ *testing.T, w *world) { w.Clock.Advance(agent.LoginFor + time.Minute) }, wire.CloseLoggedOut, false},
		"reset-password":        {behind(`DELETE FROM logins WHERE agent_id = $1`), wire.CloseLoggedOut, false},
		"disabled, unheard":     {behind(`UPDATE memberships SET disabled_at = 1 WHERE agent_id = $1`), wire.CloseNotAllowed, false},
		"removed, unheard":      {behind(`DELETE FROM memberships WHERE agent_id = $1`), wire.CloseNotAllowed, false},
	} {
		for _, way := range []livetest.Road{livetest.WebSocket, livetest.Fallback} {
			w := newWorld(t)
			open := w.Dashboard(livetest.Ben)
			open.Road = way
			open.Connect()
			bystander := w.Agent(livetest.Eve)
			tt.end(t, w)
			if !tt.news {
				w.node.Live.CheckLogins(t.Context())
			}
			if code := open.AwaitClose(); code != tt.code {
				t.Errorf("%s, by %s: closed with %d, want %d", name, way, code, tt.code)
			}
			if name != "the login ran out" && !bystander.Open() {
				t.Errorf("%s: somebody else was shown out too", name)
			}
		}
	}
}

func TestAnOutageShowsNobodyOut(t *testing.T) {
	w := newWorld(t)
	ben := w.Agent(livetest.Ben)
	w.Clock.Advance(time.Minute)
	if err := w.node.Database().Close(); err != nil {
		t.Fatal(err)
	}
	w.node.Live.CheckLogins(t.Context())
	if !ben.Open() {
		t.Error("shown out because the database was gone")
	}
}

func TestAChangedRoleKeepsTheSocket(t *testing.T) {
	w := newWorld(t)
	ben := w.Agent(livetest.Ben)
	path := "/api/v1/properties/" + string(w.Property) + "/members/" + string(w.Who(livetest.Ben).ID)
	if status := w.Call(livetest.Ben, http.MethodGet, "/api/v1/properties/"+string(w.Property)+"/invites", nil, nil); status != http.StatusForbidden {
		t.Errorf("an agent sees invitations: %d", status)
	}
	for role, want := range map[string]int{"admin": http.StatusOK, "agent": http.StatusForbidden} {
		if status := w.Call(livetest.Ann, http.MethodPatch, path, map[string]any{"role": role}, nil); status != http.StatusOK {
			t.Fatal(status)
		}
		if status := w.Call(livetest.Ben, http.MethodGet, "/api/v1/properties/"+string(w.Property)+"/invites", nil, nil); status != want {
			t.Errorf("as %s: %d at once, want %d", role, status, want)
		}
	}
	w.node.Live.CheckLogins(t.Context())
	if !ben.Open() {
		t.Error("the socket was closed")
	}
}

func TestChatsOfAnAgentWhoIsGoneWaitAgain(t *testing.T) {
	livetest.EachDB(t, livetest.Options{}, func(t *testing.T, s *livetest.Server) {
		w := &world{Server: s, node: s.Nodes[0], env: &testkit.Env{DB: s.Nodes[0].Database(), Clock: s.Clock}}
		ann := w.Agent(livetest.Ann)
		for name, tt := range map[string]struct {
			end  func(agent string)
			news bool
		}{
			livetest.Ben: {func(agent string) {
				path := "/api/v1/properties/" + string(w.Property) + "/members/" + string(w.Who(agent).ID)
				if status := w.Call(livetest.Ann, http.MethodPatch, path, map[string]any{"disabled": true}, nil); status != http.StatusOK {
					t.Fatal(status)
				}
			}, true},
			livetest.Cid: {func(agent string) {
				w.env.Exec(t, `DELETE FROM memberships WHERE agent_id = $1`, w.Who(agent).ID)
				w.Clock.Advance(11 * time.Second)
			}, false},
		} {
			gone := w.Agent(name)
			alone, shared, asked := w.Visitor(), w.Visitor(), w.Visitor()
			chats := map[*livetest.Visitor]wire.Row{}
			for _, v := range []*livetest.Visitor{alone, shared, asked} {
				v.Send("Hello?")
				chats[v] = ann.AwaitRow("waiting", func(r wire.Row) bool { return r.Visitor.ID == v.ID && r.State == wire.Waiting })
			}
			gone.Say(chats[alone].ID, "I am on it")
			gone.Say(chats[shared].ID, "We are on it")
			ann.Do("join", chats[shared].ID)
			ann.Do("join", chats[asked].ID)
			ann.Invite(chats[asked].ID, gone.Who())
			ann.AwaitState(chats[alone].ID, wire.Served)
			tt.end(name)
			if !tt.news {
				if err := w.node.Chats.TakeOut(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			ann.AwaitState(chats[alone].ID, wire.Waiting)
			ann.AwaitAlert(chats[alone].ID, 2)
			for _, v := range []*livetest.Visitor{alone, shared, asked} {
				ann.AwaitRow("without "+name, func(r wire.Row) bool { return r.ID == chats[v].ID && !takesPart(r, w.Who(name).ID) })
			}
			ann.AwaitState(chats[shared].ID, wire.Served)
			ann.Say(chats[alone].ID, "Now I am")
			alone.Sees("Hello?", "I am on it", "Now I am")
			if err := w.node.Chats.TakeOut(t.Context()); err != nil {
				t.Error(err)
			}
			ann.AwaitState(chats[alone].ID, wire.Served)
		}
	})
}

// takesPart reports whether the agent is in the chat or asked into it.
func takesPart(r wire.Row, who id.Agent) bool {
	return slices.ContainsFunc(r.Members, func(m wire.ChatMember) bool {
		return m.ID == who && (m.State == wire.MemberJoined || m.State == wire.MemberInvited)
	})
}
