package privacy

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/agent"
	"parley/internal/article"
	"parley/internal/audit"
	"parley/internal/ban"
	"parley/internal/chat"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/testkit"
	"parley/internal/ticket"
	"parley/internal/visitor"
)

// What is planted of the visitor who is erased. None of it occurs anywhere else.
const (
	name    = "Zebediah Quux"
	email   = "zeb.quux@planted.example"
	address = "203.0.113.77"
	place   = "https://shop.example/planted-page"
	word    = "xylophonic"
	answer  = "marimbatory"
	whisper = "glockenspielish"
	comment = "vibraphonable"
	written = "celestaful"
	opening = "carillonic"
	missing = "harmoniumish"
)

// planted is all of it, in lower case.
var planted = []string{strings.ToLower(name), email, address, "planted-page", word, answer, whisper, comment, written, opening, missing}

// present is who is on the site now.
type present map[id.Visitor]*wire.Visit

func (p present) Whole(_ context.Context, _ id.Property, v id.Visitor) (*wire.Visit, error) {
	return p[v], nil
}

// talk is what bans ask of chats, with nobody connected.
type talk struct{ *chat.Service }

func (talk) Online(context.Context, id.Property) ([]ban.Present, error) { return nil, nil }

// world is a property with a manager, everything that holds something of visitors, and a visitor who left traces everywhere.
type world struct {
	*testkit.Env
	*Service
	DB   *db.DB // both have it
	here present
	p    id.Property
	ann  actor.Agent
	zeb  actor.Visitor
	chat id.Chat
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		w := newWorld(t, e)
		w.plant(t)
		fn(t, w)
	})
}

func newWorld(t *testing.T, e *testkit.Env) *world {
	t.Helper()
	now, log := e.Clock.Now, slog.New(slog.DiscardHandler)
	w := &world{Env: e, DB: e.DB, here: present{}, p: e.Property(t)}
	w.ann = e.Agent(t, w.p, actor.Owner, "Ann")
	w.zeb = actor.Visitor{ID: id.New[id.Visitor](), Property: w.p, Address: address}
	properties := property.New(property.Options{DB: e.DB, Now: now})
	agents := agent.New(agent.Options{DB: e.DB, Now: now, Log: log, Properties: properties})
	visitors := &visitor.Service{DB: e.DB, Now: now}
	chats := &chat.Service{DB: e.DB, Now: now, Settings: properties, People: agents, Visitors: visitors, Log: log}
	bans := &ban.Service{DB: e.DB, Now: now, People: agents, Chats: talk{chats}, Log: log}
	w.Service = &Service{
		DB: e.DB, Now: now, Log: log, People: agents, Properties: properties, Visitors: visitors, Chats: chats, Bans: bans, Visits: w.here,
		Tickets:  &ticket.Service{DB: e.DB, Now: now, Visitors: visitors, Team: agents, Bans: bans},
		Articles: article.New(article.Options{DB: e.DB, Now: now, Properties: properties, People: agents}),
	}
	return w
}

// plant lets the visitor leave traces everywhere: two sessions, a rating, a whisper, an opener, a ticket and a ban.
func (w *world) plant(t *testing.T) {
	t.Helper()
	w.talk(t, w.zeb, word)
	w.chat = id.Chat(testkit.Get[string](t, w.Env, `SELECT chat_id FROM sessions WHERE visitor_id = $1`, w.zeb.ID))
	w.send(t, answer, false)
	w.send(t, whisper, true)
	session := id.Session(testkit.Get[string](t, w.Env, `SELECT id FROM sessions WHERE visitor_id = $1`, w.zeb.ID))
	_, err := w.Chats.EndSession(t.Context(), w.zeb, "end", session)
	w.must(t, err)
	_, err = w.Chats.Rate(t.Context(), w.zeb, chat.Rating{ClientID: "rate", Session: session, Rating: 1, Comment: comment})
	w.must(t, err)
	w.talk(t, w.zeb, word+" again")
	w.Exec(t, `INSERT INTO openers (id, property_id, visitor_id, agent_id, client_id, text, state, made_at) VALUES ('o1', $1, $2, $3, 'c', $4, 'dismissed', 1)`,
		w.p, w.zeb.ID, w.ann.ID, opening)
	_, err = w.Tickets.Leave(t.Context(), w.zeb, visitor.Facts{Page: wire.Page{URL: place}}, wire.VisitorTicket{ID: "f", Name: name, Email: email, Text: written})
	w.must(t, err)
	w.vote(t)
	_, err = w.Bans.Make(t.Context(), w.ann, ban.Draft{Visitor: w.zeb.ID, Address: true, Reason: "Rude", From: "192.0.2.1"})
	w.must(t, err)
	w.must(t, w.Chats.Index(t.Context()))
	w.Forget()
}

// vote lets the visitor say of an article what they did not find.
func (w *world) vote(t *testing.T) {
	t.Helper()
	a, err := w.Articles.Make(t.Context(), w.ann, article.NewArticle{Title: "Kilns", Markdown: "Hot."})
	w.must(t, err)
	_, _, err = w.Articles.SetState(t.Context(), w.ann, a.ID, "en", article.Published, 1)
	w.must(t, err)
	site, err := w.Articles.SiteOf(t.Context(), w.p)
	w.must(t, err)
	_, err = w.Articles.Vote(t.Context(), site, article.Vote{Article: a.ID, Language: "en", Voter: string(w.zeb.ID), Missing: missing})
	w.must(t, err)
}

func (w *world) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) talk(t *testing.T, who actor.Visitor, text string) {
	t.Helper()
	facts := visitor.Facts{Address: who.Address, Browser: "Firefox", Page: wire.Page{URL: place, Title: "Planted-page"}}
	_, err := w.Chats.Say(t.Context(), who, chat.VisitorSay{ClientID: id.New[string](), Text: text, Facts: facts})
	w.must(t, err)
}

func (w *world) send(t *testing.T, text string, private bool) {
	t.Helper()
	_, err := w.Chats.Send(t.Context(), w.ann, w.chat, chat.AgentSay{ClientID: id.New[string](), Text: text, Whisper: private})
	w.must(t, err)
}

// cell is one value of the database.
type cell struct{ table, column, text string }

// dump is every value of every table, in lower case.
func (w *world) dump(t *testing.T) (all []cell) {
	t.Helper()
	tables := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if w.DB.Dialect() == db.Postgres {
		tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
	}
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), tables)
		if err != nil {
			return err
		}
		defer rows.Close()
		var names []string
		for rows.Next() {
			var table string
			if err := rows.Scan(&table); err != nil {
				return err
			}
			names = append(names, table)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, table := range names {
			cells, err := cellsOf(t.Context(), tx, table)
			if err != nil {
				return err
			}
			all = append(all, cells...)
		}
		return nil
	})
	w.must(t, err)
	return all
}

func cellsOf(ctx context.Context, tx *db.Tx, table string) (all []cell, err error) {
	rows, err := tx.Query(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range values {
			switch v := v.(type) {
			case string:
				all = append(all, cell{table, columns[i], strings.ToLower(v)})
			case []byte:
				all = append(all, cell{table, columns[i], strings.ToLower(string(v))})
			}
		}
	}
	return all, rows.Err()
}

// kept is what a ban must keep to go on: whom it covers, and what its entry is found by.
func kept(c cell, what string, zeb id.Visitor) bool {
	return c.table == "bans" && slices.Contains([]string{"visitor_id", "network", "search"}, c.column) && (what == string(zeb) || what == address)
}

func TestAfterErasingNoTableHoldsAnythingOfTheVisitor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, what := range append(planted, string(w.zeb.ID)) {
			if !slices.ContainsFunc(w.dump(t), func(c cell) bool { return strings.Contains(c.text, what) }) {
				t.Fatalf("%q was not planted: the test would find nothing", what)
			}
		}
		r, err := w.Erase(t.Context(), w.ann, w.zeb.ID)
		w.must(t, err)
		if r.Counts.Messages < 6 {
			t.Errorf("counts %+v", r.Counts)
		}
		r.Counts.Messages = 0 // with the events of the threads
		if want := (Counts{Visitor: 1, Sessions: 2, Chats: 2, Openers: 1, Tickets: 1, Bans: 1, Votes: 1}); r.Counts != want {
			t.Errorf("counts %+v; want %+v and messages", r.Counts, want)
		}
		for _, c := range w.dump(t) {
			for _, what := range append(planted, string(w.zeb.ID)) {
				if strings.Contains(c.text, what) && !kept(c, what, w.zeb.ID) {
					t.Errorf("%s.%s still holds %q: %.300s", c.table, c.column, what, c.text)
				}
			}
		}
		if gone := testkit.Published(t, w.Env, visitor.Erased); len(gone) != 1 || gone[0].Visitor != w.zeb.ID {
			t.Errorf("told the nodes %+v", gone)
		}
		w.verifyAudit(t)
		w.verifyFile(t)
	})
}

// verifyAudit reads the chain again, and its newest entry: what was done, not to whom.
func (w *world) verifyAudit(t *testing.T) {
	t.Helper()
	log := &audit.Service{DB: w.DB}
	report, err := log.Verify(t.Context(), nil)
	if err != nil || len(report.Faults) > 0 || report.Entries == 0 {
		t.Errorf("audit: %+v, %v", report, err)
	}
	items, _, err := log.List(t.Context(), w.ann, audit.Filter{}, page.Cursor{}, 1)
	if err != nil || len(items) != 1 || items[0].Action != audit.VisitorErased || !strings.Contains(items[0].Detail, `"tickets":1`) {
		t.Errorf("audit's newest: %+v, %v", items, err)
	}
}

// verifyFile looks into SQLite's file itself: what was deleted was overwritten.
func (w *world) verifyFile(t *testing.T) {
	t.Helper()
	if w.DB.Dialect() != db.SQLite {
		return
	}
	w.must(t, w.DB.Close())
	raw, err := os.ReadFile(w.URL)
	w.must(t, err)
	for _, what := range []string{word, answer, whisper, comment, written, opening, email, name} {
		if strings.Contains(strings.ToLower(string(raw)), strings.ToLower(what)) {
			t.Errorf("the file still holds %q", what)
		}
	}
}

func TestErasingTakesOneVisitorOfOnePropertyAndAnswersTwiceTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		vera := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p, Address: "198.51.100.7"}
		w.talk(t, vera, "Hello from Vera")
		other := w.Property(t)
		eve := w.Agent(t, other, actor.Owner, "Eve")
		if _, err := w.Erase(t.Context(), eve, w.zeb.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another property's owner: %v", err)
		}
		first, err := w.Erase(t.Context(), w.ann, w.zeb.ID)
		w.must(t, err)
		w.Clock.Advance(time.Hour)
		again, err := w.Erase(t.Context(), w.ann, w.zeb.ID)
		if err != nil || again != first {
			t.Errorf("again %+v, %v; want %+v", again, err, first)
		}
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM messages WHERE text = 'Hello from Vera'`); n != 1 {
			t.Errorf("%d of Vera's messages are left", n)
		}
		items, next, err := w.Receipts(t.Context(), w.ann, page.Cursor{}, 0)
		if err != nil || len(items) != 1 || items[0] != first || !next.Zero() {
			t.Errorf("receipts %+v, %v, %v", items, next, err)
		}
		if got, err := w.Receipt(t.Context(), w.ann, first.ID); err != nil || got != first {
			t.Errorf("receipt %+v, %v", got, err)
		}
		if _, err := w.Receipt(t.Context(), eve, first.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another property's receipt: %v", err)
		}
		for _, nobody := range []id.Visitor{"", "x", id.New[id.Visitor]()} {
			if _, err := w.Erase(t.Context(), w.ann, nobody); errs.KindOf(err) != errs.NotFound {
				t.Errorf("nobody %q: %v", nobody, err)
			}
		}
	})
}

func TestABanHoldsAfterItsVisitorWasErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.Erase(t.Context(), w.ann, w.zeb.ID)
		w.must(t, err)
		for _, who := range []ban.Who{{Visitor: w.zeb.ID}, {Addresses: ban.Addresses(address)}} {
			if v, err := w.Bans.Check(t.Context(), w.p, who); err != nil || !v.Banned {
				t.Errorf("%+v: %+v, %v", who, v, err)
			}
		}
		items, _, err := w.Bans.List(t.Context(), w.ann, ban.Filter{Text: address}, page.Cursor{}, 0)
		if err != nil || len(items) != 1 || items[0].Reason != "Rude" || items[0].Chat != "" {
			t.Fatalf("the list %+v, %v", items, err)
		}
		if b, err := w.Bans.Get(t.Context(), w.ann, items[0].ID); err != nil || b.Record.Name != "" || len(b.Record.Messages) > 0 {
			t.Errorf("the record %+v, %v", b.Record, err)
		}
	})
}

func TestAnErasedVisitorsTokenIsNobodys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.Erase(t.Context(), w.ann, w.zeb.ID)
		w.must(t, err)
		_, err = w.Chats.Say(t.Context(), w.zeb, chat.VisitorSay{ClientID: "late", Text: "I am back"})
		if e := errs.Find(err); e == nil || e.Code != visitor.ErrForgotten.Code {
			t.Errorf("a message: %v", err)
		}
		free := w.zeb
		free.Address = "198.51.100.9" // the ban holds, so the form is asked of elsewhere
		w.Exec(t, `UPDATE bans SET visitor_id = ''`)
		_, err = w.Tickets.Leave(t.Context(), free, visitor.Facts{}, wire.VisitorTicket{ID: "late", Name: "Z", Email: "z@x.example", Text: "Back"})
		if e := errs.Find(err); e == nil || e.Code != visitor.ErrForgotten.Code {
			t.Errorf("a form: %v", err)
		}
		if _, err := w.Chats.Resume(t.Context(), w.zeb, "", 0); errs.Find(err) == nil || errs.Find(err).Code != visitor.ErrForgotten.Code {
			t.Errorf("hello: %v", err)
		}
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM visitors WHERE id = $1`, w.zeb.ID); n != 0 {
			t.Error("the visitor has a row again")
		}
	})
}

// A visitor who has no row yet writes at the moment in which they are erased: whoever is second waits, and sees it.
func TestErasingAndTheFirstWordsAtOnce(t *testing.T) {
	e := testkit.Postgres(t)
	w := newWorld(t, e)
	for i := range 20 {
		v := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p, Address: "198.51.100.7"}
		w.here[v.ID] = &wire.Visit{}
		said := make(chan error)
		go func() {
			_, err := w.Chats.Say(t.Context(), v, chat.VisitorSay{ClientID: "first", Text: word})
			said <- err
		}()
		r, err := w.Erase(t.Context(), w.ann, v.ID)
		first := <-said
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && errs.KindOf(first) != errs.Forbidden {
			t.Errorf("%d: the first words: %v", i, first)
		}
		for _, table := range []string{"visitors WHERE id", "sessions WHERE visitor_id"} {
			if n := testkit.Get[int](t, e, `SELECT count(*) FROM `+table+` = $1`, v.ID); n != 0 {
				t.Errorf("%d: %d left in %s (said: %v, erased %+v)", i, n, table, first, r.Counts)
			}
		}
	}
}

func TestOneWhoOnlyBrowsesIsErasedToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := id.New[id.Visitor]()
		w.here[v] = &wire.Visit{VisitRow: wire.VisitRow{ID: v, Number: 7}}
		r, err := w.Erase(t.Context(), w.ann, v)
		if err != nil || r.Counts != (Counts{}) {
			t.Errorf("%+v, %v", r, err)
		}
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM visitors WHERE id = $1`, v); n != 0 {
			t.Error("there is a row of one who never had one")
		}
	})
}

func TestTheExportHasEverythingAndIsWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.here[w.zeb.ID] = &wire.Visit{VisitRow: wire.VisitRow{ID: w.zeb.ID, Page: wire.Page{URL: "https://shop.example/now"}}}
		d, err := w.Export(t.Context(), w.ann, w.zeb.ID)
		w.must(t, err)
		if d.Visitor == nil || d.Visitor.Name != name || d.Visitor.Email != email || d.Visitor.Address != address || d.Visit.Page.URL != "https://shop.example/now" {
			t.Errorf("the visitor %+v", d.Visitor)
		}
		var said []string
		for _, s := range d.Sessions {
			for _, m := range s.Messages {
				said = append(said, m.Text)
			}
		}
		for _, text := range []string{word, answer, whisper, word + " again"} {
			if !slices.Contains(said, text) {
				t.Errorf("%q is not in %q", text, said)
			}
		}
		if len(d.Sessions) != 2 || d.Sessions[0].Comment != comment || d.Sessions[0].Rating != 1 {
			t.Errorf("sessions %+v", d.Sessions)
		}
		if len(d.Tickets) != 1 || d.Tickets[0].Text != written || len(d.Openers) != 1 || d.Openers[0].Text != opening || len(d.Votes) != 1 || d.Votes[0].Missing != missing {
			t.Errorf("tickets %+v, openers %+v, votes %+v", d.Tickets, d.Openers, d.Votes)
		}
		if len(d.Bans) != 1 || d.Bans[0].Reason != "Rude" || d.Bans[0].Record.Name != name || len(d.Bans[0].Record.Messages) == 0 {
			t.Errorf("bans %+v", d.Bans)
		}
		items, _, err := (&audit.Service{DB: w.DB}).List(t.Context(), w.ann, audit.Filter{}, page.Cursor{}, 1)
		if err != nil || len(items) != 1 || items[0].Action != audit.VisitorExported || strings.Contains(items[0].Detail+items[0].Target, string(w.zeb.ID)) {
			t.Errorf("audit %+v, %v", items, err)
		}
		for _, nobody := range []id.Visitor{"", "x", id.New[id.Visitor]()} {
			if _, err := w.Export(t.Context(), w.ann, nobody); errs.KindOf(err) != errs.NotFound {
				t.Errorf("nobody %q: %v", nobody, err)
			}
		}
	})
}
