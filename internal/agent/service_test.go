package agent

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/testkit"
)

const good = "correct horse staple"

var firefox = Client{UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Address: "192.0.2.1"}

func newService(e *testkit.Env) *Service {
	s := New(Options{
		DB: e.DB, Now: e.Clock.Now, BaseURL: "https://chat.example", Keys: Keys{device: ours},
		Properties: property.New(property.Options{DB: e.DB, Now: e.Clock.Now}), Node: "test",
	})
	cheap := hashParams
	cheap.Memory = 64 // the same code, but tests need not be slow for those who guess
	s.secrets = newHasher(cheap)
	return s
}

// spread takes what was published to the services, as the bus of several nodes would: in JSON.
func spread(t *testing.T, e *testkit.Env, services ...*Service) {
	t.Helper()
	for _, ev := range e.Events() {
		raw, err := json.Marshal(ev.Payload)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range services {
			deliver(s, ev, raw)
		}
	}
	e.Forget()
}

func deliver(s *Service, ev event.Event, raw []byte) {
	switch ev.Name {
	case LoginsEnded.Name:
		v, _ := LoginsEnded.Decode(raw)
		s.onLoginsEnded(v)
	case MembersChanged.Name:
		v, _ := MembersChanged.Decode(raw)
		s.onMembersChanged(v)
	case PersonChanged.Name:
		v, _ := PersonChanged.Decode(raw)
		s.people.Forget(v.Agent)
	}
}

// owner makes Ana, who owns the shop, and returns her logged in.
func owner(t *testing.T, s *Service) (Grant, actor.Agent) {
	t.Helper()
	a, p, err := s.CreateOwner(t.Context(), NewAccount{Email: "ana@shop.example", Name: "Ana", Password: good}, "Shop")
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.LogIn(t.Context(), "ana@shop.example", good, firefox)
	if err != nil || g.Agent != a {
		t.Fatalf("%+v, %v", g, err)
	}
	return g, actor.Agent{ID: a, Login: g.Login.Login, Property: p, Role: actor.Owner}
}

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query().Get("token"); q != "" {
		return q
	}
	return link[strings.LastIndexByte(link, '/')+1:]
}

func TestSetupLinkIsGoodOnceForAnHourUntilThereIsAnOwner(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		link := func() string {
			t.Helper()
			l, err := s.NewSetupLink(ctx)
			if err != nil || !strings.HasPrefix(l, "https://chat.example/setup?token=") {
				t.Fatalf("%q, %v", l, err)
			}
			return tokenOf(t, l)
		}
		ana := NewAccount{Email: "Ana@Shop.example", Name: " Ana ", Password: good}
		first, second := link(), link()
		for _, bad := range []string{"", "x", first, strings.Repeat("A", 43)} {
			if err := s.CheckSetup(ctx, bad); !errors.Is(err, ErrSetupGone) {
				t.Errorf("CheckSetup(%q): %v", bad, err)
			}
			if _, err := s.Setup(ctx, bad, ana, "Shop", firefox); !errors.Is(err, ErrSetupGone) {
				t.Errorf("Setup(%q): %v", bad, err)
			}
		}
		e.Clock.Advance(SetupFor)
		if err := s.CheckSetup(ctx, second); !errors.Is(err, ErrSetupGone) {
			t.Errorf("after an hour: %v", err)
		}
		third := link()
		if _, err := s.Setup(ctx, third, ana, "", firefox); errs.Find(err) == nil || errs.Find(err).Field != "property_name" {
			t.Errorf("without a property's name: %v", err)
		}
		if err := s.CheckSetup(ctx, third); err != nil {
			t.Errorf("a mistake in the form used the link up: %v", err)
		}
		g, err := s.Setup(ctx, third, ana, "Shop", firefox)
		if err != nil {
			t.Fatal(err)
		}
		me, err := s.Me(ctx, g.Login)
		if err != nil || me.Email != "ana@shop.example" || me.Name != "Ana" || len(me.Places) != 1 || me.Places[0].Role != actor.Owner || me.Places[0].Name != "Shop" {
			t.Errorf("%+v, %v", me, err)
		}
		if l, err := s.Login(ctx, g.Token); err != nil || l != g.Login {
			t.Errorf("the owner is not logged in: %+v, %v", l, err)
		}
		if _, err := s.Setup(ctx, third, NewAccount{Email: "b@x.example", Name: "B", Password: good}, "B", firefox); !errors.Is(err, ErrSetupGone) {
			t.Errorf("used twice: %v", err)
		}
		if l, err := s.NewSetupLink(ctx); l != "" || err != nil {
			t.Errorf("with an owner: %q, %v", l, err)
		}
	})
}

func TestLoginsSlideAndEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		g, _ := owner(t, s)
		for day := 0; day < 60; day += 20 { // in use: never ends
			e.Clock.Advance(20 * 24 * time.Hour)
			if _, err := s.Login(ctx, g.Token); err != nil {
				t.Fatalf("day %d: %v", day, err)
			}
		}
		if n := testkit.Get[int64](t, e, `SELECT seen_at FROM logins`); n != e.Clock.Now().UnixMilli() {
			t.Error("its use was not written")
		}
		seen := e.Clock.Now()
		e.Clock.Advance(SeenEvery - time.Minute)
		if _, err := s.Login(ctx, g.Token); err != nil {
			t.Fatal(err)
		}
		if n := testkit.Get[int64](t, e, `SELECT seen_at FROM logins`); n != seen.UnixMilli() {
			t.Error("its use was written twice in an hour")
		}
		e.Clock.Advance(LoginFor)
		if _, err := s.Login(ctx, g.Token); !errors.Is(err, ErrLoginRequired) {
			t.Errorf("after 30 idle days: %v", err)
		}
		for _, bad := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("?", 43)} {
			if _, err := s.Login(ctx, bad); !errors.Is(err, ErrLoginRequired) {
				t.Errorf("Login(%q): %v", bad, err)
			}
		}
	})
}

func TestLoggingOutEndsLoginsOnEveryNodeAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		here, there, ctx := newService(e), newService(e), t.Context()
		first, _ := owner(t, here)
		second, err := there.LogIn(ctx, "ana@shop.example", good, firefox)
		if err != nil {
			t.Fatal(err)
		}
		logged := func(s *Service, g Grant) bool {
			t.Helper()
			_, err := s.Login(ctx, g.Token)
			if err != nil && !errors.Is(err, ErrLoginRequired) {
				t.Fatal(err)
			}
			return err == nil
		}
		for _, s := range []*Service{here, there} { // both in both memories
			if !logged(s, first) || !logged(s, second) {
				t.Fatal("not logged in")
			}
		}
		list, err := here.Logins(ctx, first.Login)
		if err != nil || len(list) != 2 || list[0].Browser != "Firefox on Linux" || list[0].Address != "192.0.2.1" {
			t.Errorf("%+v, %v", list, err)
		}
		if err := here.LogOut(ctx, first.Login, id.New[id.Login]()); !errors.Is(err, ErrNoLogin) {
			t.Errorf("somebody else's login: %v", err)
		}
		e.Forget()
		if err := here.LogOut(ctx, first.Login, second.Login.Login); err != nil {
			t.Fatal(err)
		}
		if logged(here, second) {
			t.Error("still logged in on the node that ended it")
		}
		if ev := testkit.Published(t, e, LoginsEnded); cmp.Diff([]Ended{{Logins: []id.Login{second.Login.Login}, Agent: first.Agent}}, ev) != "" {
			t.Errorf("events %+v", ev)
		}
		spread(t, e, here, there)
		if logged(there, second) || !logged(there, first) {
			t.Error("the other node did not follow")
		}
		if err := here.LogOutEverywhere(ctx, first.Login); err != nil {
			t.Fatal(err)
		}
		spread(t, e, here, there)
		if logged(here, first) || logged(there, first) {
			t.Error("logged in after logging out everywhere")
		}
	})
}

func TestPasswordsChangeAndEndTheOtherLogins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		mine, _ := owner(t, s)
		other, err := s.LogIn(ctx, "ANA@shop.example ", good, firefox)
		if err != nil {
			t.Fatal(err)
		}
		next := "another horse staple"
		if err := s.ChangePassword(ctx, mine.Login, "wrong horse staple", next, "192.0.2.1"); !errors.Is(err, ErrCurrent) {
			t.Errorf("wrong current: %v", err)
		}
		if err := s.ChangePassword(ctx, mine.Login, good, "short", "192.0.2.1"); errs.Find(err) == nil || errs.Find(err).Field != "new" {
			t.Errorf("short: %v", err)
		}
		if err := s.ChangePassword(ctx, mine.Login, good, next, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Login(ctx, mine.Token); err != nil {
			t.Errorf("the login that changed it: %v", err)
		}
		if _, err := s.Login(ctx, other.Token); !errors.Is(err, ErrLoginRequired) {
			t.Errorf("the other login: %v", err)
		}
		if _, err := s.LogIn(ctx, "ana@shop.example", good, firefox); !errors.Is(err, ErrWrong) {
			t.Errorf("the old password: %v", err)
		}
		random, err := s.ResetPassword(ctx, "ana@shop.example", "")
		if err != nil || len(random) != 20 {
			t.Fatalf("%q, %v", random, err)
		}
		if _, err := s.Login(ctx, mine.Token); !errors.Is(err, ErrLoginRequired) {
			t.Errorf("after a reset: %v", err)
		}
		if _, err := s.LogIn(ctx, "ana@shop.example", random, firefox); err != nil {
			t.Errorf("with the new one: %v", err)
		}
		if _, err := s.ResetPassword(ctx, "nobody@shop.example", ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
		if n := testkit.Get[int64](t, e, `SELECT count(*) FROM agents WHERE password_hash LIKE '$argon2id$%'`); n != 1 {
			t.Error("no argon2id hash")
		}
	})
}

func TestGuessingIsSlowedOnAllNodesAndSaysNothingOfWhoExists(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		here, there, ctx := newService(e), newService(e), t.Context()
		owner(t, here)
		for _, email := range []string{"ana@shop.example", "nobody@shop.example", "no address"} {
			for i := range int(freeTries) {
				s := []*Service{here, there}[i%2]
				if _, err := s.LogIn(ctx, email, "wrong horse staple", Client{Address: "192.0.2." + string(rune('1'+i%9))}); !errors.Is(err, ErrWrong) || errs.KindOf(err) != errs.Unauthorized {
					t.Fatalf("%s, try %d: %v", email, i, err)
				}
			}
			for _, s := range []*Service{here, there} {
				_, err := s.LogIn(ctx, email, good, firefox)
				if f := errs.Find(err); !errors.Is(err, ErrWait) || f.RetryAfter != firstWait {
					t.Errorf("%s after ten: %v", email, err)
				}
			}
		}
		e.Clock.Advance(firstWait)
		if _, err := here.LogIn(ctx, "ana@shop.example", "wrong horse staple", firefox); !errors.Is(err, ErrWrong) {
			t.Errorf("after the wait: %v", err)
		}
		if _, err := here.LogIn(ctx, "ana@shop.example", good, firefox); errs.Find(err) == nil || errs.Find(err).RetryAfter != 2*firstWait {
			t.Errorf("the next wait: %v", err)
		}
		e.Clock.Advance(2 * firstWait)
		if _, err := there.LogIn(ctx, "ana@shop.example", good, firefox); err != nil {
			t.Errorf("the right password after the wait: %v", err)
		}
		if n := testkit.Get[int64](t, e, `SELECT count(*) FROM login_failures`); n != 2 {
			t.Errorf("%d accounts still counted, want the two unknown", n)
		}
		e.Clock.Advance(forgetAway)
		if _, err := here.LogIn(ctx, "bob@shop.example", good, firefox); !errors.Is(err, ErrWrong) {
			t.Error(err)
		}
		if n := testkit.Get[int64](t, e, `SELECT count(*) FROM login_failures`); n != 1 {
			t.Errorf("failures of yesterday are kept: %d", n)
		}
	})
}

func TestOneAddressCannotTryForEver(t *testing.T) {
	e := testkit.SQLite(t)
	s := New(Options{DB: e.DB, Now: e.Clock.Now, Exempt: func(a string) bool { return a == "10.0.0.1" }})
	for i := range 30 {
		if _, err := s.mayTry(t.Context(), stranger("a@x.example"+string(rune('a'+i)), "2001:db8::/64"), "2001:db8::1"); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if _, err := s.mayTry(t.Context(), s.guesser("b@x.example", Client{Address: "2001:db8::2"}), "2001:db8::2"); !errors.Is(err, ErrWait) || errs.Find(err).RetryAfter <= 0 {
		t.Errorf("the 31st of one household: %v", err)
	}
	for range 50 {
		if _, err := s.mayTry(t.Context(), stranger("b@x.example", "10.0.0.1"), "10.0.0.1"); err != nil {
			t.Fatalf("an exempt network: %v", err)
		}
	}
}

func TestAnOutageLogsNobodyOut(t *testing.T) {
	e := testkit.SQLite(t)
	s, ctx := newService(e), t.Context()
	g, who := owner(t, s)
	if _, err := s.Login(ctx, g.Token); err != nil {
		t.Fatal(err)
	}
	if err := e.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Login(ctx, g.Token); err != nil {
		t.Errorf("from memory: %v", err)
	}
	e.Clock.Advance(keepAccess)
	_, err := s.Login(ctx, g.Token)
	_, err2 := s.Member(ctx, who.ID, who.Property)
	_, err3 := s.LogIn(ctx, "ana@shop.example", good, firefox)
	for _, err := range []error{err, err2, err3} {
		if k := errs.KindOf(err); err == nil || k == errs.Unauthorized || k == errs.NotFound {
			t.Errorf("without a database: %v", err)
		}
	}
}

func TestAMemoryOfALoginDoesNotOutliveItsEnd(t *testing.T) {
	e := testkit.SQLite(t)
	s := newService(e)
	g, _ := owner(t, s)
	// The news of the end comes while the login is being read.
	err := e.DB.Write(t.Context(), func(tx *db.Tx) error { _, err := deleteLogin(t.Context(), tx, g.Agent, g.Login.Login); return err })
	if err != nil {
		t.Fatal(err)
	}
	s.onLoginsEnded(Ended{Agent: g.Agent, Logins: []id.Login{g.Login.Login}})
	if _, err := s.Login(t.Context(), g.Token); !errors.Is(err, ErrLoginRequired) {
		t.Errorf("got %v", err)
	}
}

func TestPeopleKnowTheirNames(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		here, there, ctx := newService(e), newService(e), t.Context()
		g, who := owner(t, here)
		if p, err := there.Person(ctx, who.ID); err != nil || p.Name != "Ana" {
			t.Fatalf("%+v, %v", p, err)
		}
		name, status := "Ana María", wire.Away
		e.Forget()
		if _, err := here.ChangeMe(ctx, g.Login, AccountChange{Name: &name, Status: &status}); err != nil {
			t.Fatal(err)
		}
		if ev := testkit.Published(t, e, MembersChanged); len(ev) != 1 || ev[0].Property != who.Property {
			t.Errorf("events %+v", ev)
		}
		spread(t, e, here, there)
		if p, _ := there.Person(ctx, who.ID); p.Name != name {
			t.Errorf("the other node says %q", p.Name)
		}
		if p, err := here.Person(ctx, "nobody"); err != nil || p.ID != "nobody" || p.Name != "" {
			t.Errorf("nobody: %+v, %v", p, err)
		}
		for _, c := range []AccountChange{{Name: new(string)}, {Theme: &name}, {Language: &name}, {Status: (*wire.Status)(&name)}} {
			if _, err := here.ChangeMe(ctx, g.Login, c); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if _, err := here.ChangeMe(ctx, g.Login, AccountChange{}); err != nil || len(e.Events()) != 0 {
			t.Errorf("a change of nothing: %v, %d events", err, len(e.Events()))
		}
	})
}
