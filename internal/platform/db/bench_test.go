package db_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// BenchmarkWrite stores messages as chat does: lock the session's row, insert, update the row.
// PARLEY_TEST_PG adds PostgreSQL (its database is used as it is).
func BenchmarkWrite(b *testing.B) {
	for _, callers := range []int{1, 16, 200} {
		b.Run(fmt.Sprintf("sqlite/%d", callers), func(b *testing.B) { benchmarkWrite(b, filepath.Join(b.TempDir(), "b.db"), callers) })
		if url := os.Getenv("PARLEY_TEST_PG"); url != "" { //nolint:forbidigo // as the testkit
			b.Run(fmt.Sprintf("postgres/%d", callers), func(b *testing.B) { benchmarkWrite(b, url, callers) })
		}
	}
}

func benchmarkWrite(b *testing.B, url string, callers int) {
	ctx := b.Context()
	d, err := db.Open(ctx, db.Options{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // a benchmark
	sessions := seed(b, d, callers)
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for _, s := range sessions {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := message(ctx, d, s); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

// seed makes a property and n visitors with a session each.
func seed(t testing.TB, d *db.DB, n int) []id.Session {
	t.Helper()
	ctx := t.Context()
	property := id.New[id.Property]()
	var sessions []id.Session
	err := d.Write(ctx, func(tx *db.Tx) error {
		sessions = nil
		if _, err := tx.Exec(ctx, `INSERT INTO properties (id, name, settings, created_at) VALUES ($1, 'Shop', '{}', 1)`, property); err != nil {
			return err
		}
		for i := range n {
			visitor, session, chat := id.New[id.Visitor](), id.New[id.Session](), id.New[id.Chat]()
			if _, err := tx.Exec(ctx, `INSERT INTO visitors (id, property_id, number, created_at, seen_at) VALUES ($1, $2, $3, 1, 1)`, visitor, property, i+1); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, active_at, timeout_at, started_at)
				VALUES ($1, $2, $3, 'active', $4, 1, 'waiting', 1, 1, 1)`, session, property, visitor, chat); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at)
				VALUES ($1, $2, $3, $4, 1, 'waiting', 1, 1)`, chat, property, session, visitor); err != nil {
				return err
			}
			sessions = append(sessions, session)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

func message(ctx context.Context, d *db.DB, session id.Session) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		var property id.Property
		var visitor id.Visitor
		var chat id.Chat
		var state, chatState string
		var seq, vseq, version, timeout, missed int64
		err := tx.Row(ctx, `UPDATE sessions SET version = version WHERE id = $1
			RETURNING property_id, visitor_id, state, chat_id, chat_state, last_seq, last_vseq, version, timeout_at, missed_at`, session).
			Scan(&property, &visitor, &state, &chat, &chatState, &seq, &vseq, &version, &timeout, &missed)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO messages (session_id, seq, vseq, chat_id, property_id, kind, sender, author_id, client_id, text, created_at)
			VALUES ($1, $2, $3, $4, $5, 'text', 'visitor', $6, $7, $8, $9)`,
			session, seq+1, vseq+1, chat, property, visitor, id.New[string](), "Hello, is the blue one still there? I would like two.", 1_700_000_000_000+seq)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE sessions SET last_seq = $2, last_vseq = $3, visitor_count = visitor_count + 1, version = version + 1,
			unanswered_since = CASE WHEN unanswered_since = 0 THEN $4 ELSE unanswered_since END, active_at = $4, timeout_at = $5 WHERE id = $1`,
			session, seq+1, vseq+1, 1_700_000_000_000+seq, 1_700_000_000_000+seq+1_200_000)
		return err
	})
}
