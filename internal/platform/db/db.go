// Package db opens the database, migrates it and runs transactions on SQLite or PostgreSQL.
// It knows no table but its own migrations' and no feature.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
)

// Dialect names the few things the two databases do differently.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// ErrUnavailable says that the database cannot be used just now: disk full, read-only, connection lost.
// Nothing was acknowledged; the same call may be repeated. The cause is wrapped beside it, for the log.
var ErrUnavailable = errs.New(errs.Unavailable, "db.unavailable", "The server cannot store anything just now. Nothing is lost: try again in a moment.").In(2 * time.Second)

// Options says which database to open and where its news goes. Zero sizes mean sane defaults.
type Options struct {
	URL     string              // a file's path, or postgres://…
	Publish func([]event.Event) // called with the events of committed transactions, in the order of the commits; nil: nobody listens
	Log     *slog.Logger

	Readers int // reading connections on SQLite, by default 2 a core and at least 4
	Conns   int // connections on PostgreSQL, by default 8 a core and at least 16
}

// DB is one open database; safe for concurrent use.
type DB struct {
	engine  engine
	dialect Dialect
	once    sync.Once
	closed  error
}

// engine is what the two databases do each in their own way.
type engine interface {
	write(ctx context.Context, fn func(*Tx) error) error
	read(ctx context.Context, fn func(*Tx) error) error
	ping(ctx context.Context) error
	close() error
}

// Open opens the database, checks it and brings its tables to this version. It refuses a newer database,
// a damaged file, a folder that cannot be written and a file that another process serves, each in plain words.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Publish == nil {
		o.Publish = func([]event.Event) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	open, d := openSQLite, SQLite
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		open, d = openPostgres, Postgres
	}
	e, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &DB{engine: e, dialect: d}, nil
}

// Write runs fn in a transaction, commits, publishes what fn emitted, and only then returns nil. An error of fn rolls
// everything back and is returned as it is. fn may run again after a deadlock or a lost connection, so it must have
// no side effects but tx; it must not keep tx, and must use no other transaction inside.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error { return d.engine.write(ctx, fn) }

// Read runs fn in a read-only transaction that sees one snapshot.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error { return d.engine.read(ctx, fn) }

// Dialect says which database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Ping reports whether the database can be read and written now.
func (d *DB) Ping(ctx context.Context) error { return d.engine.ping(ctx) }

// Close waits for the transactions that run, refuses new ones and closes the database. Calling it again is harmless.
func (d *DB) Close() error {
	d.once.Do(func() { d.closed = d.engine.close() })
	return d.closed
}

// querier is a connection or a transaction of database/sql.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a transaction plus the news it will cause. It is not for concurrent use.
type Tx struct {
	q       querier
	dialect Dialect
	// detached: statements do not end with the caller's ctx. SQLite's writer is shared by a group, and an interrupted
	// statement would roll back the transactions of the others.
	detached bool
	events   []event.Event
	open     []*sql.Rows
	failed   error // of the first statement that failed: PostgreSQL will not commit then, so SQLite must not either
}

// Exec runs a statement written with $1, $2 … and returns the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.may(ctx); err != nil {
		return 0, err
	}
	res, err := t.q.ExecContext(t.ctx(ctx), query, args...)
	if err != nil {
		t.fail(err)
		return 0, err
	}
	return res.RowsAffected()
}

// Row runs a statement of at most one row; its errors come with Scan.
func (t *Tx) Row(ctx context.Context, query string, args ...any) *sql.Row {
	row := t.q.QueryRowContext(t.ctx(ctx), query, args...)
	if err := row.Err(); err != nil {
		t.fail(err)
	}
	return row
}

// Query runs a statement of many rows. Rows left open are closed with the transaction.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.may(ctx); err != nil {
		return nil, err
	}
	rows, err := t.q.QueryContext(t.ctx(ctx), query, args...)
	if err != nil {
		t.fail(err)
		return nil, err
	}
	t.open = append(t.open, rows)
	return rows, nil
}

// Emit queues e until the transaction has committed; it makes Tx an event.Emitter.
func (t *Tx) Emit(e event.Event) { t.events = append(t.events, e) }

// Dialect says which database this is.
func (t *Tx) Dialect() Dialect { return t.dialect }

func (t *Tx) ctx(ctx context.Context) context.Context {
	if t.detached {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (t *Tx) may(ctx context.Context) error {
	if t.detached {
		return ctx.Err()
	}
	return nil
}

func (t *Tx) fail(err error) {
	if t.failed == nil {
		t.failed = err
	}
}

// run calls fn, closes what it left open and turns a panic into an error for its caller alone.
func (t *Tx) run(fn func(*Tx) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
		for _, r := range t.open {
			_ = r.Close()
		}
		t.open = nil
		if err == nil && t.failed != nil {
			err = fmt.Errorf("a statement failed and its error was not returned: %w", t.failed)
		}
	}()
	return fn(t)
}
