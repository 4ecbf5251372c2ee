package torture

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/platform/db"
	"parley/internal/testkit"
)

const (
	shortRounds = 7 // about ten seconds; `make torture` has more
	shortSeed   = 4
)

// setting reads a number from the environment: how long and with which seed is for whoever runs the test to say.
func setting(t testing.TB, name string, otherwise uint64) uint64 {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok || text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func TestNothingIsLost(t *testing.T) {
	rounds, seed := int(setting(t, "PARLEY_TORTURE_ROUNDS", shortRounds)), setting(t, "PARLEY_TORTURE_SEED", shortSeed)
	t.Run("sqlite", func(t *testing.T) {
		w := newWorld(t, seed, "", 1)
		torture(t, w, rounds)
		w.intact(t)
	})
	t.Run("postgres", func(t *testing.T) {
		e := testkit.Postgres(t)
		w := newWorld(t, seed, e.URL, 3)
		w.cutOff = func() {
			testkit.Get[int64](t, e, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		}
		torture(t, w, rounds)
	})
}

// torture lets people talk through a number of disasters, waits until all is quiet, and compares.
func torture(t *testing.T, w *world, rounds int) {
	ctx, cancel := context.WithCancel(t.Context())
	acting, quiet := context.WithCancel(ctx)
	var windows, people sync.WaitGroup
	defer func() { cancel(); quiet(); windows.Wait() }()
	go func() {
		select {
		case <-w.story.broken:
			quiet()
		case <-acting.Done():
		}
	}()
	w.hire(3)
	w.wild(true)
	w.crowd(ctx, 6, &windows)
	for _, v := range w.visitors {
		people.Go(func() { v.live(acting) })
	}
	for _, a := range w.agents {
		people.Go(func() { a.live(acting) })
	}
	w.rage(acting, rounds)
	quiet()
	people.Wait()
	w.wild(false)
	w.story.tell("", "", "the chaos is over")

	s := w.settle(t)
	w.check(s)
	answered := w.checkOpeners(s)
	w.everythingSeen(s)
	for _, n := range w.nodes {
		for _, line := range n.alarms() {
			w.story.fault(n.name, "", "the log has %s", line)
		}
	}
	w.story.report()
	if t.Failed() || testing.Verbose() {
		for _, n := range w.nodes {
			t.Logf("the last words of %s:\n%s", n.name, n.last(25))
		}
	}
	said, _ := w.ledger.all()
	putOff, refused := 0, 0
	for _, it := range said {
		if it.putOff {
			putOff++
		}
		if it.refused != "" {
			refused++
		}
	}
	t.Logf("seed %d, %d rounds: %d said (%d put off, %d refused), %d stored in %d sessions and %d chats; %d times an agent spoke first, %d were answered",
		w.seed, rounds, len(said), putOff, refused, s.count(), len(s.sessions), len(s.chats), len(w.openers.all), answered)
}

// settle waits until every window shows what is stored, without anybody saying hello again for it.
func (w *world) settle(t *testing.T) *stored {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	var late []difference
	for {
		s := w.read()
		open := w.differences(s)
		if len(open) == 0 {
			t.Logf("after %s of peace all is quiet; the last to learn: %v; before that%s", time.Since(began).Round(time.Millisecond), late, w.story.disasters())
			return w.read() // not s: the last command may have been stored between two of its pages
		}
		late = open[:1]
		select {
		case <-limit.C:
			for _, d := range open {
				w.story.fault(d.who, d.session, "after %s of peace %s", patience, d.what)
			}
			return s
		case <-tick.C:
		}
	}
}

// intact kills the server once more, and looks at what it left: a sound file with everything that was read from it.
func (w *world) intact(t *testing.T) {
	t.Helper()
	before := w.read()
	w.nodes[0].kill()
	d, err := db.Open(t.Context(), db.Options{URL: w.data + "/0/parley.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // only read
	var said []string
	var messages int
	err = d.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), "PRAGMA integrity_check")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			said = append(said, line)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return tx.Row(t.Context(), "SELECT count(*) FROM messages").Scan(&messages)
	})
	if err != nil || strings.Join(said, "\n") != "ok" {
		t.Errorf("integrity_check: %v, %q", err, said)
	}
	if messages != before.count() {
		t.Errorf("%d messages after the last kill, %d before", messages, before.count())
	}
}
