package chat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

// TestListIsWhatTheRulesList: the query and Life.Listed are the same rule, told twice.
func TestListIsWhatTheRulesList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := rand.New(rand.NewPCG(1, 2))
		for range 12 {
			w.vera.ID = id.New[id.Visitor]()
			s := w.say(t, "hello").Session
			for range 5 {
				chat := w.chat(t)
				_ = w.actOn(t.Context(), []actor.Agent{w.ann, w.bob}[r.IntN(2)], chat, r.IntN(6), id.New[string]())
			}
			switch r.IntN(4) {
			case 0:
				must(t)(w.EndSession(t.Context(), w.vera, "e", s))
			case 1:
				w.say(t, "again")
			}
		}
		w.Clock.Advance(6 * time.Minute)
		sweep(t, w.Service)
		for _, a := range []actor.Agent{w.ann, w.bob} {
			l, err := w.List(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			got, want := []id.Chat{}, []id.Chat{}
			for _, row := range l.Rows {
				got = append(got, row.ID)
			}
			for chat, life := range w.lives(t) {
				if life.Listed(a.ID) {
					want = append(want, chat)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			same(t, "list", got, want)
			if len(want) < 3 {
				t.Errorf("only %d chats are listed: the test says little", len(want))
			}
		}
	})
}

// lives is every session's life with its newest chat.
func (w *world) lives(t *testing.T) map[id.Chat]Life {
	t.Helper()
	all := map[id.Chat]Life{}
	err := w.Env.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT `+sessionColumns+` FROM sessions`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s session
			if err := rows.Scan(s.fields()...); err != nil {
				return err
			}
			all[s.ChatID] = Life{Standing: s.Standing}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		for chat, l := range all {
			if l.Members, err = members(t.Context(), tx, chat); err != nil {
				return err
			}
			all[chat] = l
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		say := func(words ...string) id.Chat {
			w.vera.ID = id.New[id.Visitor]()
			for _, text := range words {
				w.say(t, text)
			}
			return w.chat(t)
		}
		hour := func() int64 { w.Clock.Advance(time.Minute); return w.Clock.Now().UnixMilli() }
		boots := say("Do you have red boots?", "size 42, please", strings.Repeat("a long letter about ", 20)+"winter boots and more")
		at1 := hour()
		w.send(t, w.ann, boots, "We do: https://shop.example/boots-42")
		must(t)(w.Send(t.Context(), w.ann, boots, AgentSay{ClientID: "w", Text: "reorder needed", Whisper: true}))
		must(t)(w.Close(t.Context(), w.ann, boots, "c"))
		arabic := say("هل لديكم أحذية حمراء")
		at2 := hour()
		must(t)(w.Close(t.Context(), w.bob, arabic, "hides-it-and-was-never-in-it"))
		hats := say("Red hats? O'Neill's \"best\" 100% * OR NOT AND (", "ÜBER cool", "\U0001F525")
		if err := w.Index(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			f    Filter
			want []id.Chat
		}{
			"all, newest first":    {Filter{}, []id.Chat{hats, arabic, boots}},
			"waiting":              {Filter{State: wire.Waiting}, []id.Chat{hats, arabic}},
			"closed":               {Filter{State: wire.ChatClosed}, []id.Chat{boots}},
			"missed":               {Filter{State: wire.ChatMissed}, nil},
			"with Ann":             {Filter{Agent: w.ann.ID}, []id.Chat{boots}},
			"with Bob":             {Filter{Agent: w.bob.ID}, nil},
			"from":                 {Filter{From: at1}, []id.Chat{hats, arabic}},
			"to":                   {Filter{To: at2}, []id.Chat{arabic, boots}},
			"a word":               {Filter{Q: "red"}, []id.Chat{hats, boots}},
			"a word, any case":     {Filter{Q: "RED"}, []id.Chat{hats, boots}},
			"the beginning":        {Filter{Q: "boo"}, []id.Chat{boots}},
			"only the last begins": {Filter{Q: "bo red"}, nil},
			"all words":            {Filter{Q: "red boots"}, []id.Chat{boots}},
			"in one message":       {Filter{Q: "red size"}, nil},
			"a whisper":            {Filter{Q: "reorder"}, []id.Chat{boots}},
			"Arabic":               {Filter{Q: "أحذية"}, []id.Chat{arabic}},
			"umlaut":               {Filter{Q: "über"}, []id.Chat{hats}},
			"a link":               {Filter{Q: "https://shop.example/boots-42"}, []id.Chat{boots}},
			"none":                 {Filter{Q: "gloves"}, nil},
			"signs only":           {Filter{Q: "\U0001F525 * \" '"}, nil},
			"and a filter":         {Filter{Q: "red", State: wire.ChatClosed}, []id.Chat{boots}},
			"not an event":         {Filter{Q: "joined"}, nil},
		} {
			found, err := w.History(t.Context(), w.ann, tt.f)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var got []id.Chat
			for _, f := range found.Items {
				got = append(got, f.Row.ID)
			}
			same(t, name, got, tt.want)
		}
		found, _ := w.History(t.Context(), w.ann, Filter{Q: "winter boots"})
		if s := found.Items[0].Snippet; !strings.HasPrefix(s, "…") || !strings.HasSuffix(s, "winter boots and more") || len(s) > 250 {
			t.Errorf("snippet %q", s)
		}
		for _, q := range hostile {
			if _, err := w.History(t.Context(), w.ann, Filter{Q: q}); err != nil {
				t.Errorf("%q: %v", q, err)
			}
		}
		if _, err := w.History(t.Context(), w.ann, Filter{State: "' OR 1=1 --"}); err == nil {
			t.Error("an unknown state is fine")
		}
	})
}

// hostile is what breaks out of a search that is put together from text.
var hostile = []string{
	`"`, `""`, `"""a`, `'`, `''a`, `\`, `\'a`, `a\`, `a:*`, `a & !b | (c`, `a NEAR b`, `NEAR(a b)`, `a AND`, `OR`, `NOT a`, `-a`, `+a`, `^a`, `text:a`, `{a b}:c`,
	`a*b*`, `*`, `(`, `)`, `<->`, `a <2> b`, "a\x00b", "\xff\xfe", "a\u2028b", strings.Repeat("word ", 200), strings.Repeat("x", 5000), `%s %d $1 ?`, `1=1; DROP TABLE chats`,
}

func FuzzSearch(f *testing.F) {
	for _, q := range hostile {
		f.Add(q)
	}
	w := newWorld(f, testkit.SQLite(f))
	w.say(f, "some words")
	f.Fuzz(func(t *testing.T, q string) {
		if _, err := w.History(t.Context(), w.ann, Filter{Q: q}); err != nil {
			t.Errorf("%q: %v", q, err)
		}
	})
}

func TestHistoryPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want := map[id.Chat]bool{}
		for i := range 25 { // several began in the same millisecond
			w.vera.ID = id.New[id.Visitor]()
			w.say(t, "hello")
			want[w.chat(t)] = true
			if i%7 == 0 {
				w.Clock.Advance(time.Second)
			}
		}
		cursor, pages := "", 0
		for {
			p, err := w.History(t.Context(), w.ann, Filter{Limit: 10, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range p.Items {
				if !want[f.Row.ID] {
					t.Errorf("%s twice, or from nowhere", f.Row.ID)
				}
				delete(want, f.Row.ID)
			}
			if pages, cursor = pages+1, p.Next; cursor == "" {
				break
			}
		}
		if len(want) != 0 || pages != 3 {
			t.Errorf("%d left after %d pages", len(want), pages)
		}
	})
}

// TestIndexGoesOnAfterACrash: what was said and not indexed is found after the next start.
func TestIndexGoesOnAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		find := func(q string) int {
			f, err := w.History(t.Context(), w.ann, Filter{Q: q})
			if err != nil {
				t.Fatal(err)
			}
			return len(f.Items)
		}
		for i := range indexPage + 5 {
			w.say(t, fmt.Sprintf("early%d", i))
		}
		if err := w.Index(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.say(t, "late")
		w.Service = service(w.Env.DB, w.Env) // a new process knows nothing of what is not indexed …
		w.unindexed.Store(true)              // … but looks once, as Run does
		for range 2 {
			if err := w.Index(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if find("early0") != 1 || find(fmt.Sprintf("early%d", indexPage+4)) != 1 || find("late") != 1 {
			t.Errorf("found %d, %d, %d", find("early0"), find(fmt.Sprintf("early%d", indexPage+4)), find("late"))
		}
	})
}

// TestReadingIsAWalkOfAnIndex looks at the plans of what is read most, with more rows than a scan would be cheaper for.
func TestReadingIsAWalkOfAnIndex(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "hello").Session
		chat := w.chat(t)
		w.fill(t, s, chat, 40_000)
		for name, tt := range map[string]struct {
			query string
			args  []any
			index string
		}{
			"last messages":         {span{}.query(), []any{s, 0, 1 << 60, 51}, "messages_order"},
			"what the visitor sees": {span{visible: true}.query(), []any{s, 0, 1 << 60, 51}, "messages_visitor"},
			"history":               {selectRows(`(SELECT * FROM chats c WHERE c.property_id = $1 ORDER BY c.started_at DESC, c.id DESC LIMIT $2)`), []any{w.p, 51}, "chats_history"},
			"due":                   {`SELECT id FROM sessions WHERE timeout_at > 0 AND timeout_at <= $1`, []any{0}, "sessions_timeout"},
		} {
			plan := w.plan(t, tt.query, tt.args)
			if !strings.Contains(plan, tt.index) || strings.Contains(plan, "SCAN m\n") || strings.Contains(plan, "Seq Scan on messages") || strings.Contains(plan, "Sort") {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
		th, err := w.Messages(t.Context(), w.ann, chat, 0, 0, 50)
		if err != nil || len(th.Messages) != 50 || th.Messages[49].Seq != 40_001 || !th.More {
			t.Errorf("last 50: %d, %v", len(th.Messages), err)
		}
	})
}

// fill stores n messages at once, and the statistics of them.
func (w *world) fill(t *testing.T, s id.Session, chat id.Chat, n int) {
	t.Helper()
	w.Exec(t, `
		WITH RECURSIVE i (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM i WHERE n <= $5)
		INSERT INTO messages (session_id, seq, vseq, chat_id, property_id, kind, sender, author_id, client_id, text, created_at)
		SELECT $1, n, n, $2, $3, 'text', 'visitor', CAST($4 AS TEXT), 'f' || n, 'words', 1 FROM i`, s, chat, w.p, w.vera.ID, n)
	w.Exec(t, `UPDATE sessions SET last_seq = $1, last_vseq = $1`, n+1)
	// And some years of other sessions, each a chat with a message.
	w.Exec(t, `
		WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 3000)
		INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, last_seq, active_at, timeout_at, started_at)
		SELECT 's' || n, $1, CAST($2 AS TEXT), 'ended', 'c' || n, 1, 'ended', 1, n, 0, n FROM i`, w.p, w.vera.ID)
	w.Exec(t, `INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at)
		SELECT chat_id, property_id, id, visitor_id, 1, 'ended', 1, started_at FROM sessions WHERE state = 'ended'`)
	w.Exec(t, `INSERT INTO messages (session_id, seq, vseq, chat_id, property_id, kind, sender, author_id, client_id, text, created_at)
		SELECT id, 1, 1, chat_id, property_id, 'text', 'visitor', visitor_id, id, 'words', 1 FROM sessions WHERE state = 'ended'`)
	w.Exec(t, `ANALYZE`)
}

func (w *world) plan(t *testing.T, query string, args []any) string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if w.Env.DB.Dialect() == db.Postgres {
		explain = "EXPLAIN "
	}
	var plan strings.Builder
	err := w.Env.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), explain+query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, _ := rows.Columns()
		for rows.Next() {
			var line string
			fields := []any{&line}
			for len(fields) < len(columns) {
				fields = append([]any{new(any)}, fields...)
			}
			if err := rows.Scan(fields...); err != nil {
				return err
			}
			plan.WriteString(line + "\n")
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
