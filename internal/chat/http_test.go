package chat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
	"parley/internal/testkit"
)

// door lets in whoever names an agent's id in the cookie, as the agent feature does with logins.
type door struct{ names }

func (d door) Login(_ context.Context, token string) (actor.Login, error) {
	return actor.Login{Agent: id.Agent(token), Login: "l"}, nil
}

func (d door) Member(ctx context.Context, a id.Agent, p id.Property) (actor.Role, error) {
	ok, err := d.Serves(ctx, a, p)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "member.not_found", "")
	}
	return actor.AgentRole, err
}

// api is the feature's HTTP edge, called as an agent.
type api struct {
	*web.API
	property id.Property
}

func newAPI(w *world, d *db.DB) api {
	a := web.New(web.Options{Auth: door{names{d}}, Now: w.Clock.Now})
	w.Routes(a)
	return api{a, w.p}
}

// call answers the status and the body, decoded.
func (a api) call(t *testing.T, who id.Agent, method, path, body string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1/properties/"+string(a.property)+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if who != "" {
		r.AddCookie(&http.Cookie{Name: web.Cookie, Value: string(who)})
	}
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s %s: %d %q", method, path, rec.Code, rec.Body)
	}
	return rec.Code, out
}

func TestHTTP(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	a := newAPI(w, w.Env.DB)
	w.say(t, "hello")
	chat := "/chats/" + string(w.chat(t))
	if err := w.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
		code               string            // of a problem
		want               map[string]string // key → its JSON
	}{
		{"GET", "/chats", "", 200, "", nil},
		{"GET", chat, "", 200, "", map[string]string{"state": `"waiting"`, "number": "1", "members": "[]"}},
		{"GET", chat + "/messages?limit=10", "", 200, "", map[string]string{"more": "false"}},
		{"GET", chat + "/messages?before=1", "", 200, "", map[string]string{"items": "[]", "more": "false"}},
		{"GET", chat + "/messages?limit=1000", "", 422, "request.invalid", nil},
		{"POST", chat + "/messages", `{"id":"m1","text":"psst","whisper":true}`, 200, "", map[string]string{"t": `"ack"`, "id": `"m1"`, "seq": "2"}},
		{"POST", chat + "/messages", `{"id":"m2","text":"hi"}`, 200, "", map[string]string{"seq": "4", "vseq": "3"}},
		{"POST", chat + "/messages", `{"id":"m2","text":"hi again"}`, 200, "", map[string]string{"seq": "4"}},
		{"POST", chat + "/messages", `{"id":"m3","text":" "}`, 422, "message.empty", map[string]string{"field": `"text"`}},
		{"POST", chat + "/messages", `{"id":"m 3","text":"a"}`, 422, "message.id", nil},
		{"POST", chat + "/messages", `{"id":"m3","text":"` + strings.Repeat("a", 5001) + `"}`, 422, "message.too_long", nil},
		{"POST", chat + "/messages", `{"id":"m3"`, 400, "", nil},
		{"POST", chat + "/join", `{}`, 200, "", map[string]string{"id": `"http"`}},
		{"POST", chat + "/invite", `{"agent":"` + string(w.bob.ID) + `"}`, 200, "", map[string]string{"seq": "5"}},
		{"POST", chat + "/invite", `{"agent":"nobody"}`, 422, "chat.invitee", nil},
		{"POST", chat + "/leave", `{}`, 200, "", nil},
		{"POST", chat + "/close", `{}`, 200, "", nil},
		{"POST", chat + "/end", `{}`, 409, "chat.only_visitor_ends", map[string]string{"detail": `"Only a visitor can end a chat session. You can close the chat instead."`}},
		{"GET", "/history?q=hello", "", 200, "", nil},
		{"GET", "/history?state=gone", "", 422, "history.state", nil},
		{"GET", "/history?cursor=!", "", 422, "page.cursor", nil},
		{"GET", "/chats/" + id.New[string](), "", 404, "chat.not_found", nil},
		{"POST", "/chats/x/end", `{}`, 404, "chat.not_found", nil},
	} {
		status, got := a.call(t, w.ann.ID, tt.method, tt.path, tt.body)
		if code, _ := got["code"].(string); status != tt.status || (tt.code != "" && code != tt.code) {
			t.Errorf("%s %s %.60s: %d %v, want %d %s", tt.method, tt.path, tt.body, status, got, tt.status, tt.code)
			continue
		}
		for key, want := range tt.want {
			if raw, _ := json.Marshal(got[key]); string(raw) != want {
				t.Errorf("%s %s %.60s: %s is %s, want %s", tt.method, tt.path, tt.body, key, raw, want)
			}
		}
	}
	_, list := a.call(t, w.ann.ID, "GET", "/history?q=hel", "")
	raw, _ := json.Marshal(list["items"])
	found := decode[[]Found](t, raw)
	if len(found) != 1 || found[0].Snippet != "hello" || found[0].Row.State != wire.Waiting || list["next"] != nil {
		t.Errorf("history %s", raw)
	}
}

// TestHTTPDoors: who is not logged in, and who works for another property.
func TestHTTPDoors(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	a := newAPI(w, w.Env.DB)
	w.say(t, "hello")
	chat := string(w.chat(t))
	eve := w.Agent(t, w.Property(t), actor.Owner, "Eve")
	theirs := api{a.API, eve.Property}
	for _, op := range a.Operations() {
		if op.Access != web.AccessAgent {
			t.Errorf("%s %s is for %s", op.Method, op.Path, op.Access)
		}
		path := strings.NewReplacer("/api/v1/properties/{property}", "", "{chat}", chat).Replace(op.Path)
		body := ""
		if op.Method == http.MethodPost {
			body = `{}`
			switch {
			case strings.HasSuffix(path, "/messages"):
				body = `{"id":"x","text":"x"}`
			case strings.HasSuffix(path, "/invite"):
				body = `{"agent":"x"}`
			}
		}
		if status, _ := a.call(t, "", op.Method, path, body); status != 401 {
			t.Errorf("%s %s without a login: %d", op.Method, path, status)
		}
		if status, _ := a.call(t, eve.ID, op.Method, path, body); status != 404 {
			t.Errorf("%s %s by a stranger: %d", op.Method, path, status)
		}
		if !strings.Contains(op.Path, "{chat}") || strings.HasSuffix(path, "/invite") {
			continue // an invitation of nobody is refused before the chat is looked for
		}
		if status, _ := theirs.call(t, eve.ID, op.Method, path, body); status != 404 {
			t.Errorf("%s %s through another property: %d", op.Method, path, status)
		}
	}
}
