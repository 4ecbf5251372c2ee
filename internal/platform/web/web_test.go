package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

const (
	shop  id.Property = "0197a000-0000-7000-8000-000000000001"
	other id.Property = "0197a000-0000-7000-8000-000000000002"
)

// auth knows Ann, who owns the shop, and Bob, who is an agent there.
type auth struct{ down error }

func (a auth) Login(_ context.Context, token string) (actor.Login, error) {
	if token != "ann" && token != "bob" {
		return actor.Login{}, web.ErrLoginRequired
	}
	return actor.Login{Agent: id.Agent(token), Login: "l"}, a.down
}

func (a auth) Member(_ context.Context, agent id.Agent, p id.Property) (actor.Role, error) {
	switch {
	case p != shop:
		return "", errs.New(errs.NotFound, "agent.not_member", "No.")
	case agent == "ann":
		return actor.Owner, nil
	}
	return actor.AgentRole, nil
}

type empty struct{}

type sayInput struct {
	Property string `path:"property"`
	Limit    int    `query:"limit" minimum:"1"`
	Body     struct {
		Text string `json:"text" maxLength:"10"`
	}
}

type sayOutput struct {
	Body struct {
		Text    string `json:"text"`
		Who     string `json:"who"`
		Address string `json:"address"`
	}
}

type server struct {
	*web.API
	log *bytes.Buffer
}

var errClosed = errs.New(errs.Conflict, "chat.ended", "This chat has ended.")

func serve(t *testing.T, o web.Options) server {
	t.Helper()
	log := &bytes.Buffer{}
	if o.Auth == nil {
		o.Auth = auth{}
	}
	o.Log, o.Version = slog.New(slog.NewJSONHandler(log, nil)), "1.2.3"
	a := web.New(o)
	ok := func(context.Context, *empty) (*empty, error) { return nil, nil }
	web.Public(a, web.Op{Method: "GET", Path: "/api/v1/hello", ID: "hello", Summary: "Says hello", Tag: "test"}, ok)
	web.Public(a, web.Op{Method: "GET", Path: "/api/v1/fail/{how}", ID: "fail", Summary: "Fails"}, fail)
	web.Login(a, web.Op{Method: "GET", Path: "/api/v1/me", ID: "me", Summary: "Me"},
		func(_ context.Context, who actor.Login, _ *empty) (*sayOutput, error) {
			out := &sayOutput{}
			out.Body.Who = string(who.Agent)
			return out, nil
		})
	web.Agent(a, web.Op{Method: "POST", Path: "/api/v1/properties/{property}/say", ID: "say", Summary: "Says", MaxBody: 100},
		func(ctx context.Context, who actor.Agent, in *sayInput) (*sayOutput, error) {
			out := &sayOutput{}
			out.Body.Text, out.Body.Who, out.Body.Address = in.Body.Text, fmt.Sprintf("%s/%s/%s", who.ID, who.Role, who.Property), web.Address(ctx)
			return out, nil
		})
	web.Manager(a, web.Op{Method: "DELETE", Path: "/api/v1/properties/{property}/things", ID: "clear", Summary: "Clears"},
		func(context.Context, actor.Agent, *empty) (*empty, error) { return nil, nil })
	return server{a, log}
}

func fail(_ context.Context, in *struct {
	How string `path:"how"`
},
) (*empty, error) {
	switch in.How {
	case "conflict":
		return nil, fmt.Errorf("say something: %w", errClosed)
	case "field":
		return nil, errs.New(errs.Invalid, "agent.email", "This is no email address.").At("email")
	case "many":
		return nil, web.ErrTooMany.In(1500 * time.Millisecond)
	case "down":
		return nil, fmt.Errorf("%w: %w", errs.New(errs.Unavailable, "db.unavailable", "Not now."), errors.New("no space left on /secret"))
	case "panic":
		panic("secret of the code")
	}
	return nil, errors.New("secret of the database")
}

type answer struct {
	Status int
	Header http.Header
	Body   string
	web.Problem
}

// ask sends a request as token's agent; "key: value" pairs in headers.
func (s server) ask(t *testing.T, method, path, token, body string, headers ...string) answer {
	t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, in)
	r.RemoteAddr = "203.0.113.9:4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.AddCookie(&http.Cookie{Name: web.Cookie, Value: token})
	}
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ": ")
		if k == "remote" {
			r.RemoteAddr = v
			continue
		}
		r.Header.Add(k, v)
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	a := answer{Status: rec.Code, Header: rec.Header(), Body: rec.Body.String()}
	if rec.Header().Get("Content-Type") == "application/problem+json" {
		if err := json.Unmarshal(rec.Body.Bytes(), &a.Problem); err != nil {
			t.Fatalf("%s: %v", rec.Body, err)
		}
	}
	return a
}

func TestWhoMayCallWhat(t *testing.T) {
	s := serve(t, web.Options{})
	say, things := "/properties/"+string(shop)+"/say?limit=1", "/properties/"+string(shop)+"/things"
	for _, c := range []struct {
		method, path, token string
		status              int
		code                string
	}{
		{"GET", "/hello", "", 204, ""},
		{"GET", "/hello", "nonsense", 204, ""},
		{"GET", "/me", "", 401, "login.required"},
		{"GET", "/me", "nonsense", 401, "login.required"},
		{"GET", "/me", "bob", 200, ""},
		{"POST", say, "", 401, "login.required"},
		{"POST", say, "bob", 200, ""},
		{"POST", strings.Replace(say, string(shop), string(other), 1), "bob", 404, "property.not_found"},
		{"POST", strings.Replace(say, string(shop), "nonsense", 1), "bob", 404, "property.not_found"},
		{"POST", strings.Replace(say, string(shop), strings.ToUpper(string(shop)), 1), "bob", 404, "property.not_found"},
		{"DELETE", things, "", 401, "login.required"},
		{"DELETE", things, "bob", 403, "property.not_manager"},
		{"DELETE", strings.Replace(things, string(shop), string(other), 1), "ann", 404, "property.not_found"},
		{"DELETE", things, "ann", 204, ""},
		{"GET", "/nothing", "ann", 404, "request.not_found"},
		{"PUT", "/hello", "", 405, "request.method"},
	} {
		body := ""
		if c.method == "POST" {
			body = `{"text":"hi"}`
		}
		got := s.ask(t, c.method, "/api/v1"+c.path, c.token, body)
		if got.Status != c.status || got.Code != c.code {
			t.Errorf("%s %s as %q = %d %s, want %d %s", c.method, c.path, c.token, got.Status, got.Body, c.status, c.code)
		}
		if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s %s: headers %v", c.method, c.path, got.Header)
		}
	}
	if got := s.ask(t, "PUT", "/api/v1/hello", "", ""); got.Header.Get("Allow") == "" {
		t.Error("405 without Allow")
	}
	got := s.ask(t, "POST", "/api/v1"+say, "bob", `{"text":"hi"}`)
	if want := `{"text":"hi","who":"bob/agent/` + string(shop) + `","address":"203.0.113.9"}`; strings.TrimSpace(got.Body) != want {
		t.Errorf("got %s, want %s", got.Body, want)
	}
}

func TestNobodyIsLoggedOutByAnOutage(t *testing.T) {
	down := fmt.Errorf("%w: %w", errs.New(errs.Unavailable, "db.unavailable", "Not now."), io.EOF)
	if got := serve(t, web.Options{Auth: auth{down}}).ask(t, "GET", "/api/v1/me", "ann", ""); got.Status != 503 || got.Code != "db.unavailable" {
		t.Errorf("database down: %d %s, want 503", got.Status, got.Body)
	}
	if got := serve(t, web.Options{Auth: auth{io.EOF}}).ask(t, "GET", "/api/v1/me", "ann", ""); got.Status != 500 {
		t.Errorf("unexpected error: %d %s, want 500", got.Status, got.Body)
	}
}

func TestErrorsAreProblemsWithAStableCode(t *testing.T) {
	s := serve(t, web.Options{})
	for how, want := range map[string]web.Problem{
		"conflict": {Title: "Conflict", Status: 409, Code: "chat.ended", Detail: "This chat has ended."},
		"field":    {Title: "Unprocessable Entity", Status: 422, Code: "agent.email", Detail: "This is no email address.", Field: "email"},
		"many":     {Title: "Too Many Requests", Status: 429, Code: "request.too_many", Detail: "Too many requests. Please wait a moment.", RetryAfterMS: 1500},
		"down":     {Title: "Service Unavailable", Status: 503, Code: "db.unavailable", Detail: "Not now."},
		"other":    {Title: "Internal Server Error", Status: 500, Code: "internal", Detail: "Something went wrong on our side."},
		"panic":    {Title: "Internal Server Error", Status: 500, Code: "internal", Detail: "Something went wrong on our side."},
	} {
		s.log.Reset()
		got := s.ask(t, "GET", "/api/v1/fail/"+how, "", "")
		requestID := got.RequestID
		got.RequestID = ""
		if diff := cmp.Diff(want, got.Problem); diff != "" || got.Status != want.Status || requestID != got.Header.Get("X-Request-Id") {
			t.Errorf("%s: %d %s\n%s", how, got.Status, got.Body, diff)
		}
		lines := strings.Count(s.log.String(), `"err"`)
		wantLines := map[bool]int{true: 1, false: 0}[want.Status >= 500]
		if lines != wantLines || wantLines == 1 && (!strings.Contains(s.log.String(), requestID) || !strings.Contains(s.log.String(), `"operation":"fail"`)) {
			t.Errorf("%s: logged %d times, want %d:\n%s", how, lines, wantLines, s.log)
		}
	}
	if got := s.ask(t, "GET", "/api/v1/fail/many", "", ""); got.Header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q, want 2", got.Header.Get("Retry-After"))
	}
}

func TestInvalidRequestsNameTheField(t *testing.T) {
	s := serve(t, web.Options{})
	path := "/api/v1/properties/" + string(shop) + "/say"
	for _, c := range []struct {
		query, body string
		status      int
		code, field string
	}{
		{"?limit=1", `{"text":"much too long"}`, 422, "request.invalid", "text"},
		{"?limit=1", `{}`, 422, "request.invalid", ""},
		{"?limit=1", `{"text":"hi","role":"owner"}`, 422, "request.invalid", "role"},
		{"?limit=0", `{"text":"hi"}`, 422, "request.invalid", "limit"},
		{"?limit=x", `{"text":"hi"}`, 422, "request.invalid", "limit"},
		{"?limit=1", `{"text":`, 400, "request.invalid", ""},
		{"?limit=1", `{"text":"` + strings.Repeat("x", 200) + `"}`, 413, "request.too_large", ""},
	} {
		got := s.ask(t, "POST", path+c.query, "bob", c.body)
		if got.Status != c.status || got.Code != c.code || got.Field != c.field || got.Detail == "" {
			t.Errorf("%s %s = %d %s, want %d %s at %q", c.query, c.body, got.Status, got.Body, c.status, c.code, c.field)
		}
	}
	if got := s.ask(t, "POST", path, "", `{"text":`); got.Status != 401 {
		t.Errorf("a stranger's malformed request = %d, want 401: nothing is decoded before the login", got.Status)
	}
}

func TestAnotherWebsiteCannotMakeABrowserWrite(t *testing.T) {
	s := serve(t, web.Options{Origins: []string{"https://help.example.com"}})
	path := "/api/v1/properties/" + string(shop) + "/say?limit=1"
	for headers, want := range map[string]int{
		"Sec-Fetch-Site: cross-site":       403,
		"Sec-Fetch-Site: same-site":        403,
		"Origin: https://evil.example":     403,
		"Origin: null":                     403,
		"Sec-Fetch-Site: same-origin":      200,
		"Origin: http://example.com":       200, // httptest's own host
		"Origin: https://help.example.com": 200,
		"X-Nothing: 1":                     200, // no browser
	} {
		if got := s.ask(t, "POST", path, "bob", `{"text":"hi"}`, headers); got.Status != want {
			t.Errorf("%s: %d %s, want %d", headers, got.Status, got.Body, want)
		}
	}
	if got := s.ask(t, "GET", "/api/v1/me", "bob", "", "Sec-Fetch-Site: cross-site"); got.Status != 200 {
		t.Errorf("reading: %d", got.Status)
	}
}

func TestOnlyTrustedProxiesAreBelieved(t *testing.T) {
	s := serve(t, web.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	var address, requestID string
	var secure bool
	h := s.Edge(s.Edge(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		address, requestID, secure = web.AddressOf(r), web.RequestID(r.Context()), web.Secure(r.Context())
	})))
	send := func(remote string) int {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/anything", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("X-Request-Id", "edge-7")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	if send("10.1.1.1:80"); address != "198.51.100.1" || requestID != "edge-7" || !secure {
		t.Errorf("from a proxy: %q %q %v", address, requestID, secure)
	}
	if send("203.0.113.9:80"); address != "203.0.113.9" || requestID == "edge-7" || requestID == "" || secure {
		t.Errorf("from anybody: %q %q %v", address, requestID, secure)
	}
	if got := s.ask(t, "GET", "/api/v1/hello", "", "", "remote: 10.1.1.1:80", "X-Forwarded-For: junk"); got.Status != 400 || got.Code != "request.address" {
		t.Errorf("an address that cannot be read = %d %s, want 400", got.Status, got.Body)
	}
	bad := s.ask(t, "GET", "/api/v1/hello", "", "", "remote: 10.1.1.1:80", "X-Request-Id: a b", "X-Forwarded-For: 198.51.100.1")
	if id := bad.Header.Get("X-Request-Id"); id == "a b" || id == "" {
		t.Errorf("took the request id %q", id)
	}
}

func TestEveryRouteIsListedWithItsAccess(t *testing.T) {
	s := serve(t, web.Options{})
	want := []web.Operation{
		{Method: "GET", Path: "/api/v1/hello", ID: "hello", Access: web.AccessPublic},
		{Method: "GET", Path: "/api/v1/fail/{how}", ID: "fail", Access: web.AccessPublic},
		{Method: "GET", Path: "/api/v1/me", ID: "me", Access: web.AccessLogin},
		{Method: "POST", Path: "/api/v1/properties/{property}/say", ID: "say", Access: web.AccessAgent},
		{Method: "DELETE", Path: "/api/v1/properties/{property}/things", ID: "clear", Access: web.AccessManager},
	}
	if diff := cmp.Diff(want, s.Operations()); diff != "" {
		t.Error(diff)
	}
	defer func() {
		if recover() == nil {
			t.Error("an agent's route without {property} was registered")
		}
	}()
	web.Agent(s.API, web.Op{Method: "GET", Path: "/api/v1/x", ID: "x"}, func(context.Context, actor.Agent, *empty) (*empty, error) { return nil, nil })
}

func TestTheDocumentDescribesErrorsAndWhoMayCall(t *testing.T) {
	s := serve(t, web.Options{})
	var doc struct {
		OpenAPI string
		Info    struct{ Version string }
		Paths   map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Access      string                `json:"x-access"`
			Security    []map[string][]string `json:"security"`
			Responses   map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct {
			Schemas         map[string]any
			SecuritySchemes map[string]any
		}
	}
	got := s.ask(t, "GET", "/api/openapi.json", "", "")
	if err := json.Unmarshal([]byte(got.Body), &doc); err != nil {
		t.Fatal(err)
	}
	say := doc.Paths["/api/v1/properties/{property}/say"]["post"]
	if doc.OpenAPI != "3.1.0" || doc.Info.Version != "1.2.3" || say.Access != "agent" || len(say.Security) != 1 || doc.Components.SecuritySchemes["login"] == nil {
		t.Errorf("got %+v", doc)
	}
	for _, status := range []string{"401", "404", "409", "422", "429", "500", "503"} {
		if ref := say.Responses[status].Content["application/problem+json"].Schema.Ref; ref != "#/components/schemas/Problem" {
			t.Errorf("%s: schema %q", status, ref)
		}
	}
	if doc.Components.Schemas["Problem"] == nil || doc.Components.Schemas["ErrorModel"] != nil {
		t.Errorf("schemas: %v", doc.Components.Schemas)
	}
	if yaml, err := s.YAML(); err != nil || !bytes.Contains(yaml, []byte("openapi: 3.1.0")) {
		t.Errorf("YAML: %v\n%s", err, yaml)
	}
}

func TestThePanicOfAStreamBreaksItsConnection(t *testing.T) {
	s := serve(t, web.Options{})
	srv := httptest.NewServer(s.Edge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("after the beginning")
	})))
	defer srv.Close()
	r, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
	res, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if body, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("read %q as if it were whole", body)
	}
}
