package agent

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/platform/web"
	"parley/internal/testkit"
)

// open makes the service and its API as a node that starts on the database does.
func open(t *testing.T, e *testkit.Env, baseURL string) (*Service, *web.API) {
	t.Helper()
	keys, err := LoadKeys(t.Context(), e.DB, baseURL, e.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := newService(e)
	s.o.BaseURL, s.o.Keys = baseURL, keys
	a := web.New(web.Options{Auth: s, Now: e.Clock.Now, BaseURL: baseURL, Adopt: s.AdoptCookie})
	s.Routes(a)
	return s, a
}

// ask calls the API with cookies and returns the status and the cookies that it sets, by name.
func ask(t *testing.T, a http.Handler, method, path, body string, cookies ...*http.Cookie) (int, map[string]*http.Cookie) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	set := map[string]*http.Cookie{}
	for _, c := range w.Result().Cookies() {
		set[c.Name] = c
	}
	return w.Code, set
}

const logIn = `{"email":"ana@shop.example","password":"` + good + `"}`

func TestCookiesHaveThePrefixOnHTTPSOnly(t *testing.T) {
	for base, prefix := range map[string]string{"https://chat.example": "__Host-", "http://127.0.0.1:8080": ""} {
		e := testkit.SQLite(t)
		s, a := open(t, e, base)
		owner(t, s)
		status, set := ask(t, a, "POST", "/login", logIn)
		login, device := set[prefix+"parley_login"], set[prefix+"parley_device"]
		if status != 200 || len(set) != 2 || login == nil || device == nil {
			t.Fatalf("%s: %d, cookies %v", base, status, set)
		}
		for _, c := range set {
			if c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.Secure != (prefix != "") || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: %+v", base, c)
			}
		}
		if strings.Contains(device.Value, "ana") || device.MaxAge != int(deviceFor/time.Second) {
			t.Errorf("%s: the device's cookie is %+v", base, device)
		}
		if status, set := ask(t, a, "GET", "/me", "", login, device); status != 200 || set[device.Name].Value[:22] != device.Value[:22] {
			t.Errorf("%s: %d, %v; want the same device again", base, status, set)
		}
		for range 2 * freeTries {
			ask(t, a, "POST", "/login", strings.Replace(logIn, good, "wrong", 1))
		}
		if status, _ := ask(t, a, "POST", "/login", logIn); status != 429 {
			t.Errorf("%s: a browser that nobody knows, after guesses: %d, want 429", base, status)
		}
		if status, _ := ask(t, a, "POST", "/login", logIn, device); status != 200 {
			t.Errorf("%s: Ana's own browser: %d, want 200", base, status)
		}
		if status, set := ask(t, a, "POST", "/logout", "", login); status != 204 || set[login.Name] == nil || set[login.Name].MaxAge != -1 {
			t.Errorf("%s: logging out: %d, %v", base, status, set)
		}
	}
}

func TestAnUpgradeKeepsLoginsAndTakesNoPlantedCookie(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		before, _ := open(t, e, "http://chat.example") // plain names, as before there were prefixes
		g, _ := owner(t, before)
		old := &http.Cookie{Name: "parley_login", Value: g.Token}
		e.Clock.Advance(time.Minute)
		s, a := open(t, e, "https://chat.example")

		status, set := ask(t, a, "GET", "/me", "", old)
		now := set["__Host-parley_login"]
		if status != 200 || now == nil || now.Value != g.Token || !now.Secure {
			t.Fatalf("a login from before: %d, %v", status, set)
		}
		if gone := set["parley_login"]; gone == nil || gone.MaxAge != -1 {
			t.Errorf("the old cookie stays: %+v", gone)
		}
		if status, set := ask(t, a, "GET", "/me", "", now); status != 200 || set["parley_login"] != nil {
			t.Errorf("with the new one: %d, %v", status, set)
		}

		mallory, err := s.LogIn(t.Context(), "ana@shop.example", good, firefox)
		if err != nil {
			t.Fatal(err)
		}
		planted := &http.Cookie{Name: "parley_login", Value: mallory.Token}
		if status, set := ask(t, a, "GET", "/me", "", planted); status != 401 || len(set) != 0 {
			t.Errorf("a cookie planted by a sibling host: %d, %v; want 401", status, set)
		}
		if status, _ := ask(t, a, "GET", "/me", "", planted, now); status != 200 {
			t.Errorf("planted beside the good one: %d, want 200", status)
		}
		e.Clock.Advance(time.Hour)
		_, again := open(t, e, "https://chat.example") // a restart does not move the time
		if status, _ := ask(t, again, "GET", "/me", "", planted); status != 401 {
			t.Errorf("planted, after a restart: %d, want 401", status)
		}
		if status, _ := ask(t, again, "GET", "/me", "", old); status != 200 {
			t.Errorf("a login from before that comes later: %d", status)
		}
		if err := e.DB.Close(); err != nil {
			t.Fatal(err)
		}
		if status, _ := ask(t, again, "GET", "/me", "", old); status == 401 || status == 200 {
			t.Errorf("without a database: %d, want an outage", status)
		}
	})
}

func TestKeysAreMadeOnceAndNeverGuessed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		first, _ := open(t, e, "https://chat.example")
		second, _ := open(t, e, "https://chat.example")
		if len(first.o.Keys.device) != deviceKeySize || string(first.o.Keys.device) != string(second.o.Keys.device) {
			t.Error("two nodes have different keys")
		}
		e.Exec(t, `UPDATE installation SET value = 'x' WHERE name = 'device_key'`)
		if _, err := LoadKeys(t.Context(), e.DB, "", e.Clock.Now); err == nil {
			t.Error("a damaged key was taken")
		}
	})
}
