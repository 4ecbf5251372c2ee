package torture

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/internal/platform/bus/bustest"
	"parley/internal/testkit"
)

// outage is a database that cannot be written, or not be reached, under a running server.
type outage struct {
	breaks, mends func()
	read          int // the status of an agent's reading meanwhile
}

// TestAnOutageIsToldAndOverByItself: a clear error, no acknowledgement, nobody logged out, and service goes on when the
// cause is gone. (That a file which becomes read-only is the same is tested in platform/db: a file system does not become
// read-only under a process that has it open.)
func TestAnOutageIsToldAndOverByItself(t *testing.T) {
	t.Run("full disk", func(t *testing.T) {
		disk := t.TempDir()
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
			t.Skipf("a small disk cannot be mounted here: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
		w := newWorldIn(t, disk, shortSeed, "", 1)
		filler := filepath.Join(disk, "filler")
		w.outage(t, outage{func() { fill(t, filler) }, func() {
			if err := os.Remove(filler); err != nil {
				t.Error(err)
			}
		}, http.StatusOK})
		w.intact(t)
	})
	t.Run("PostgreSQL gone", func(t *testing.T) {
		e := testkit.Postgres(t)
		u, err := url.Parse(e.URL)
		if err != nil {
			t.Fatal(err)
		}
		between := bustest.NewProxy(t, u.Host)
		u.Host = between.Address()
		w := newWorld(t, shortSeed, u.String(), 1)
		w.outage(t, outage{between.Cut, between.Restore, http.StatusServiceUnavailable})
	})
}

// fill leaves no byte of the disk.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // what did not fit is the point
	for block := 1 << 16; block > 0; {
		if _, err = f.Write(make([]byte, block)); errors.Is(err, syscall.ENOSPC) {
			block /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) outage(t *testing.T, o outage) {
	ctx, cancel := context.WithCancel(t.Context())
	var windows sync.WaitGroup
	defer func() { cancel(); windows.Wait() }()
	w.hire(1)
	w.crowd(ctx, 1, &windows)
	v, a := w.visitors[0], w.agents[0]
	v.talk()
	v.until("the first words are stored", func() bool { return len(v.box) == 0 })
	a.until("the chat is in the list", func() bool { return len(a.windows[0].rows) > 0 })

	o.breaks()
	until(t, "words are put off", func() bool {
		v.talk() // what is on the disk already may have room for some more
		v.mu.Lock()
		defer v.mu.Unlock()
		return len(v.box) > 0 && (!v.box[0].until.IsZero() || v.windows[0].turnedAway.Load())
	})
	v.mu.Lock()
	first := v.box[0].key
	v.mu.Unlock()
	status, raw, _ := w.ask(a.cookie, http.MethodGet, "/properties/"+string(w.property)+"/chats", nil)
	if status != o.read {
		t.Errorf("reading in the outage: %d %s, want %d", status, raw, o.read)
	}
	if status, raw, _ := w.ask(a.cookie, http.MethodGet, "/me", nil); status == http.StatusUnauthorized {
		t.Errorf("the outage logs out: %s", raw)
	}
	if status == http.StatusServiceUnavailable && !strings.Contains(string(raw), "retry_after_ms") {
		t.Errorf("the answer does not say when to try again: %s", raw)
	}
	for _, p := range []*person{v.person, a.person} { // those who come just now are not turned away for good
		for _, win := range p.windows {
			win.reconnect()
		}
	}
	until(t, "the health check says so", func() bool { return w.healthy() == (o.read == http.StatusOK) || o.read == http.StatusOK })
	if said, _ := w.ledger.all(); said[first].ack != nil {
		t.Errorf("acknowledged while nothing could be stored: %+v", *said[first].ack)
	}

	o.mends()
	v.until("everything is stored", func() bool { return len(v.box) == 0 })
	until(t, "the health check is good again", w.healthy)
	v.talk()
	s := w.settle(t)
	w.check(s)
	w.everythingSeen(s)
	for _, line := range w.nodes[0].alarms("the database cannot be written") {
		t.Errorf("the log has %s", line)
	}
	w.story.report()
}

// healthy is what a load balancer asks.
func (w *world) healthy() bool {
	res, err := http.Get("http://" + w.nodes[0].listen + "/readyz")
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// talk says something, if the outbox is not full.
func (v *visitor) talk() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.say()
}

func (p *person) until(what string, cond func() bool) {
	until(p.t, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return cond()
	})
}

// until asks again and again: processes that we only see from outside have no channel to wait on.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
