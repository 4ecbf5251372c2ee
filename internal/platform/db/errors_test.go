package db

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"parley/internal/kernel/errs"
)

// A connection whose network has gone says so in its own words: nothing was stored, and the caller may try again.
func TestAClosedConnectionIsAnOutage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // a test
	here, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgconn.ParseConfig("postgres://parley@127.0.0.1/parley")
	if err != nil {
		t.Fatal(err)
	}
	c, err := pgconn.Construct(&pgconn.HijackedConn{Conn: here, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	_ = there.Close()
	var last error
	for range 2 { // the first finds out, the second knows
		_, last = c.Exec(t.Context(), "BEGIN").ReadAll()
		if got := explain(fmt.Errorf("begin: %w", last)); !errors.Is(got, ErrUnavailable) || errs.KindOf(got) != errs.Unavailable || !lost(last) {
			t.Errorf("%v is taken for %v", last, got)
		}
	}
	if !errors.Is(last, pgconn.ErrConnClosed) {
		t.Errorf("the second time: %v, want %v", last, pgconn.ErrConnClosed)
	}
}
