package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
)

// OpenView opens a database to read it beside a Parley that serves it: it makes nothing, migrates nothing and writes nothing.
// Its tables must be of this version.
func OpenView(ctx context.Context, url string) (*DB, error) {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		pool, name, err := connectPostgres(ctx, Options{URL: url, Conns: 1})
		if err != nil {
			return nil, err
		}
		p := &postgresDB{pool: pool, stats: &counters{}}
		return newView(ctx, view{pool: pool, fn: p.read}, Postgres, name)
	}
	file := strings.TrimPrefix(url, "sqlite:")
	if _, err := os.Stat(file); err != nil {
		return nil, err
	}
	pool, err := sqlitePool(file, 1, "query_only(1)", "cache_size(-4000)")
	if err != nil {
		return nil, err
	}
	s := &sqliteDB{readers: pool}
	return newView(ctx, view{pool: pool, fn: s.read}, SQLite, file)
}

func newView(ctx context.Context, v view, d Dialect, name string) (*DB, error) {
	if err := current(ctx, v.pool, d, name); err != nil {
		return nil, errors.Join(err, v.close())
	}
	return &DB{engine: v, dialect: d, stats: &counters{}}, nil
}

// errView is a mistake of ours.
var errView = errors.New("this database was opened to be read only")

// view is an engine that reads.
type view struct {
	pool *sql.DB
	fn   func(ctx context.Context, fn func(*Tx) error) error
}

func (view) write(context.Context, func(*Tx) error) error         { return errView }
func (v view) read(ctx context.Context, fn func(*Tx) error) error { return v.fn(ctx, fn) }
func (v view) ping(ctx context.Context) error                     { return v.pool.PingContext(ctx) }
func (v view) close() error                                       { return v.pool.Close() }
