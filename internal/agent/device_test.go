package agent

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/testkit"
)

var ours = deviceKey(bytes.Repeat([]byte{7}, deviceKeySize))

func TestADeviceIsKnownToTheAccountsThatLoggedInOnIt(t *testing.T) {
	day0 := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	cookie := ours.mark("", "ana@x.example", day0)
	again := ours.mark(cookie, "ben@x.example", day0.Add(time.Hour))
	half := cookie[:len(cookie)-1]
	for name, tt := range map[string]struct {
		key           deviceKey
		cookie, email string
		at            time.Time
		want          bool
	}{
		"the account":              {ours, cookie, "ana@x.example", day0, true},
		"another account":          {ours, cookie, "ben@x.example", day0, false},
		"both of two accounts":     {ours, again, "ana@x.example", day0, true},
		"the second of two":        {ours, again, "ben@x.example", day0, true},
		"another installation":     {deviceKey(bytes.Repeat([]byte{8}, deviceKeySize)), cookie, "ana@x.example", day0, false},
		"no key":                   {nil, cookie, "ana@x.example", day0, false},
		"half a year later":        {ours, cookie, "ana@x.example", day0.Add(deviceFor), false},
		"just before":              {ours, cookie, "ana@x.example", day0.Add(deviceFor - time.Second), true},
		"nothing":                  {ours, "", "ana@x.example", day0, false},
		"half a cookie":            {ours, half, "ana@x.example", day0, false},
		"a name alone":             {ours, strings.Split(cookie, ".")[0], "ana@x.example", day0, false},
		"another device's mark":    {ours, ours.mark("", "eve@x.example", day0)[:22] + cookie[22:], "ana@x.example", day0, false},
		"a thousand marks":         {ours, cookie + strings.Repeat("."+strings.Split(cookie, ".")[1], 1000), "ana@x.example", day0, false},
		"a later time in the mark": {ours, cookie[:23] + "B" + cookie[24:], "ana@x.example", day0, false},
	} {
		device, got := tt.key.deviceIn(tt.cookie, tt.email, tt.at)
		if got != tt.want || got && device != cookie[:22] {
			t.Errorf("%s: known %v as %q, want %v", name, got, device, tt.want)
		}
	}
	if ours.mark("", "ana@x.example", day0) == cookie {
		t.Error("two devices have one name")
	}
	if renewed := ours.mark(cookie, "ana@x.example", day0.Add(time.Hour)); len(renewed) != len(cookie) {
		t.Errorf("the same account twice: %q", renewed)
	}
	for i := range deviceMost {
		cookie = ours.mark(cookie, strconv.Itoa(i)+"@x.example", day0)
	}
	if _, ok := ours.deviceIn(cookie, "ana@x.example", day0); ok || len(cookie) > 250 {
		t.Errorf("a cookie of more than %d accounts: %d bytes", deviceMost, len(cookie))
	}
}

func TestAStrangersGuessesMakeNobodyWaitOnTheirOwnDevice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, ctx := newService(e), t.Context()
		g, _ := owner(t, s)
		ana := "ana@shop.example"
		home := Client{Address: "192.0.2.1", Device: s.o.Keys.device.mark("", ana, e.Clock.Now())}
		stranger := func(i int) Client { return Client{Address: "198.51.100." + strconv.Itoa(i)} }
		waits := func(c Client, password string) time.Duration {
			t.Helper()
			_, err := s.LogIn(ctx, ana, password, c)
			if err != nil && !errors.Is(err, ErrWait) {
				t.Fatalf("%+v: %v", c, err)
			}
			if err == nil {
				return 0
			}
			return errs.Find(err).RetryAfter
		}
		wrong := func(c Client) {
			t.Helper()
			if _, err := s.LogIn(ctx, ana, "wrong horse staple", c); !errors.Is(err, ErrWrong) {
				t.Fatalf("%+v: %v", c, err)
			}
		}
		for i := range int(freeTries) {
			wrong(stranger(i))
		}
		if waits(stranger(20), good) != firstWait {
			t.Error("a stranger who has guessed ten times need not wait")
		}
		forged := home
		forged.Device = ours.mark("", "eve@shop.example", e.Clock.Now()) // her own device, shown for Ana's account
		if waits(forged, good) != firstWait {
			t.Error("another account's device need not wait")
		}
		if got := waits(home, good); got != 0 {
			t.Errorf("Ana waits %s at home because of strangers", got)
		}
		if waits(stranger(21), good) != firstWait {
			t.Error("Ana's log-in gave the strangers their tries back")
		}
		if err := s.ChangePassword(ctx, g.Login, good, "another horse staple", "192.0.2.1"); err != nil {
			t.Errorf("Ana changes her password: %v", err)
		}
		for range int(freeTries) { // a stolen device is no way to guess on and on
			wrong(home)
		}
		if got := waits(home, "another horse staple"); got != firstWait {
			t.Errorf("after ten wrong passwords at home: wait %s, want %s", got, firstWait)
		}
		wrong(stranger(1)) // and keeps nobody else waiting
		if _, err := s.ResetPassword(ctx, ana, good); err != nil {
			t.Fatal(err)
		}
		if got := waits(home, good); got != 0 {
			t.Errorf("after a new password: wait %s at home", got)
		}
	})
}

func TestADeviceDoesNotShareTheLimitOfItsNetwork(t *testing.T) {
	e := testkit.SQLite(t)
	s, ctx := newService(e), t.Context()
	owner(t, s)
	home := Client{Address: "192.0.2.1", Device: s.o.Keys.device.mark("", "ana@shop.example", e.Clock.Now())}
	var last error
	for i := range 40 { // a neighbour behind the same address
		_, last = s.LogIn(ctx, strconv.Itoa(i)+"@shop.example", "wrong horse staple", Client{Address: home.Address})
	}
	if !errors.Is(last, ErrWait) {
		t.Fatalf("40 tries of one address: %v", last)
	}
	if _, err := s.LogIn(ctx, "ana@shop.example", good, home); err != nil {
		t.Errorf("Ana, beside a guesser: %v", err)
	}
	for range 40 {
		_, last = s.LogIn(ctx, "ana@shop.example", good, home)
	}
	if !errors.Is(last, ErrWait) {
		t.Errorf("the 41st log-in of one device in a second: %v, want a limit of its own", last)
	}
}
