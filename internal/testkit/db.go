// Package testkit gives tests real databases, a clock that they move, and rows to begin with.
// It knows no feature, so every feature's tests can use it.
package testkit

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the admin's connection

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Start is the time on an Env's clock when a test begins: a Monday morning.
var Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// Env is one fresh, migrated database, the news it published, and a clock that the test moves.
type Env struct {
	DB    *db.DB
	URL   string // of the database, to open it a second time (PostgreSQL) or after DB.Close
	Clock *clock.Manual

	mu     sync.Mutex
	events []event.Event
	numbers
}

// EachDB runs fn on SQLite always, and on PostgreSQL when PARLEY_TEST_PG holds a server's URL (scripts/pg.sh starts one).
// In CI a missing PostgreSQL is a failure.
func EachDB(t *testing.T, fn func(t *testing.T, e *Env)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite gives a fresh SQLite database alone, for what does not depend on the database.
func SQLite(t testing.TB) *Env {
	t.Helper()
	raw, err := template()
	if err != nil {
		t.Fatalf("make the template: %v", err)
	}
	file := filepath.Join(t.TempDir(), "parley.db")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, file)
}

// template is a migrated file; copying it is much faster than migrating again.
var template = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "parley-testkit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	file := filepath.Join(folder, "template.db")
	d, err := db.Open(context.Background(), db.Options{URL: file, NoSync: true})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // our own file
})

// Postgres gives a fresh PostgreSQL database alone; it skips the test where there is no server.
func Postgres(t testing.TB) *Env {
	t.Helper()
	server := os.Getenv("PARLEY_TEST_PG")
	switch {
	case server == "" && os.Getenv("CI") != "":
		t.Fatal("PARLEY_TEST_PG must name a PostgreSQL server in CI: scripts/pg.sh start DIR prints the URL of one")
	case server == "":
		t.Skip("PARLEY_TEST_PG is not set: not tested on PostgreSQL")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	from, err := postgresTemplate(t.Context(), admin, server)
	if err != nil {
		t.Fatalf("make the PostgreSQL template: %v", err)
	}
	name := "t_" + strings.ReplaceAll(id.New[string](), "-", "")
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil { //nolint:gosec // names that we made
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// t.Context has ended by now.
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
		_ = admin.Close()
	})
	return open(t, named(server, name))
}

// postgresTemplate makes sure that the server has a migrated database to copy; one of several test processes makes it.
func postgresTemplate(ctx context.Context, admin *sql.DB, server string) (string, error) {
	print, err := db.Fingerprint(db.Postgres)
	if err != nil {
		return "", err
	}
	name := "parley_template_" + print
	c, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // with it goes the lock
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(7274)"); err != nil {
		return "", err
	}
	defer c.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(7274)") //nolint:errcheck // the connection ends
	var there bool
	err = c.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err != nil || there {
		return name, err
	}
	draft := name + "_draft" // so that a template that is only half migrated is never used
	if _, err := c.ExecContext(ctx, "DROP DATABASE IF EXISTS "+draft+" WITH (FORCE)"); err != nil {
		return "", err
	}
	if _, err := c.ExecContext(ctx, "CREATE DATABASE "+draft); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Options{URL: named(server, draft), Conns: 1})
	if err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	_, err = c.ExecContext(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
	return name, err
}

// named is the server's URL with another database.
func named(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // opening it says what is wrong
	}
	u.Path = "/" + database
	return u.String()
}

func open(t testing.TB, at string) *Env {
	t.Helper()
	e := &Env{URL: at, Clock: clock.NewManual(Start)}
	d, err := db.Open(t.Context(), db.Options{URL: at, Publish: e.publish, Readers: 4, Conns: 8, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	e.DB = d
	t.Cleanup(func() {
		if err := e.DB.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return e
}

func (e *Env) publish(events []event.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, events...)
}

// Events returns what was published so far, in order.
func (e *Env) Events() []event.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.events)
}

// Published returns what was published of one topic, in order.
func Published[T any](t testing.TB, e *Env, topic event.Topic[T]) []T {
	t.Helper()
	var all []T
	for _, ev := range e.Events() {
		if ev.Name != topic.Name {
			continue
		}
		v, ok := ev.Payload.(T)
		if !ok {
			t.Fatalf("%s carries a %T", ev.Name, ev.Payload)
		}
		all = append(all, v)
	}
	return all
}

// Forget drops the events so far, when a test has arranged its beginning.
func (e *Env) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = nil
}

// Exec runs a statement to arrange a test, and returns the number of rows it changed.
func (e *Env) Exec(t testing.TB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	err := e.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		n, err = tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Get reads the one value that query selects.
func Get[T any](t testing.TB, e *Env, query string, args ...any) T {
	t.Helper()
	var v T
	err := e.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row(t.Context(), query, args...).Scan(&v)
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// String names the database in a test's messages.
func (e *Env) String() string { return fmt.Sprintf("%s %s", e.DB.Dialect(), e.URL) }
