package db

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"

	"parley/internal/kernel/event"
)

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
	// detached: a statement does not end with its ctx. SQLite's writer is shared by a group, and an interrupted statement
	// would roll back the transactions of the others; on PostgreSQL it would cost the connection.
	detached bool
	events   []event.Event
	open     []*sql.Rows
	failed   error // of the first statement that failed: PostgreSQL does not commit after that, so SQLite must not either
}

// Exec runs a statement written with $1, $2 … and returns the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, err := t.enter(ctx)
	if err != nil {
		return 0, err
	}
	res, err := t.q.ExecContext(ctx, query, args...)
	if err != nil {
		t.fail(err)
		return 0, err
	}
	return res.RowsAffected()
}

// Row runs a statement of at most one row; its errors come with Scan, and sql.ErrNoRows means that there is none.
func (t *Tx) Row(ctx context.Context, query string, args ...any) *sql.Row {
	if t.detached {
		ctx = context.WithoutCancel(ctx)
	}
	row := t.q.QueryRowContext(ctx, query, args...)
	if err := row.Err(); err != nil {
		t.fail(err)
	}
	return row
}

// Query runs a statement of many rows. Rows left open are closed with the transaction.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := t.enter(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := t.q.QueryContext(ctx, query, args...)
	if err != nil {
		t.fail(err)
		return nil, err
	}
	t.open = append(t.open, rows)
	return rows, nil
}

// Emit queues e until the transaction has committed; with it Tx is an event.Emitter.
func (t *Tx) Emit(e event.Event) { t.events = append(t.events, e) }

// Dialect says which database this is, for the few statements that differ.
func (t *Tx) Dialect() Dialect { return t.dialect }

// enter refuses a statement of a caller who went away, and shields one that begins.
func (t *Tx) enter(ctx context.Context) (context.Context, error) {
	if !t.detached {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
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
			err = fmt.Errorf("panic in a transaction: %v\n%s", v, debug.Stack())
		}
		for _, r := range t.open {
			_ = r.Close() // its error has come with Next or Err
		}
		t.open = nil
		if err == nil && t.failed != nil {
			err = fmt.Errorf("a statement failed and its error was not returned: %w", t.failed)
		}
	}()
	return fn(t)
}
