package chat

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

func (w *world) erase(t *testing.T, p id.Property, v id.Visitor) (gone Erasure) {
	t.Helper()
	err := w.Env.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
		gone, err = w.Erase(t.Context(), tx, p, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return gone
}

func (w *world) export(t *testing.T, p id.Property, v id.Visitor) (e Export) {
	t.Helper()
	err := w.Env.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		e, err = w.Export(t.Context(), tx, p, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// found is how many chats the search finds, once everything is indexed.
func (w *world) found(t *testing.T, q string) int {
	t.Helper()
	w.unindexed.Store(true)
	if err := w.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := w.History(t.Context(), w.ann, Filter{Q: q})
	if err != nil {
		t.Fatal(err)
	}
	return len(f.Items)
}

// rows counts what is stored of conversations, in every table that has something of them.
func (w *world) rows(t *testing.T) map[string]int64 {
	t.Helper()
	n := map[string]int64{}
	for _, table := range []string{"sessions", "chats", "chat_members", "messages", "reads", "openers"} {
		n[table] = testkit.Get[int64](t, w.Env, `SELECT count(*) FROM `+table)
	}
	if w.Env.DB.Dialect() == db.SQLite {
		n["search"] = testkit.Get[int64](t, w.Env, `SELECT count(*) FROM messages_search_docsize`)
		w.Exec(t, `INSERT INTO messages_search (messages_search) VALUES ('integrity-check')`)
	}
	return n
}

// talk is a session with two chats, whispers and reads, the last words of which are in no index yet.
func (w *world) talk(t *testing.T, secret string) id.Session {
	t.Helper()
	s := w.say(t, "first "+secret).Session
	chat := w.chat(t)
	w.send(t, w.ann, chat, "answer "+secret)
	must(t)(w.Send(t.Context(), w.bob, chat, AgentSay{ClientID: id.New[string](), Text: "whisper " + secret, Whisper: true}))
	must(t)(w.Close(t.Context(), w.ann, chat, "c"))
	if err := w.Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.say(t, "again "+secret)
	if err := w.MarkTeam(t.Context(), w.ann, w.chat(t), 3, 3, 1); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEraseLeavesNothingOfTheVisitorAndAllOfTheOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.talk(t, "apricot")
		kept, vera := w.rows(t), w.vera
		eve := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p}
		w.vera = eve
		first := w.talk(t, "banana")
		must(t)(w.EndSession(t.Context(), eve, "e", first))
		w.talk(t, "banana")
		if n := w.found(t, "banana"); n != 4 {
			t.Fatalf("found %d chats before, want 4", n)
		}
		w.say(t, "banana, not indexed yet")

		if gone := w.erase(t, w.Property(t), eve.ID); gone != (Erasure{}) {
			t.Errorf("another property erased %+v", gone)
		}
		w.Events()
		if gone, want := w.erase(t, w.p, eve.ID), (Erasure{Sessions: 2, Chats: 4, Messages: 14}); gone != want {
			t.Errorf("erased %+v, want %+v", gone, want)
		}
		same(t, "told", testkit.Published(t, w.Env, ErasedTopic), []Erased{{Visitor: eve.ID, Sessions: 2}})
		if w.Env.DB.Dialect() == db.SQLite { // all of Vera's words are indexed by now
			kept["search"]++
		}
		same(t, "what is stored", w.rows(t), kept)
		same(t, "erased again", w.erase(t, w.p, eve.ID), Erasure{})
		same(t, "found", []int{w.found(t, "banana"), w.found(t, "apricot")}, []int{0, 2})

		w.say(t, "cherry") // may get the number of a message that is gone
		same(t, "found after new words", []int{w.found(t, "cherry"), w.found(t, "banana"), w.found(t, "apricot")}, []int{1, 0, 2})
		w.vera = vera
		if r, err := w.Resume(t.Context(), vera, "", 0); err != nil || r.Session == nil {
			t.Errorf("the other visitor: %+v, %v", r, err)
		}
	})
}

// TestErasedWordsAreNotInTheFile: SQLite leaves what was deleted where it was, unless it is told not to.
func TestErasedWordsAreNotInTheFile(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.talk(t, "xylophonist")
	if w.found(t, "xylophonist") != 2 {
		t.Fatal("nothing to erase")
	}
	w.erase(t, w.p, w.vera.ID)
	if err := w.Env.DB.Close(); err != nil { // copies the journal back
		t.Fatal(err)
	}
	raw, err := os.ReadFile(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(raw, []byte("xylophon")); n != 0 {
		t.Errorf("the file holds erased words %d times", n)
	}
}

func TestRetentionTakesTheOldestThatEnded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var ended []id.Session
		for range 4 {
			w.vera.ID = id.New[id.Visitor]()
			s := w.talk(t, "old")
			must(t)(w.EndSession(t.Context(), w.vera, "e", s))
			ended = append(ended, s)
			w.Clock.Advance(time.Hour)
		}
		w.vera.ID = id.New[id.Visitor]()
		active := w.talk(t, "old") // goes on
		before := testkit.Get[int64](t, w.Env, `SELECT ended_at FROM sessions WHERE id = $1`, ended[3])
		for i, want := range []int64{2, 1, 0} {
			gone, err := w.EraseEndedBefore(t.Context(), w.p, before, 2)
			if err != nil || gone.Sessions != want || gone.Chats != 2*want || gone.Messages != 7*want {
				t.Errorf("call %d: %+v, %v, want %d sessions", i, gone, err, want)
			}
			if i == 0 {
				left := testkit.Get[int64](t, w.Env, `SELECT count(*) FROM sessions WHERE id IN ($1, $2)`, ended[0], ended[1])
				same(t, "the two oldest", left, int64(0))
			}
		}
		left := testkit.Get[int64](t, w.Env, `SELECT count(*) FROM sessions WHERE id IN ($1, $2)`, ended[3], active)
		same(t, "those that are young or go on", left, int64(2))
		same(t, "found", w.found(t, "old"), 4)
		if gone, err := w.EraseEndedBefore(t.Context(), w.Property(t), before+1, 9); err != nil || gone != (Erasure{}) {
			t.Errorf("another property's: %+v, %v", gone, err)
		}
	})
}

func TestExport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.talk(t, "plum")
		must(t)(w.EndSession(t.Context(), w.vera, "e", s))
		must(t)(w.Rate(t.Context(), w.vera, Rating{ClientID: "r", Session: s, Rating: 1, Comment: "thanks"}))
		e := w.export(t, w.p, w.vera.ID)
		if len(e.Sessions) != 1 || e.Sessions[0].ID != s || e.Sessions[0].EndedBy != wire.EndedByVisitor || e.Sessions[0].Comment != "thanks" {
			t.Fatalf("sessions: %+v", e.Sessions)
		}
		var thread, chats []string
		for _, m := range e.Sessions[0].Messages {
			line := string(m.Kind) + " " + m.Author + " " + m.Text
			if m.Private {
				line = "(" + line + ")"
			}
			thread = append(thread, line)
		}
		for _, c := range e.Sessions[0].Chats {
			chats = append(chats, string(c.State)+" "+slices.Concat(c.Agents, []string{"nobody"})[0])
		}
		same(t, "thread", thread, []string{
			"text  first plum", "joined Ann ", "text Ann answer plum", "(whisper Bob whisper plum)", "(closed Ann )",
			"text  again plum", "ended  ", "(rated  thanks)",
		})
		same(t, "chats", chats, []string{"closed Ann", "missed nobody"})
		for _, p := range []id.Property{w.p, w.Property(t)} {
			v := w.vera.ID
			if p == w.p {
				v = id.New[id.Visitor]()
			}
			same(t, "a stranger's", w.export(t, p, v), Export{Sessions: []ExportedSession{}, Openers: []ExportedOpener{}})
		}
	})
}

// TestWhatIsDeletedIsFoundByAnIndex: every reference to what can be deleted is followed when it is, through every row of its
// table if there is no index that begins with it.
func TestWhatIsDeletedIsFoundByAnIndex(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		query := `
			SELECT m.name || '.' || f."from" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
			WHERE m.type = 'table' AND f."table" IN ('visitors', 'sessions', 'chats') AND NOT EXISTS (
				SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i WHERE l.partial = 0 AND i.seqno = 0 AND i.name = f."from")`
		if w.Env.DB.Dialect() == db.Postgres {
			query = `
			SELECT r.relname || '.' || a.attname FROM pg_constraint c
			JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
			JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
			WHERE c.contype = 'f' AND t.relname IN ('visitors', 'sessions', 'chats') AND NOT EXISTS (
				SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL AND i.indkey[0] = c.conkey[1])`
		}
		err := w.Env.DB.Read(t.Context(), func(tx *db.Tx) error {
			list, err := lockAll(t.Context(), tx, query)
			if len(list) > 0 {
				t.Errorf("no index begins with %v", list)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
