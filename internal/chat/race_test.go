package chat

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

// together runs fns at the same time and waits for all of them.
func together(fns ...func()) {
	var wg sync.WaitGroup
	for _, fn := range fns {
		wg.Go(fn)
	}
	wg.Wait()
}

// blocked waits until PostgreSQL reports that somebody waits for a lock in this database.
func blocked(t *testing.T, d *db.DB) {
	t.Helper()
	for t.Context().Err() == nil {
		n := 0
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
	t.Fatal("nobody waits")
}

// first plays a visitor's message by hand and holds its transaction open until the second one waits for it.
func firstThen(t *testing.T, w *world, in VisitorSay, second func()) {
	t.Helper()
	var wg sync.WaitGroup
	err := w.Env.DB.Write(t.Context(), func(tx *db.Tx) error {
		tn := turn{
			command:  Command{Kind: VisitorSays, At: w.Clock.Now(), Text: in.Text, Times: patience},
			clientID: in.ClientID, author: string(w.vera.ID),
		}
		if err := tn.findForSay(t.Context(), tx, w.Service, w.vera, in.Facts); err != nil {
			return err
		}
		if _, _, err := tn.play(t.Context(), tx); err != nil {
			return err
		}
		wg.Go(second)
		if tx.Dialect() == db.Postgres { // on SQLite the second one waits for the only writer
			blocked(t, w.Env.DB)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wg.Wait()
}

func TestTwoFirstMessagesAtOnceAreOneSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var ack wire.Ack
		var err error
		firstThen(t, w, VisitorSay{ClientID: "tab1", Text: "one"}, func() {
			ack, err = w.Say(t.Context(), w.vera, VisitorSay{ClientID: "tab2", Text: "two"})
		})
		if err != nil || ack.Seq != 2 {
			t.Errorf("the second tab: %+v, %v", ack, err)
		}
		same(t, "visitor", w.sees(t), []string{"text one", "text two"})
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM sessions`); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestADuplicateInFlightIsStoredOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, when := range []string{"of the first message", "of a later one"} {
			var ack wire.Ack
			var err error
			in := VisitorSay{ClientID: id.New[string](), Text: when}
			w.Forget()
			firstThen(t, w, in, func() { ack, err = w.Say(t.Context(), w.vera, in) })
			stored := must(t)(w.Say(t.Context(), w.vera, in))
			if err != nil || ack != stored {
				t.Errorf("%s: got %+v, %v; want %+v", when, ack, err, stored)
			}
			if n := len(testkit.Published(t, w.Env, SaidTopic)); n != 1 {
				t.Errorf("%s: told %d times", when, n)
			}
		}
		same(t, "visitor", w.sees(t), []string{"text of the first message", "text of a later one"})
	})
}

// TestASessionThatIsThereAlready: the row was not there when it was looked for, and is when it is written.
func TestASessionThatIsThereAlready(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "one")
		err := w.Env.DB.Write(t.Context(), func(tx *db.Tx) error {
			return insertSession(t.Context(), tx, session{ID: id.New[id.Session](), Property: w.p, Visitor: w.vera.ID, Standing: Standing{State: Active, Chat: wire.Waiting}})
		})
		if !errors.Is(err, errRaced) {
			t.Fatalf("got %v, want errRaced", err)
		}
		tries := 0
		err = w.write(t.Context(), func(*db.Tx) error {
			if tries++; tries < 3 {
				return errRaced
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("tried %d times: %v", tries, err)
		}
	})
}

// TestCloseRacesWithAMessage: whoever is first, nothing is lost and the visitor's words wait for somebody.
func TestCloseRacesWithAMessage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 20 {
			w.vera.ID = id.New[id.Visitor]()
			w.say(t, "one")
			chat := w.chat(t)
			w.send(t, w.ann, chat, "two")
			var closed, said error
			together(
				func() { _, closed = w.Close(t.Context(), w.ann, chat, "c") },
				func() {
					_, said = w.Say(t.Context(), w.vera, VisitorSay{ClientID: id.New[string](), Text: "three"})
				},
			)
			if closed != nil || said != nil {
				t.Fatalf("%d: %v, %v", i, closed, said)
			}
			newest := w.row(t, w.ann, w.chat(t))
			switch {
			case newest.Number == 2 && newest.State == wire.Waiting: // closed, then written
			case newest.Number == 1 && newest.State == wire.ChatClosed && newest.UnansweredSince > 0: // written, then closed
			default:
				t.Errorf("%d: %+v", i, newest)
			}
			same(t, "visitor", w.sees(t), []string{"text one", "joined", "text two", "text three"})
		}
	})
}

// TestManyAtOnceKeepTheRules lets everybody do anything at the same time and then looks at what is stored.
func TestManyAtOnceKeepTheRules(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		visitors := make([]actor.Visitor, 4)
		var work []func()
		for i := range visitors {
			visitors[i] = actor.Visitor{ID: id.New[id.Visitor](), Property: w.p}
			for tab := range 2 {
				work = append(work, func() { w.beVisitor(t, visitors[i], uint64(10*i+tab)) })
			}
		}
		for i, a := range []actor.Agent{w.ann, w.bob, w.ann} {
			work = append(work, func() { w.beAgent(t, a, uint64(100+i)) })
		}
		work = append(work, func() {
			for range 30 {
				w.Clock.Advance(time.Minute)
				sweep(t, w.Service)
			}
		})
		together(work...)
		w.checkStored(t)
	})
}

func (w *world) beVisitor(t *testing.T, v actor.Visitor, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 40 {
		var err error
		switch r.IntN(10) {
		case 0:
			resumed, _ := w.Resume(t.Context(), v, "", 0)
			if resumed.Session != nil {
				_, err = w.EndSession(t.Context(), v, "e", resumed.Session.ID)
			}
		case 1:
			err = w.VisitorLeft(t.Context(), v.Property, v.ID)
		default: // both tabs send the same: a duplicate each
			_, err = w.Say(t.Context(), v, VisitorSay{ClientID: fmt.Sprint("m", i), Text: fmt.Sprint("text ", i)})
		}
		if err != nil {
			t.Errorf("visitor: %v", err)
		}
	}
}

func (w *world) beAgent(t *testing.T, a actor.Agent, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	for i := range 60 {
		l, err := w.List(t.Context(), a)
		if err != nil {
			t.Errorf("list: %v", err)
			return
		}
		if len(l.Rows) == 0 {
			continue
		}
		if err := w.actOn(t.Context(), a, l.Rows[r.IntN(len(l.Rows))].ID, r.IntN(6), fmt.Sprint("a", seed, "-", i)); err != nil &&
			!errors.Is(err, ErrEnded) && !errors.Is(err, ErrSuperseded) && !errors.Is(err, ErrClosed) {
			t.Errorf("agent: %v", err)
		}
	}
}

func (w *world) actOn(ctx context.Context, a actor.Agent, chat id.Chat, what int, key string) (err error) {
	switch what {
	case 0:
		_, err = w.Join(ctx, a, chat, key)
	case 1:
		_, err = w.Leave(ctx, a, chat, key)
	case 2:
		_, err = w.Close(ctx, a, chat, key)
	case 3:
		_, err = w.Send(ctx, a, chat, AgentSay{ClientID: key, Text: "psst", Whisper: true})
	default:
		_, err = w.Send(ctx, a, chat, AgentSay{ClientID: key, Text: "answer"})
	}
	return err
}

// checkStored counts what must not be there.
func (w *world) checkStored(t *testing.T) {
	t.Helper()
	for rule, query := range map[string]string{
		"seq has no gap":       `SELECT count(*) FROM sessions s WHERE last_seq <> (SELECT count(*) FROM messages m WHERE m.session_id = s.id AND m.seq BETWEEN 1 AND s.last_seq)`,
		"nothing above seq":    `SELECT count(*) FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.seq > s.last_seq OR m.vseq > s.last_vseq`,
		"vseq has no gap":      `SELECT count(*) FROM sessions s WHERE last_vseq <> (SELECT count(*) FROM messages m WHERE m.session_id = s.id AND m.vseq BETWEEN 1 AND s.last_vseq)`,
		"vseq grows with seq":  `SELECT count(*) FROM messages a JOIN messages b ON b.session_id = a.session_id AND b.seq > a.seq WHERE a.vseq > b.vseq AND b.vseq > 0`,
		"visitor_count":        `SELECT count(*) FROM sessions s WHERE visitor_count <> (SELECT count(*) FROM messages m WHERE m.session_id = s.id AND m.sender = 'visitor')`,
		"no doubles":           `SELECT count(*) FROM (SELECT author_id, client_id FROM messages WHERE sender <> 'system' GROUP BY author_id, client_id HAVING count(*) > 1) x`,
		"the newest chat":      `SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM chats c WHERE c.id = s.chat_id AND c.session_id = s.id AND c.state = s.chat_state AND c.number = s.chat_number)`,
		"older chats are done": `SELECT count(*) FROM chats c JOIN sessions s ON s.id = c.session_id WHERE c.id <> s.chat_id AND c.state NOT IN ('closed', 'missed')`,
		"ended is done":        `SELECT count(*) FROM sessions WHERE state = 'ended' AND (chat_state IN ('waiting', 'served') OR timeout_at > 0 OR missed_at > 0 OR ended_by = '')`,
		"active is alive":      `SELECT count(*) FROM sessions WHERE state = 'active' AND (timeout_at = 0 OR chat_state = 'ended' OR (missed_at > 0 AND chat_state <> 'waiting'))`,
		"served by somebody":   `SELECT count(*) FROM sessions s WHERE (chat_state = 'served') <> (state = 'active' AND EXISTS (SELECT 1 FROM chat_members x WHERE x.chat_id = s.chat_id AND x.state = 'joined'))`,
		"one end":              `SELECT count(*) FROM sessions s WHERE (SELECT count(*) FROM messages m WHERE m.session_id = s.id AND m.kind = 'ended') <> CASE WHEN state = 'ended' THEN 1 ELSE 0 END`,
		"first_seq":            `SELECT count(*) FROM chats c WHERE first_seq <> (SELECT min(seq) FROM messages m WHERE m.chat_id = c.id)`,
		"session_count":        `SELECT count(*) FROM visitors v WHERE session_count <> (SELECT count(*) FROM sessions s WHERE s.visitor_id = v.id)`,
	} {
		if n := testkit.Get[int](t, w.Env, query); n != 0 {
			t.Errorf("%s: %d are wrong", rule, n)
		}
	}
}
