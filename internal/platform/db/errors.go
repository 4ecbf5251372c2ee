package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/internal/kernel/errs"
)

// IsUnique reports whether err is a violation of a unique index or primary key. The transaction is lost then:
// return from it, and look at what is stored in another one.
func IsUnique(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "23505"
}

// explain makes ErrUnavailable, with the cause, of an error that comes from the state of the database and not of the call.
func explain(err error) error {
	if err == nil || errs.Find(err) != nil {
		return err
	}
	if sqliteUnavailable(err) || postgresUnavailable(err) || lost(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// sqliteUnavailable: disk full, read-only, input or output error, file gone, locked by a foreign process.
func sqliteUnavailable(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

// full: the disk has no room, and nothing else is wrong.
func full(err error) bool { return primary(err) == sqlite3.SQLITE_FULL }

// damaged: the file is no database, or not a sound one.
func damaged(err error) bool {
	p := primary(err)
	return p == sqlite3.SQLITE_CORRUPT || p == sqlite3.SQLITE_NOTADB
}

// primary is SQLite's result code without its extension; 0 for errors of anything else.
func primary(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func postgresUnavailable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case "25006", "55P03", "57P01", "57P02", "57P03", "57P05": // read-only, lock timeout, shut down, crashed, starting, idle
		return true
	}
	return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "53") || strings.HasPrefix(e.Code, "58") // connection, resources, system
}

// collided: two transactions waited for each other; the same one may be run again.
func collided(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// lost: the connection is gone, and with it the transaction, unless it was committing.
func lost(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "08") || e.Code == "57P01" || e.Code == "57P02" || e.Code == "57P03"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok && !isContext(err)
}

// noTable: a table is not there.
func noTable(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "42P01"
	}
	return primary(err) == sqlite3.SQLITE_ERROR && strings.Contains(err.Error(), "no such table") // SQLite has no code of its own for it
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
