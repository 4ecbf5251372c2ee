package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

var said = event.New[string]("test.said")

// say stores a fact and emits it.
func say(ctx context.Context, d *db.DB, name string, after error) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ($1, 'x')`, name); err != nil {
			return fmt.Errorf("insert: %w", err)
		}
		said.Emit(tx, "p", name)
		return after
	})
}

func facts(t *testing.T, e *testkit.Env) int {
	t.Helper()
	return testkit.Get[int](t, e, `SELECT count(*) FROM installation`)
}

func TestNothingIsPublishedOfAFailedTransaction(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		no := errs.New(errs.Conflict, "test.no", "No.")
		if err := say(t.Context(), e.DB, "a", no); !errors.Is(err, no) {
			t.Errorf("got %v, want the error of fn", err)
		}
		if err := say(t.Context(), e.DB, "b", nil); err != nil {
			t.Fatal(err)
		}
		if got := testkit.Published(t, e, said); !slices.Equal(got, []string{"b"}) || facts(t, e) != 1 {
			t.Errorf("published %v and stored %d, want b alone", got, facts(t, e))
		}
	})
}

func TestADuplicateIsKnownAsOne(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		ctx := t.Context()
		if err := say(ctx, e.DB, "a", nil); err != nil {
			t.Fatal(err)
		}
		if err := say(ctx, e.DB, "a", nil); !db.IsUnique(err) || errs.Find(err) != nil {
			t.Errorf("got %v, want a unique violation", err)
		}
		err := e.DB.Write(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, `INSERT INTO installation (name, value) VALUES ('a', 'x') RETURNING name`).Scan(new(string))
		})
		if !db.IsUnique(err) {
			t.Errorf("with RETURNING: got %v, want a unique violation", err)
		}
		if db.IsUnique(sql.ErrNoRows) || db.IsUnique(nil) {
			t.Error("anything is a unique violation")
		}
	})
}

func TestAnErrorThatFnKeepsToItselfStillStopsTheCommit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		ctx := t.Context()
		err := e.DB.Write(ctx, func(tx *db.Tx) error {
			_, _ = tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ('a', 'x')`)
			_, _ = tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ('a', 'x')`)
			return nil
		})
		if !db.IsUnique(err) || facts(t, e) != 0 {
			t.Errorf("got %v and %d facts; want the swallowed error and none", err, facts(t, e))
		}
	})
}

func TestAPanicIsItsOwnCallersAlone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		err := e.DB.Write(t.Context(), func(*db.Tx) error { panic("oh") })
		if err == nil || !strings.Contains(err.Error(), "panic in a transaction: oh") {
			t.Errorf("got %v", err)
		}
		if err := say(t.Context(), e.DB, "a", nil); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestRowsLeftOpenHarmNobody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		ctx := t.Context()
		leave := func(tx *db.Tx) error {
			for range 3 { // the same text, while its rows are open; PostgreSQL speaks of one at a time
				rows, err := tx.Query(ctx, `SELECT 1 UNION SELECT 2`) //nolint:rowserrcheck,sqlclosecheck // that is the point
				if err != nil || !rows.Next() {
					return fmt.Errorf("query: %w", err)
				}
				if tx.Dialect() == db.Postgres {
					break
				}
			}
			return nil
		}
		for range 20 {
			if err := errors.Join(e.DB.Write(ctx, leave), e.DB.Read(ctx, leave)); err != nil {
				t.Fatal(err)
			}
		}
		if err := say(ctx, e.DB, "a", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestReadsSeeOneSnapshotAndCannotWrite(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		ctx := t.Context()
		err := e.DB.Read(ctx, func(tx *db.Tx) error {
			var before, after int
			if err := tx.Row(ctx, `SELECT count(*) FROM installation`).Scan(&before); err != nil {
				return err
			}
			if err := say(ctx, e.DB, "a", nil); err != nil {
				return err
			}
			if err := tx.Row(ctx, `SELECT count(*) FROM installation`).Scan(&after); err != nil {
				return err
			}
			if before != 0 || after != 0 {
				t.Errorf("saw %d, then %d", before, after)
			}
			return nil
		})
		if err != nil || facts(t, e) != 1 {
			t.Errorf("%v; %d facts afterwards, want 1", err, facts(t, e))
		}
		err = e.DB.Read(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM installation`)
			return err
		})
		if err == nil || facts(t, e) != 1 {
			t.Errorf("a read deleted: %v", err)
		}
	})
}

func TestACallerWhoWentAwayStoresNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := say(ctx, e.DB, "a", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		err := e.DB.Write(ctx, func(tx *db.Tx) error {
			cancel() // in the middle: the next statement is refused
			_, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ('b', 'x')`)
			return err
		})
		if !errors.Is(err, context.Canceled) || facts(t, e) != 0 {
			t.Errorf("got %v, %d facts", err, facts(t, e))
		}
	})
}

// Many write at once: each is answered with its own result, events come in the order of the commits, and nothing is lost.
func TestManyWriteAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		ctx := t.Context()
		sessions := seed(t, e.DB, 4)
		var stored atomic.Int64
		no := errors.New("no")
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				for n := range 5 {
					after := map[bool]error{true: no}[(i+n)%3 == 0]
					if err := say(ctx, e.DB, fmt.Sprintf("%d/%d", i, n), after); !errors.Is(err, after) {
						t.Errorf("got %v, want %v", err, after)
					} else if after == nil {
						stored.Add(1)
					}
					if err := message(ctx, e.DB, sessions[(i+n)%len(sessions)]); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := facts(t, e); got != int(stored.Load()) || len(testkit.Published(t, e, said)) != got {
			t.Errorf("stored %d, published %d, acknowledged %d", got, len(testkit.Published(t, e, said)), stored.Load())
		}
		holes := testkit.Get[int](t, e, `SELECT count(*) FROM sessions WHERE last_seq <> (SELECT count(*) FROM messages WHERE session_id = sessions.id)`)
		if n := testkit.Get[int](t, e, `SELECT count(*) FROM messages`); n != 200 || holes != 0 {
			t.Errorf("%d messages, want 200; %d sessions with holes", n, holes)
		}
	})
}

func TestAClosedDatabaseIsUnavailable(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		if err := errors.Join(e.DB.Ping(t.Context()), e.DB.Close(), e.DB.Close()); err != nil {
			t.Fatal(err)
		}
		if err := say(context.Background(), e.DB, "a", nil); err == nil {
			t.Error("wrote into a closed database")
		}
	})
}

// PostgreSQL: two transactions that wait for each other are both stored, because one runs again.
func TestADeadlockIsSolvedByRunningAgain(t *testing.T) {
	e := testkit.Postgres(t)
	ctx := t.Context()
	for _, name := range []string{"a", "b"} {
		if err := say(ctx, e.DB, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	var runs atomic.Int64
	var both sync.WaitGroup // each has its first row before either asks for its second
	both.Add(2)
	cross := func(first, second string) error {
		held := sync.OnceFunc(func() { both.Done(); both.Wait() })
		return e.DB.Write(ctx, func(tx *db.Tx) error {
			runs.Add(1)
			if _, err := tx.Exec(ctx, `UPDATE installation SET value = value || '+' WHERE name = $1`, first); err != nil {
				return err
			}
			held()
			_, err := tx.Exec(ctx, `UPDATE installation SET value = value || '+' WHERE name = $1`, second)
			return err
		})
	}
	results := make(chan error, 2)
	go func() { results <- cross("a", "b") }()
	go func() { results <- cross("b", "a") }()
	if err := errors.Join(<-results, <-results); err != nil {
		t.Fatal(err)
	}
	if n := testkit.Get[int](t, e, `SELECT count(*) FROM installation WHERE value = 'x++'`); n != 2 || runs.Load() < 3 {
		t.Errorf("%d rows have both changes, want 2; fn ran %d times, want at least 3", n, runs.Load())
	}
}

// PostgreSQL: connections that the server ends are replaced, and no caller notices more than a pause.
func TestLostConnectionsAreReplaced(t *testing.T) {
	e := testkit.Postgres(t)
	ctx := t.Context()
	kill := func() {
		e.Exec(t, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
	var all sync.WaitGroup
	for i := range 8 { // fill the pool
		all.Go(func() {
			if err := say(ctx, e.DB, fmt.Sprint(i), nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	kill()
	for i := range 8 {
		if err := say(ctx, e.DB, fmt.Sprint("again ", i), nil); err != nil {
			t.Errorf("write %d after the loss: %v", i, err)
		}
	}
	kill()
	for range 8 {
		facts(t, e)
	}
	// In the middle of a transaction: it runs again.
	runs := 0
	err := e.DB.Write(ctx, func(tx *db.Tx) error {
		var pid int
		if err := tx.Row(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			return err
		}
		if runs++; runs == 1 {
			e.Exec(t, `SELECT pg_terminate_backend($1)`, pid)
		}
		_, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ('middle', 'x')`)
		return err
	})
	if err != nil || runs != 2 {
		t.Errorf("got %v after %d runs, want success after 2", err, runs)
	}
	// Read-only, as after a failover to a standby: unavailable, and available again by itself.
	e.Exec(t, `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$`)
	kill()
	err = e.DB.Write(ctx, func(tx *db.Tx) error { // the last old connection ends itself, and so does each that replaces it
		_, err := tx.Exec(ctx, `SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	})
	if !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("no connection lives: got %v, want ErrUnavailable", err)
	}
	if err := say(ctx, e.DB, "read-only", nil); !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("read-only: got %v, want ErrUnavailable", err)
	}
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `SET TRANSACTION READ WRITE`)
		if err == nil {
			_, err = tx.Exec(ctx, `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = off'; END $$`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// Connections that met the read-only server were thrown away; those opened since then may write.
	for say(ctx, e.DB, "writable", nil) != nil {
		if ctx.Err() != nil {
			t.Fatal("not writable again")
		}
	}
}

// PostgreSQL: a connection that is lost in its commit leaves it open whether the transaction is stored. Its news is not
// published, so whoever publishes must hear that there may have been some.
func TestACommitThatNobodyKnowsOfIsADoubt(t *testing.T) {
	e := testkit.Postgres(t)
	var doubts, published atomic.Int64
	d, err := db.Open(t.Context(), db.Options{
		URL: e.URL, Conns: 2, Publish: func(events []event.Event) { published.Add(int64(len(events))) }, Doubt: func() { doubts.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // a test
	e.Exec(t, `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	e.Exec(t, `CREATE CONSTRAINT TRIGGER die AFTER INSERT ON installation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()`)
	if err := say(t.Context(), d, "lost", nil); !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if doubts.Load() != 1 || published.Load() != 0 {
		t.Errorf("%d doubts and %d events, want 1 and 0", doubts.Load(), published.Load())
	}
	e.Exec(t, `DROP TRIGGER die ON installation`)
	if err := say(t.Context(), d, "told", nil); err != nil || doubts.Load() != 1 || published.Load() != 1 {
		t.Errorf("got %v, %d doubts and %d events, want success, 1 and 1", err, doubts.Load(), published.Load())
	}
}
