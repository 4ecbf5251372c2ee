package ban_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
	"parley/internal/testkit"
)

// door lets in whoever names an agent's id in the cookie, as the agent feature does with logins.
type door struct{ house }

func (door) Login(_ context.Context, token string) (actor.Login, error) {
	return actor.Login{Agent: id.Agent(token), Login: "l"}, nil
}

func (d door) Member(_ context.Context, a id.Agent, p id.Property) (actor.Role, error) {
	for _, who := range []actor.Agent{d.ann, d.boss} {
		if who.ID == a && p == d.p {
			return who.Role, nil
		}
	}
	return "", errs.New(errs.NotFound, "member.not_found", "")
}

// caller calls the feature's HTTP edge as an agent, from 192.0.2.1.
func (h house) caller() func(who actor.Agent, method, path, body string) (int, map[string]any, string) {
	h.t.Helper()
	api := web.New(web.Options{Auth: door{h}, Now: h.e.Clock.Now})
	h.Routes(api)
	return func(who actor.Agent, method, path, body string) (int, map[string]any, string) {
		h.t.Helper()
		r := httptest.NewRequestWithContext(h.t.Context(), method, "/api/v1/properties/"+string(h.p)+path, strings.NewReader(body))
		switch {
		case strings.HasSuffix(path, "/import"):
			r.Header.Set("Content-Type", "text/csv")
		case body != "":
			r.Header.Set("Content-Type", "application/json")
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: web.Cookie, Value: string(who.ID)})
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, r)
		var out map[string]any
		if strings.Contains(rec.Header().Get("Content-Type"), "json") {
			if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
				h.t.Fatalf("%s %s: %d %q", method, path, rec.Code, rec.Body)
			}
		}
		return rec.Code, out, rec.Body.String()
	}
}

func TestTheAPI(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		call := h.caller()
		mallory, chat := h.chat("203.0.113.7", "")
		h.chat("203.0.113.7", "")
		status, made, body := call(h.ann, "POST", "/bans", fmt.Sprintf(`{"chat":%q,"address":true,"reason":"Rude","ends_at":%d}`, chat, e.Clock.Now().Add(time.Hour).UnixMilli()))
		if status != http.StatusCreated {
			t.Fatalf("make: %d %s", status, body)
		}
		one := "/bans/" + made["id"].(string)
		shown := fmt.Sprintf(`{"id":%q,"kinds":["visitor","address"],"visitor":{"id":%q,"number":1,"name":"Mallory"},"network":"203.0.113.7/32","reason":"Rude",`+
			`"by":{"id":%q,"name":"Ann"},"made_at":%d,"ends_at":%d,"state":"active","hits":0,"chat":%q,"label":"Mallory"`,
			made["id"], mallory, h.ann.ID, e.Clock.Now().UnixMilli(), e.Clock.Now().Add(time.Hour).UnixMilli(), chat)
		record := `,"record":{"name":"Mallory","address":"203.0.113.7","country":"NL","browser":"Firefox 146","page":{"url":"https://shop.example/"},` +
			`"messages":[{"at":1,"from":"visitor","text":"You are all stupid"}]}}`
		for _, c := range []struct {
			who                actor.Agent
			method, path, body string
			status             int
			want               string // a part of the answer
		}{
			{h.ann, "GET", one, "", 200, shown + record},
			{h.ann, "GET", "/bans", "", 200, shown + `}]}`},
			{h.ann, "GET", "/bans?state=active&kind=address&end=soon&sort=-hits&q=mall&limit=1", "", 200, shown},
			{h.ann, "GET", "/bans?state=past", "", 200, `{"items":[]}`},
			{h.ann, "GET", "/bans?sort=id", "", 422, `"field":"sort"`},
			{h.ann, "GET", "/bans?cursor=x", "", 422, `"page.cursor"`},
			{h.ann, "GET", "/bans/test?address=203.0.113.7", "", 200, `{"banned":true,"ban":` + shown},
			{h.ann, "GET", "/bans/test?address=203.0.113.8&email=a%40x.example", "", 200, `{"banned":false}`},
			{h.ann, "GET", "/bans/test", "", 422, `"ban.nothing"`},
			{h.ann, "POST", "/bans/preview", fmt.Sprintf(`{"chat":%q,"address":true}`, chat), 200, `{"network":"203.0.113.7/32","others":1,"others_in_chat":0}`},
			{h.boss, "POST", "/bans/preview", `{"network":"192.0.2.1"}`, 200, `"refused":{"code":"ban.own_address"`},
			{h.ann, "POST", "/bans/preview", `{"network":"192.0.2.1"}`, 403, `"ban.by_hand"`},
			{h.boss, "POST", "/bans", `{"network":"192.0.2.0/28","reason":"x","ends_at":0}`, 409, `"ban.own_address"`},
			{h.ann, "POST", "/bans", `{"email":"a@x.example","reason":"x","ends_at":0}`, 403, `"ban.by_hand"`},
			{h.boss, "POST", "/bans", `{"email":"A@x.example","reason":"x","ends_at":0}`, 201, `"label":"a@x.example"`},
			{h.boss, "POST", "/bans", `{"reason":"x","ends_at":0}`, 422, `"ban.nothing"`},
			{h.boss, "POST", "/bans", `{"email":"b@x.example","reason":"","ends_at":0}`, 422, `"ban.reason"`},
			{h.boss, "POST", "/bans", `{"email":"b@x.example","reason":"x","ends_at":1}`, 422, `"ban.ends_at"`},
			{h.ann, "PATCH", one, `{"reason":"y"}`, 403, `"property.not_manager"`},
			{h.boss, "PATCH", one, `{"reason":"Ruder","ends_at":0}`, 200, `"reason":"Ruder"`},
			{h.ann, "DELETE", one, "", 403, `"property.not_manager"`},
			{h.ann, "GET", "/bans/export.csv", "", 403, `"property.not_manager"`},
			{h.boss, "GET", "/bans/export.csv", "", 200, "kind,value,reason,ends_at\nemail,a@x.example,x,never\nvisitor," + string(mallory) + ",Ruder,never\naddress,203.0.113.7/32,Ruder,never\n"},
			{
				h.boss, "POST", "/bans/import", "email,c@x.example,Spam,never\nemail,a@x.example,Spam,never", 200,
				`{"made":1,"skipped":1,"refused":[{"line":2,"text":"email, a@x.example, Spam, never","code":"ban.listed","message":"This is on the list already."}]}`,
			},
			{h.boss, "DELETE", one, "", 200, `"state":"lifted","lifted_by":{"id"`},
			{h.boss, "POST", "/bans/lift", fmt.Sprintf(`{"ids":[%q]}`, made["id"]), 200, `{"lifted":0}`},
			{h.boss, "POST", "/bans/lift", `{"ids":[]}`, 422, `"request.invalid"`},
			{h.boss, "GET", "/bans/" + string(id.New[id.Ban]()), "", 404, `"ban.not_found"`},
			{h.boss, "POST", "/allowed-networks", `{"network":"198.51.100.0/24","note":"Office"}`, 201, `"network":"198.51.100.0/24","note":"Office","by":{"id"`},
			{h.boss, "POST", "/allowed-networks", `{"network":"198.51.100.0/24"}`, 409, `"ban.listed"`},
			{h.ann, "GET", "/allowed-networks", "", 200, `"note":"Office"`},
			{h.ann, "GET", "/bans/test?address=198.51.100.1", "", 200, `{"banned":false,"allowed":{"id"`},
		} {
			status, _, body := call(c.who, c.method, c.path, c.body)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("%s %s %s: %d\n%s\nwant %d\n%s", c.method, c.path, c.body, status, body, c.status, c.want)
			}
		}
	})
}
