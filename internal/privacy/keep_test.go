package privacy

import (
	"testing"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/property"
	"parley/internal/testkit"
	"parley/internal/visitor"
)

func (w *world) keep(t *testing.T, chatDays, visitDays int) {
	t.Helper()
	now, err := w.Properties.Get(t.Context(), w.p)
	w.must(t, err)
	_, err = w.Properties.Change(t.Context(), w.ann, now.Version, nil, property.Patch{ChatDays: &chatDays, VisitDays: &visitDays})
	w.must(t, err)
}

func (w *world) count(t *testing.T, what string, args ...any) int {
	t.Helper()
	return testkit.Get[int](t, w.Env, `SELECT count(*) FROM `+what, args...)
}

func (w *world) someone(t *testing.T, text string) actor.Visitor {
	t.Helper()
	v := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p, Address: "198.51.100.7"}
	w.talk(t, v, text)
	return v
}

func (w *world) end(t *testing.T, v actor.Visitor) {
	t.Helper()
	session := id.Session(testkit.Get[string](t, w.Env, `SELECT id FROM sessions WHERE visitor_id = $1 AND state = 'active'`, v.ID))
	_, err := w.Chats.EndSession(t.Context(), v, id.New[string](), session)
	w.must(t, err)
}

func TestNothingIsForgottenByItself(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		w := newWorld(t, e)
		w.end(t, w.someone(t, "Hello"))
		w.Clock.Advance(3650 * day)
		w.must(t, w.Sweep(t.Context()))
		if w.count(t, "sessions") != 1 || w.count(t, "visitors WHERE address <> ''") != 1 {
			t.Error("something went, though the owner keeps everything")
		}
	})
}

func TestChatsThatEndedLongAgoAreForgotten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		w := newWorld(t, e)
		w.keep(t, 30, 0)
		other := newWorld(t, e) // another property, which keeps everything
		for range sessionsAtOnce + 5 {
			w.end(t, w.someone(t, "Old"))
		}
		other.end(t, other.someone(t, "Old, but of others"))
		w.someone(t, "Old, and still open")
		w.Exec(t, `INSERT INTO openers (id, property_id, visitor_id, agent_id, client_id, text, state, made_at) SELECT 'o', $1, id, $2, 'c', 'Hi', 'dismissed', 1
			FROM visitors WHERE property_id = $1 LIMIT 1`, w.p, w.ann.ID)
		w.must(t, w.Chats.Index(t.Context()))
		w.Clock.Advance(29 * day)
		young := w.someone(t, "Young")
		w.end(t, young)
		w.must(t, w.Sweep(t.Context()))
		if n := w.count(t, "sessions"); n != sessionsAtOnce+5+3 {
			t.Fatalf("%d sessions are left after 29 days", n)
		}
		w.Clock.Advance(day + time.Second)
		w.must(t, w.Sweep(t.Context()))
		if n := w.count(t, "messages WHERE text = 'Old'"); n != 0 {
			t.Errorf("%d old messages are left", n)
		}
		for _, text := range []string{"Young", "Old, and still open", "Old, but of others"} {
			if w.count(t, "messages WHERE text = $1", text) != 1 {
				t.Errorf("%q is gone", text)
			}
		}
		if n := w.count(t, "openers"); n != 0 {
			t.Errorf("%d openers are left", n)
		}
		if n := w.count(t, "visitors WHERE property_id = $1 AND address <> ''", w.p); n != sessionsAtOnce+5+2 {
			t.Errorf("%d visitors are left: they are kept for ever", n)
		}
	})
}

func TestVisitorsWhoWereNotSeenForLongAreForgotten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		w := newWorld(t, e)
		w.keep(t, 0, 10)
		other := newWorld(t, e)
		theirs := other.someone(t, "Of others")
		talked, wrote, seen := w.someone(t, "Hello"), actor.Visitor{ID: id.New[id.Visitor](), Property: w.p, Address: "198.51.100.8"}, w.someone(t, "Still here")
		_, err := w.Tickets.Leave(t.Context(), wrote, visitor.Facts{Address: "198.51.100.8"}, wire.VisitorTicket{ID: "f", Name: "Bob", Email: "bob@x.example", Text: "Hi"})
		w.must(t, err)
		loose := w.someone(t, "Deleted soon")
		w.Exec(t, `DELETE FROM sessions WHERE visitor_id = $1`, loose.ID)
		hour := w.Clock.Now().Unix() / 3600
		w.Exec(t, `INSERT INTO visit_counts (property_id, hour, visits, pages, most) VALUES ($1, $2, 1, 1, 1), ($1, $3, 1, 1, 1)`, w.p, hour, hour+24)
		w.Clock.Advance(10*day + time.Hour)
		w.Exec(t, `UPDATE visitors SET last_visit_at = $1 WHERE id = $2`, w.Clock.Now().UnixMilli()-1, seen.ID)
		for range 2 { // the second time there is nothing to do
			w.must(t, w.Sweep(t.Context()))
		}
		if w.count(t, "visitors WHERE id = $1", loose.ID) != 0 {
			t.Error("a visitor of whom there is nothing else is left")
		}
		for what, v := range map[string]actor.Visitor{"in a chat": talked, "with a ticket": wrote} {
			if w.count(t, "visitors WHERE id = $1 AND address = '' AND page_url = '' AND browser = ''", v.ID) != 1 {
				t.Errorf("the one %s is not emptied", what)
			}
		}
		if w.count(t, "visitors WHERE id = $1 AND name = 'Bob' AND email = 'bob@x.example'", wrote.ID) != 1 {
			t.Error("the ticket's visitor lost the name")
		}
		for what, v := range map[string]actor.Visitor{"who came back": seen, "of others": theirs} {
			if w.count(t, "visitors WHERE id = $1 AND address <> '' AND page_url <> ''", v.ID) != 1 {
				t.Errorf("the one %s was emptied", what)
			}
		}
		if w.count(t, "visit_counts WHERE hour = $1", hour) != 0 || w.count(t, "visit_counts WHERE hour = $1", hour+24) != 1 {
			t.Error("hours are not kept for ten days")
		}
	})
}
