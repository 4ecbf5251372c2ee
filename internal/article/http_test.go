package article

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

// door lets in whoever names an agent's id in the cookie, as the agent feature does with logins.
type door struct{ *house }

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

func (h *house) caller() func(who actor.Agent, method, path, body string) (int, string) {
	api := web.New(web.Options{Auth: door{h}, Now: h.e.Clock.Now})
	h.Routes(api)
	return func(who actor.Agent, method, path, body string) (int, string) {
		r := httptest.NewRequestWithContext(h.t.Context(), method, "/api/v1/properties/"+string(h.p)+"/help"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if strings.HasSuffix(path, "/images") {
			r.Header.Set("Content-Type", "application/octet-stream")
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: web.Cookie, Value: string(who.ID)})
		rec := httptest.NewRecorder()
		api.ServeHTTP(rec, r)
		return rec.Code, rec.Body.String()
	}
}

// fieldOf reads one field of an answer.
func fieldOf(t *testing.T, body, field string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	s, _ := m[field].(string)
	return s
}

func TestTheAPI(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		call := h.caller()
		picture := &bytes.Buffer{}
		h.must(png.Encode(picture, image.NewNRGBA(image.Rect(0, 0, 30, 20))))
		status, body := call(h.ann, "POST", "/categories", `{"icon":"💳","texts":{"en":{"name":"Pay & ship","description":"Money"}}}`)
		if status != 201 || !strings.Contains(body, `"slug":"pay-ship"`) {
			t.Fatalf("category: %d %s", status, body)
		}
		c := fieldOf(t, body, "id")
		status, body = call(h.ann, "POST", "/articles", fmt.Sprintf(`{"title":"How do I pay?","category":%q,"markdown":"By **card**."}`, c))
		if status != 201 || !strings.Contains(body, `"author":{"id":"`+string(h.ann.ID)+`","name":"Ann"}`) {
			t.Fatalf("article: %d %s", status, body)
		}
		a := fieldOf(t, body, "id")
		one, text := "/articles/"+a, "/articles/"+a+"/texts/en"
		for _, tt := range []struct {
			who                actor.Agent
			method, path, body string
			status             int
			want               string // a part of the answer
		}{
			{h.ann, "GET", "", "", 200, `{"slug":"shop","domain":"","title":"Shop","links":[],"language":"en","languages":["en"],"publishing":"agents","contact":true,"url":"https://chat.example/help/shop","base":"/help/shop","version":1,`},
			{h.ann, "PATCH", "", `{"version":1}`, 403, `"property.not_manager"`},
			{h.boss, "PATCH", "", `{"version":1,"links":[{"label":"x","url":"javascript:alert(1)"}]}`, 422, `"field":"links[0].url"`},
			{h.boss, "PATCH", "", `{"version":1,"domain":"chat.example"}`, 422, `"help.own_domain"`},
			{h.boss, "PATCH", "", `{"version":1,"languages":["en","ar"],"title":"Answers"}`, 200, `"version":2`},
			{h.boss, "PATCH", "", `{"version":1}`, 409, `"help.changed"`},
			{h.ann, "GET", "/categories", "", 200, `{"items":[{"id":"` + c + `","parent":"","icon":"💳","texts":{"en":{"name":"Pay & ship","slug":"pay-ship","description":"Money"}},"articles":1}]}`},
			{h.ann, "PATCH", "/categories/" + c, `{"texts":{"ar":{"name":"الدفع"}}}`, 200, `"slug":"الدفع"`},
			{h.ann, "PATCH", "/categories/" + c, `{"parent":"` + c + `"}`, 422, `"field":"parent"`},
			{h.ann, "PATCH", "/categories/" + c, `{"texts":{"en":{"name":""},"ar":{"name":""}}}`, 422, `"category.name"`},
			{h.boss, "DELETE", "/categories/" + c, "", 409, `"category.not_empty"`},
			{h.ann, "GET", one, "", 200, `"texts":[{"language":"en","state":"draft","changed":false,"slug":"how-do-i-pay","title":"How do I pay?","description":"","markdown":"By **card**.","revision":1,`},
			{h.ann, "GET", "/articles?state=draft&q=PAY&sort=title&limit=1", "", 200, `"items":[{"id":"` + a + `","category":"` + c + `","audience":"public","language":"en","title":"How do I pay?","state":"draft"`},
			{h.ann, "GET", "/articles?cursor=x", "", 422, `"page.cursor"`},
			{h.ann, "PUT", text, `{"revision":1,"title":"How to pay","description":"Ways","slug":"how-to-pay","markdown":"By **card**."}`, 200, `"revision":2`},
			{h.ann, "PUT", text, `{"revision":1,"title":"x","description":"","markdown":"y"}`, 409, `"article.changed"`},
			{h.ann, "PUT", text, `{"revision":2,"title":"","description":"","markdown":"y"}`, 422, `"field":"title"`},
			{h.ann, "PUT", one + "/texts/tlh", `{"revision":0,"title":"x","description":"","markdown":"y"}`, 422, `"field":"language"`},
			{h.ann, "POST", text + "/versions", `{"title":"Mine","description":"","markdown":"z"}`, 201, `"reason":"kept"`},
			{h.ann, "GET", text + "/versions", "", 200, `{"items":[{"number":1,"title":"Mine","agent":{"id":"` + string(h.ann.ID) + `","name":"Ann"},"reason":"kept"`},
			{h.ann, "GET", text + "/versions/1", "", 200, `"markdown":"z"`},
			{h.ann, "GET", text + "/versions/9", "", 404, `"article.no_version"`},
			{h.ann, "POST", text + "/state", `{"state":"published","revision":1}`, 409, `"article.changed"`},
			{h.ann, "POST", text + "/state", `{"state":"published","revision":2}`, 200, `"url":"https://chat.example/help/shop/a/how-to-pay"`},
			{h.ann, "POST", text + "/versions/1/restore", `{"revision":2}`, 200, `"changed":true,"slug":"how-to-pay","title":"Mine"`},
			{h.ann, "GET", "/search?q=crad", "", 200, `"corrected":"card"`},
			{h.ann, "GET", "/search?q=card", "", 200, `"snippet":[{"text":"By "},{"text":"card","mark":true},{"text":"."}],"path":["Pay & ship"]`},
			{h.ann, "GET", "/search", "", 200, `"article":"` + a},
			{h.ann, "POST", "/preview", `{"language":"en","title":"x","description":"","markdown":"**y** <script>alert(1)</script>","article":"` + a + `"}`, 200, `strong`},
			{h.ann, "POST", "/preview", `{"language":"xx","title":"x","description":"","markdown":"y"}`, 422, `"field":"language"`},
			{h.ann, "POST", "/images", picture.String(), 201, `"url":"/help/shop/images/`},
			{h.ann, "POST", "/images", "<svg onload=alert(1)>", 422, `"image.format"`},
			{h.ann, "PATCH", one, `{"related":["` + a + `"]}`, 422, `"field":"related"`},
			{h.ann, "PATCH", one, `{"category":"","audience":"agents"}`, 200, `"category":"","audience":"agents"`},
			{h.ann, "GET", "/report?days=7", "", 200, `"total":{"views":0,"yes":0,"no":0,"chats":0,"searches":0,"nothing":0}`},
			{h.ann, "GET", "/report?days=999", "", 422, `"field":"days"`},
			{h.ann, "GET", "/missing", "", 200, `{"items":[]}`},
			{h.ann, "DELETE", one, "", 403, `"property.not_manager"`},
			{h.boss, "DELETE", one, "", 204, ""},
			{h.ann, "GET", one, "", 404, `"article.not_found"`},
			{h.boss, "DELETE", "/categories/" + c, "", 204, ""},
			{h.eve, "GET", "", "", 404, `"property.not_found"`},
		} {
			status, body := call(tt.who, tt.method, tt.path, tt.body)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%s %s %.200s: %d\n%.900s\nwant %d\n%s", tt.method, tt.path, tt.body, status, body, tt.status, tt.want)
			}
			if strings.Contains(body, "<script") {
				t.Errorf("%s %s has a script: %s", tt.method, tt.path, body)
			}
		}
	})
}
