// Package db opens the database, migrates it and runs transactions on SQLite or PostgreSQL.
// It knows no table but its own migrations' and no feature.
package db

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
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
	Doubt   func()              // called when nobody knows whether a transaction with news was committed: its news was not published; nil: nobody listens
	Log     *slog.Logger

	Readers int // reading connections on SQLite, by default 2 a core and at least 4
	Conns   int // connections on PostgreSQL, by default 8 a core and at least 16

	stats *counters

	NoSync bool // for tests alone: SQLite does not wait for the disk, and a crash of the machine may damage the file
}

// DB is one open database; safe for concurrent use.
type DB struct {
	engine  engine
	dialect Dialect
	once    sync.Once
	closed  error
	stats   *counters
}

// Stats counts since the start.
type Stats struct {
	Transactions int64 // committed
	Commits      int64 // on SQLite one commit is for many transactions
}

type counters struct{ transactions, commits atomic.Int64 }

func (c *counters) committed(transactions int) {
	c.transactions.Add(int64(transactions))
	c.commits.Add(1)
}

// Stats is what this process has committed.
func (d *DB) Stats() Stats {
	return Stats{Transactions: d.stats.transactions.Load(), Commits: d.stats.commits.Load()}
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
	o.stats = &counters{}
	open, d := openSQLite, SQLite
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		open, d = openPostgres, Postgres
	}
	e, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &DB{engine: e, dialect: d, stats: o.stats}, nil
}

// Write runs fn in a transaction, commits, publishes what fn emitted, and only then returns nil. An error of fn rolls
// everything back and is returned as it is. fn may run again after a deadlock or a lost connection, so it must have
// no side effects but tx (a variable it sets is set anew); it must not keep tx, and must open no other transaction inside.
// A write that has begun is finished even when ctx ends; one that still waits is given up.
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
