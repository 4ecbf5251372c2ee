package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"parley/internal/kernel/event"
)

const (
	minPostgres  = 150000           // server_version_num
	connectIn    = 10 * time.Second // one connection
	writeIn      = 30 * time.Second // a whole transaction, so that a silent network frees its caller
	maxAttempts  = 10               // after deadlocks; each is broken by PostgreSQL within a second
	maxReconnect = 3                // after lost connections: the pool may hold several that died together
)

// postgresDB is a pool of connections; transactions run beside each other and the rows' locks keep order.
type postgresDB struct {
	pool    *sql.DB
	publish func([]event.Event)
	doubt   func()
	stats   *counters
}

func openPostgres(ctx context.Context, o Options) (engine, error) {
	pool, name, err := connectPostgres(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, pool, Postgres, name, o.Log); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &postgresDB{pool: pool, publish: o.Publish, doubt: o.Doubt, stats: o.stats}, nil
}

// connectPostgres makes a pool of a server that can be used, and names it for people.
func connectPostgres(ctx context.Context, o Options) (_ *sql.DB, name string, err error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, "", fmt.Errorf("read the database URL: %w", err) // pgx leaves the password out
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "parley"
	}
	// What was acknowledged is on the disk, whatever the server's own setting is.
	config.RuntimeParams["synchronous_commit"] = "on"
	config.ConnectTimeout = connectIn
	config.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}).DialContext
	name = fmt.Sprintf("the PostgreSQL database %s at %s:%d", config.Database, config.Host, config.Port)
	n := o.Conns
	if n == 0 {
		n = max(16, 8*runtime.GOMAXPROCS(0))
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	pool.SetConnMaxIdleTime(10 * time.Minute)
	defer func() {
		if err != nil {
			_ = pool.Close() // err says more
		}
	}()
	var version int
	if err := pool.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return nil, "", fmt.Errorf("%s does not answer: %w", name, err)
	}
	if version < minPostgres {
		return nil, "", fmt.Errorf("%s is version %d, but Parley needs PostgreSQL %d or newer", name, version/10000, minPostgres/10000)
	}
	return pool, name, nil
}

func (p *postgresDB) write(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		tx, again, err := p.attempt(ctx, fn)
		if err == nil {
			p.stats.committed(1)
			if len(tx.events) > 0 {
				p.publish(tx.events)
			}
			return nil
		}
		if !again || (attempt >= maxReconnect && lost(err)) || attempt >= maxAttempts {
			return explain(err)
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// attempt runs fn once. again says that nothing was stored for a reason that may be gone the next time.
func (p *postgresDB) attempt(ctx context.Context, fn func(*Tx) error) (tx *Tx, again bool, err error) {
	c, err := p.pool.Conn(ctx)
	if err != nil {
		return nil, lost(err), fmt.Errorf("connect: %w", err)
	}
	defer func() { p.giveBack(c, err) }()
	// The caller's ctx ends the wait for a connection, not the transaction: ending a statement costs the connection.
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeIn)
	defer cancel()
	raw, err := c.BeginTx(inner, nil)
	if err != nil {
		return nil, lost(err), fmt.Errorf("begin: %w", err)
	}
	tx = &Tx{q: bounded{raw, inner}, dialect: Postgres, detached: true}
	if err := tx.run(fn); err != nil {
		_ = raw.Rollback() // of a transaction that may be gone already
		return nil, collided(err) || collided(tx.failed) || lost(tx.failed), err
	}
	if err := raw.Commit(); err != nil {
		if lost(err) && len(tx.events) > 0 && p.doubt != nil {
			p.doubt() // nobody knows whether it was stored
		}
		return nil, collided(err), fmt.Errorf("commit: %w", err)
	}
	return tx, false, nil
}

// giveBack keeps connections to a server that was shut down or became read-only out of the pool.
func (p *postgresDB) giveBack(c *sql.Conn, err error) {
	if postgresUnavailable(err) || lost(err) {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = c.Close() // back to the pool
}

func (p *postgresDB) read(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := p.readOnce(ctx, fn)
		if err == nil || attempt >= maxReconnect || ctx.Err() != nil || !lost(err) && !collided(err) {
			return explain(err)
		}
	}
}

func (p *postgresDB) readOnce(ctx context.Context, fn func(*Tx) error) error {
	raw, err := p.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{q: raw, dialect: Postgres}
	err = tx.run(fn)
	if end := raw.Rollback(); end != nil && err == nil && !errors.Is(end, sql.ErrTxDone) {
		err = fmt.Errorf("end of read: %w", end)
	}
	return err
}

func (p *postgresDB) ping(ctx context.Context) error {
	return p.read(ctx, func(tx *Tx) error {
		var standby bool
		if err := tx.Row(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
			return err
		}
		if standby {
			return fmt.Errorf("%w: PostgreSQL is a standby", ErrUnavailable)
		}
		return nil
	})
}

func (p *postgresDB) close() error { return p.pool.Close() }

// bounded ends statements with the transaction's time, whatever ctx they are called with.
type bounded struct {
	tx  *sql.Tx
	end context.Context //nolint:containedctx // the transaction's own
}

func (b bounded) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	return b.tx.ExecContext(b.end, query, args...) //nolint:contextcheck // the transaction's own
}

func (b bounded) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	return b.tx.QueryContext(b.end, query, args...) //nolint:contextcheck // the transaction's own
}

func (b bounded) QueryRowContext(_ context.Context, query string, args ...any) *sql.Row {
	return b.tx.QueryRowContext(b.end, query, args...) //nolint:contextcheck // the transaction's own
}

// pause waits a little, longer each time and never the same, so that those who collided do not collide again.
func pause(ctx context.Context, attempt int) error {
	t := time.NewTimer(time.Duration(1+rand.IntN(5*attempt*attempt)) * time.Millisecond) //nolint:gosec // jitter
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
