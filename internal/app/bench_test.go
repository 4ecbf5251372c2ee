package app

import (
	"encoding/json"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/bench"
	"parley/internal/kernel/id"
)

const benchPassword = "a long one for the bench"

// target is a server on a port that stays free for it, with an owner.
func target(t *testing.T) (to bench.Target, serve func() *command, printed *buffer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, data := l.Addr().String(), t.TempDir()
	_ = l.Close()
	owner := start(t, "admin", "create-owner", "--data", data, "--email", "bench@parley.example", "--name", "Bench", "--property", "Bench", "--password", benchPassword)
	if err := <-owner.ended; err != nil {
		t.Fatal(err)
	}
	serve = func() *command {
		c := start(t, "serve", "--data", data, "--listen", address, "--trusted-proxies", "127.0.0.0/8", "--rate-limit-exempt", "0.0.0.0/0,::/0", "--shutdown-timeout", "1s")
		c.until(t, "http://"+address)
		return c
	}
	printed = &buffer{}
	text, _ := owner.out.wait()
	return bench.Target{
		URL: "http://" + address, Email: "bench@parley.example", Password: benchPassword,
		Property: id.Property(regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindString(text)),
		Visitors: 30, Agents: 2, Duration: 2 * time.Second, Forwarded: true, JSON: true, Out: printed,
	}, serve, printed
}

func end(t *testing.T, c *command) {
	t.Helper()
	c.stop()
	if err := <-c.ended; err != nil {
		t.Error(err)
	}
}

func TestBenchPresence(t *testing.T) {
	to, serve, printed := target(t)
	c := serve()
	cmd := bench.PresenceCmd{Target: to, PageEvery: time.Second, Loads: 0.4, Turnover: 0.2, Chats: 3, Watchers: 1}
	if err := cmd.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r bench.PresenceResult
	if err := json.Unmarshal([]byte(printed.String()), &r); err != nil {
		t.Fatal(err)
	}
	if r.Visitors != 30 || r.Failed != 0 || r.Lost != 0 || r.Chats != 3 || r.PageViews < 20 || r.Messages < 6 || r.V2A.Max == 0 || r.A2V.Max == 0 {
		t.Errorf("%+v", r)
	}
	if r.FirstPage.Max == 0 || r.BytesPerSecond == 0 || r.Seen < 27 || r.LargestFrame > 20_000 {
		t.Errorf("the dashboard got %+v, the first page after %s", r.Watched, r.FirstPage)
	}
	end(t, c)
}

func TestBenchStorm(t *testing.T) {
	to, serve, printed := target(t)
	c := serve()
	done := make(chan error, 1)
	cmd := bench.StormCmd{Target: to, Chats: 3, Within: 40 * time.Second}
	go func() { done <- cmd.Run(t.Context()) }()
	for text, more := printed.wait(); !strings.Contains(text, "restart the server now"); text, more = printed.wait() {
		select {
		case <-more:
		case err := <-done:
			t.Fatalf("ended with %v before the restart", err)
		}
	}
	end(t, c)
	c = serve()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(printed.String(), "\n")
	var r bench.StormResult
	if err := json.Unmarshal([]byte(last), &r); err != nil {
		t.Fatal(err)
	}
	if r.Visitors != 30 || r.Failed+r.Lost+r.Doubled+r.Broken != 0 || r.Chats != 3 || r.Acked == 0 || r.Attempts < 30 || r.AllS == 0 {
		t.Errorf("%+v", r)
	}
	end(t, c)
}

func TestBenchHelp(t *testing.T) {
	to, serve, printed := target(t)
	c := serve()
	to.Duration = 300 * time.Millisecond
	for _, run := range []struct{ articles, made int }{{40, 40}, {50, 10}} { // the second finds what the first has made
		cmd := bench.HelpCmd{Target: to, Articles: run.articles, Readers: 2, Writers: 4}
		if err := cmd.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(printed.String()), "\n")
		var r bench.HelpResult
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
			t.Fatal(err)
		}
		if r.Made != run.made || r.Articles != run.articles || r.Unfound != 0 || r.PageBytes < 1000 || len(r.SearchBy) != 5 {
			t.Errorf("%+v", r)
		}
		for name, m := range map[string]bench.Millis{"page": r.Page, "again": r.Again, "home": r.Home, "category": r.Category, "search": r.Search, "results": r.SearchPage} {
			if m.Max == 0 || m.P99 < m.P50 {
				t.Errorf("%s: %+v", name, m)
			}
		}
	}
	end(t, c)
}
