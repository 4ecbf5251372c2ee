package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// maxStatements is how many prepared statements a connection keeps. All of Parley's SQL is a few hundred texts.
const maxStatements = 512

// sqlitePool opens connections to file with the pragmas that every connection needs, plus its own.
func sqlitePool(file string, size int, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	q := url.Values{"_pragma": append([]string{
		"busy_timeout(5000)", // first: the others may have to wait for a lock themselves
		"foreign_keys(1)",
		"temp_store(MEMORY)",
	}, pragmas...)}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}
	base, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector{base})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// connector makes connections that keep their prepared statements: parsing a statement costs several times its execution.
// It sits below database/sql, whose own prepared statements would have to be carried through every call.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := raw.(fullConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T lacks a method", raw), raw.Close())
	}
	return &conn{fullConn: full, statements: map[string]*statement{}}, nil
}

// fullConn is what modernc's connection can do.
type fullConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type conn struct {
	fullConn
	statements map[string]*statement
}

// statement is a prepared statement; while its rows are read it is busy and cannot be run a second time.
type statement struct {
	fullStmt
	busy bool
	rows rows
}

type rows struct {
	driver.Rows
	of *statement
}

// Close gives the statement back.
func (r *rows) Close() error {
	err := r.Rows.Close()
	r.Rows, r.of.busy = nil, false
	return err
}

func (c *conn) statement(ctx context.Context, query string) (*statement, error) {
	if s, ok := c.statements[query]; ok {
		if s.busy {
			return nil, driver.ErrSkip // read within its own rows: database/sql prepares another for this once
		}
		return s, nil
	}
	if len(c.statements) >= maxStatements {
		c.forget()
	}
	raw, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	full, ok := raw.(fullStmt)
	if !ok {
		return nil, errors.Join(driver.ErrSkip, raw.Close())
	}
	s := &statement{fullStmt: full}
	s.rows.of = s
	c.statements[query] = s
	return s, nil
}

// forget closes the statements that nobody reads; a query built from text at run time must not grow the cache for ever.
func (c *conn) forget() {
	for query, s := range c.statements {
		if !s.busy {
			_ = s.Close() // it reports the error of the last execution again
			delete(c.statements, query)
		}
	}
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy, s.rows.Rows = true, r
	return &s.rows, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	for _, s := range c.statements {
		_ = s.Close() // it reports the error of the last execution again
	}
	clear(c.statements)
	return c.fullConn.Close()
}
