package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// sqliteDB is one file: a single writer that groups transactions, and several readers beside it.
type sqliteDB struct {
	file    string
	lock    *os.File
	readers *sql.DB
	*writer
}

func openSQLite(ctx context.Context, o Options) (_ engine, err error) {
	file := strings.TrimPrefix(o.URL, "sqlite:")
	if file == "" {
		return nil, errors.New("no database was named: give the path of a file, or postgres://…")
	}
	lock, err := claim(file)
	if err != nil {
		return nil, err
	}
	d := &sqliteDB{file: file, lock: lock}
	defer func() {
		if err != nil {
			_ = d.close() // err says more
		}
	}()
	if err := checkHeader(file); err != nil {
		return nil, err
	}
	// synchronous=FULL: a commit is on the disk before anybody is told. The journal is copied back every 4,000 pages
	// (16 MB, some 30 ms): at SQLite's 1,000 it hits one message in a hundred, and hot pages are copied four times as often.
	// secure_delete: what is erased is overwritten. Hardly anything else deletes, so it costs nothing else.
	sync := map[bool]string{false: "synchronous(FULL)", true: "synchronous(OFF)"}[o.NoSync]
	pool, err := sqlitePool(file, 1, "journal_mode(WAL)", sync, "wal_autocheckpoint(4000)", "cache_size(-16000)", "journal_size_limit(67108864)", "secure_delete(1)")
	if err != nil {
		return nil, err
	}
	d.writer = &writer{pool: pool}
	if err := checkContent(ctx, pool, file); err != nil {
		return nil, err
	}
	if err := migrate(ctx, pool, SQLite, file, o.Log); err != nil {
		return nil, err
	}
	n := o.Readers
	if n == 0 {
		n = max(4, 2*runtime.GOMAXPROCS(0))
	}
	d.readers, err = sqlitePool(file, n, "query_only(1)", "cache_size(-4000)") // no mmap: each connection would count the file again, and a bad disk would end the process
	if err != nil {
		return nil, err
	}
	d.start(o)
	return d, nil
}

func (d *sqliteDB) read(ctx context.Context, fn func(*Tx) error) error {
	c, err := d.readers.Conn(ctx)
	if err != nil {
		return explain(fmt.Errorf("read: %w", err))
	}
	defer c.Close() //nolint:errcheck // back to the pool
	if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
		return explain(fmt.Errorf("begin: %w", err))
	}
	tx := &Tx{q: c, dialect: SQLite}
	err = tx.run(fn)
	if _, end := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); end != nil && err == nil {
		err = fmt.Errorf("end of read: %w", end)
	}
	return explain(err)
}

func (d *sqliteDB) ping(ctx context.Context) error {
	if err := d.read(ctx, func(tx *Tx) error { return tx.Row(ctx, "SELECT 1").Scan(new(int)) }); err != nil {
		return err
	}
	return d.probe(ctx)
}

func (d *sqliteDB) close() error {
	var first, second error
	if d.readers != nil {
		first = d.readers.Close()
	}
	if d.writer != nil {
		second = d.stop() // last: its connection's end copies the journal back into the file
	}
	return errors.Join(first, second, d.lock.Close())
}
