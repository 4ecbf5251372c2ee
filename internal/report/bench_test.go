package report_test

import (
	"context"
	"fmt"
	"testing"

	"parley/internal/chat"
	"parley/internal/report"
	"parley/internal/testkit"
)

// BenchmarkHome reads the figures of a property with 500,000 chats of one year (5,000,000 messages at ten a chat: messages are
// not looked at), as the first dashboard does, and as one does that asks again.
func BenchmarkHome(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *testkit.Env{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			e := open(b)
			h := year(b, e)
			for _, days := range []int{1, 7, 30} {
				b.Run(fmt.Sprintf("first/days=%d", days), func(b *testing.B) {
					for b.Loop() {
						h.s = report.New(report.Options{Now: e.Clock.Now, Chats: &chat.Service{DB: e.DB, Now: e.Clock.Now}, Visits: h.visits})
						h.home(days, "Europe/Prague")
					}
				})
				b.Run(fmt.Sprintf("again/days=%d", days), func(b *testing.B) {
					for b.Loop() {
						e.Clock.Advance(1_000_000_000) // what was kept of today has run out
						h.home(days, "Europe/Prague")
					}
				})
			}
		})
	}
}

func year(b *testing.B, e *testkit.Env) *house {
	b.Helper()
	const chats = 500_000
	h := open(b, e)
	v := e.Visitor(b, h.p)
	from := e.Clock.Now().AddDate(-1, 0, 0).UnixMilli()
	each := (e.Clock.Now().UnixMilli() - from) / chats
	series := fmt.Sprintf(`WITH RECURSIVE g(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM g WHERE i < %d), at(i, ms) AS (SELECT i, %d + i * %d FROM g) `, chats, from, each)
	e.Exec(b, series+fmt.Sprintf(`
		INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, active_at, timeout_at, started_at, ended_at, rating, comment)
		SELECT 's' || i, '%s', '%s', 'ended', 'c' || i, 1, 'ended', ms, 0, ms, ms + 600000, CASE WHEN i %% 3 = 0 THEN 1 WHEN i %% 40 = 1 THEN -1 ELSE 0 END,
			CASE WHEN i %% 120 = 0 THEN 'Thank you' ELSE '' END FROM at`, h.p, v.ID))
	e.Exec(b, series+fmt.Sprintf(`
		INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at, served_at, ended_at)
		SELECT 'c' || i, '%s', 's' || i, '%s', 1, CASE WHEN i %% 12 = 0 THEN 'missed' ELSE 'ended' END, 1, ms,
			CASE WHEN i %% 12 = 0 THEN 0 ELSE ms + (i * 7919) %% 120000 END, ms + 600000 FROM at`, h.p, v.ID))
	if e.DB.Dialect() == "postgres" {
		e.Exec(b, "ANALYZE")
	}
	if n := testkit.Get[int](b, e, `SELECT count(*) FROM chats`); n != chats {
		b.Fatalf("%d chats", n)
	}
	if _, err := h.s.Home(context.Background(), h.ann, 1, ""); err != nil {
		b.Fatal(err)
	}
	return h
}
