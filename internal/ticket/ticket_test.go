package ticket_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
	"parley/internal/ticket"
	"parley/internal/visitor"
)

// people is a team of one.
type people struct{ agent id.Agent }

func (p people) Member(_ context.Context, a id.Agent, _ id.Property) (actor.Role, error) {
	if a != p.agent {
		return "", errs.New(errs.NotFound, "agent.not_found", "There is no such agent.")
	}
	return actor.AgentRole, nil
}

var oven = wire.Card{Article: id.New[id.Article](), Title: "Is stoneware safe in the oven?", URL: "https://chat.example/help/kiln/a/oven"}

// shelf is a help centre with one article.
type shelf struct{ card wire.Card }

func (s shelf) Card(_ context.Context, _ id.Property, a id.Article, language string, _ bool) (wire.Card, error) {
	switch {
	case a == "":
		return wire.Card{}, errors.New("asked for nothing")
	case a != s.card.Article:
		return wire.Card{}, errs.New(errs.NotFound, "article.not_found", "There is no such article.")
	}
	c := s.card
	c.Language = language
	return c, nil
}

func open(t *testing.T, e *testkit.Env) (*ticket.Service, actor.Visitor, actor.Agent) {
	p := e.Property(t)
	ann := e.Agent(t, p, actor.AgentRole, "Ann")
	return &ticket.Service{
		DB: e.DB, Now: e.Clock.Now, Visitors: &visitor.Service{DB: e.DB, Now: e.Clock.Now}, Team: people{ann.ID},
		Bans: &ban.Service{DB: e.DB, Now: e.Clock.Now}, Articles: shelf{oven},
	}, actor.Visitor{ID: id.New[id.Visitor](), Property: p, Address: "198.51.100.7"}, ann
}

func form(key string) wire.VisitorTicket {
	return wire.VisitorTicket{T: "ticket", ID: key, Name: " Bob ", Email: "bob@example.com", Text: "Do you deliver to Mars?"}
}

func TestAFormIsStoredOnceAndKeepsTheVisitorsName(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who, ann := open(t, e)
		facts := visitor.Facts{Page: wire.Page{URL: "https://shop.example/rockets", Title: "Rockets"}}
		first, err := s.Leave(t.Context(), who, facts, form("a"))
		if err != nil {
			t.Fatal(err)
		}
		e.Clock.Advance(time.Minute)
		again, err := s.Leave(t.Context(), who, facts, form("a"))
		if err != nil || again != first || first.ID != "a" || first.At != testkit.Start.UnixMilli() {
			t.Errorf("the same form again = %+v, %v; want %+v", again, err, first)
		}
		items, next, err := s.List(t.Context(), ann, ticket.Filter{}, page.Cursor{}, 0)
		if err != nil || len(items) != 1 || !next.Zero() {
			t.Fatalf("List = %+v, %v, %v; want one ticket", items, next, err)
		}
		got := items[0]
		if got.Number != 1 || got.Name != "Bob" || got.State != ticket.Open || got.Page != facts.Page || got.Visitor != who.ID {
			t.Errorf("stored %+v", got)
		}
		v, err := s.Visitors.Get(t.Context(), who.Property, who.ID)
		if err != nil || v.Facts.Name != "Bob" || v.Facts.Email != "bob@example.com" {
			t.Errorf("the visitor is %+v, %v; want Bob", v, err)
		}
		if n := len(testkit.Published(t, e, ticket.Created)); n != 1 {
			t.Errorf("%d tickets were announced, want 1", n)
		}
	})
}

func TestFiveFormsAnHour(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who, ann := open(t, e)
		for i := range 5 {
			if _, err := s.Leave(t.Context(), who, visitor.Facts{}, form(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			e.Clock.Advance(time.Minute)
		}
		_, err := s.Leave(t.Context(), who, visitor.Facts{}, form("6"))
		if e := errs.Find(err); !errors.Is(err, ticket.ErrTooMany) || e.RetryAfter != 55*time.Minute {
			t.Fatalf("the sixth: %v, want to wait 55 minutes", err)
		}
		if _, err := s.Leave(t.Context(), who, visitor.Facts{}, form("0")); err != nil {
			t.Errorf("a retry of the first: %v", err)
		}
		e.Clock.Advance(55 * time.Minute)
		if _, err := s.Leave(t.Context(), who, visitor.Facts{}, form("6")); err != nil {
			t.Errorf("the sixth, when it may: %v", err)
		}
		if n, err := s.Open(t.Context(), ann.Property); n != 6 || err != nil {
			t.Errorf("Open = %d, %v; want 6", n, err)
		}
	})
}

func TestATicketNamesTheArticleThatItCameFrom(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who, ann := open(t, e)
		german := oven
		german.Language = "de"
		for i, tt := range []struct {
			article  id.Article
			language string
			want     wire.Card
		}{
			{oven.Article, "de", german},
			{oven.Article, strings.Repeat("x", wire.MaxLanguageBytes+1), oven}, // no language
			{id.New[id.Article](), "de", wire.Card{}},                          // gone since, or for agents only: the words are as good
			{"nonsense", "de", wire.Card{}},
			{"", "", wire.Card{}},
		} {
			f := form(fmt.Sprint(i))
			f.Article, f.Language = tt.article, tt.language
			if _, err := s.Leave(t.Context(), who, visitor.Facts{}, f); err != nil {
				t.Fatal(err)
			}
			items, _, err := s.List(t.Context(), ann, ticket.Filter{}, page.Cursor{}, 1)
			if err != nil || len(items) != 1 || items[0].Article != tt.want {
				t.Errorf("from %q: %+v, %v; want %+v", tt.article, items, err, tt.want)
			}
			e.Clock.Advance(time.Minute)
		}
		var all []ticket.Export
		err := e.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
			all, err = s.Export(t.Context(), tx, who.Property, who.ID)
			return err
		})
		if err != nil || len(all) != 5 || all[0].Article == nil || *all[0].Article != german || all[2].Article != nil {
			t.Errorf("Export = %+v, %v", all, err)
		}
	})
}

func TestAMissedChatIsLinked(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who, ann := open(t, e)
		known := e.Visitor(t, who.Property)
		session, chat := id.New[id.Session](), id.New[id.Chat]()
		e.Exec(t, `INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, active_at, timeout_at, started_at)
			VALUES ($1, $2, $3, 'active', $4, 1, 'missed', 1, 1, 1)`, session, known.Property, known.ID, chat)
		ack, err := s.Leave(t.Context(), known, visitor.Facts{Country: "DE"}, form("a"))
		if err != nil || ack.Session != session {
			t.Fatalf("Leave = %+v, %v; want session %s", ack, err, session)
		}
		items, _, err := s.List(t.Context(), ann, ticket.Filter{}, page.Cursor{}, 0)
		if err != nil || len(items) != 1 || items[0].Chat != chat || items[0].Country != "DE" {
			t.Errorf("List = %+v, %v; want chat %s and the country", items, err, chat)
		}
	})
}

func TestFormsAreChecked(t *testing.T) {
	e := testkit.SQLite(t)
	s, who, _ := open(t, e)
	for name, tt := range map[string]struct {
		change func(*wire.VisitorTicket)
		want   error
	}{
		"no id":       {func(f *wire.VisitorTicket) { f.ID = "" }, ticket.ErrID},
		"long id":     {func(f *wire.VisitorTicket) { f.ID = strings.Repeat("a", 65) }, ticket.ErrID},
		"odd id":      {func(f *wire.VisitorTicket) { f.ID = "a\x00b" }, ticket.ErrID},
		"no name":     {func(f *wire.VisitorTicket) { f.Name = "  " }, ticket.ErrName},
		"long name":   {func(f *wire.VisitorTicket) { f.Name = strings.Repeat("é", 101) }, ticket.ErrName},
		"no address":  {func(f *wire.VisitorTicket) { f.Email = "" }, ticket.ErrEmail},
		"bad address": {func(f *wire.VisitorTicket) { f.Email = "bob" }, ticket.ErrEmail},
		"no text":     {func(f *wire.VisitorTicket) { f.Text = "\n" }, ticket.ErrText},
		"long text":   {func(f *wire.VisitorTicket) { f.Text = strings.Repeat("é", 5001) }, ticket.ErrText},
		"NUL":         {func(f *wire.VisitorTicket) { f.Text = "a\x00b" }, ticket.ErrText},
	} {
		f := form("a")
		tt.change(&f)
		if _, err := s.Leave(t.Context(), who, visitor.Facts{}, f); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestTicketsAreListedByPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		s, who, ann := open(t, e)
		for i := range 5 {
			if _, err := s.Leave(t.Context(), who, visitor.Facts{}, form(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			e.Clock.Advance(time.Duration(i%2) * time.Second) // some have the same time
		}
		var numbers []int64
		for from, more := (page.Cursor{}), true; more; {
			items, next, err := s.List(t.Context(), ann, ticket.Filter{State: ticket.Open}, from, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range items {
				numbers = append(numbers, i.Number)
			}
			from, more = next, !next.Zero()
		}
		if fmt.Sprint(numbers) != "[5 4 3 2 1]" {
			t.Errorf("pages bring %v, want 5 to 1", numbers)
		}
		if items, _, err := s.List(t.Context(), ann, ticket.Filter{State: ticket.Closed}, page.Cursor{}, 0); len(items) != 0 || err != nil {
			t.Errorf("closed tickets: %v, %v; want none", items, err)
		}
		stranger := e.Agent(t, e.Property(t), actor.Owner, "Eve")
		if items, _, err := s.List(t.Context(), stranger, ticket.Filter{}, page.Cursor{}, 0); len(items) != 0 || err != nil {
			t.Errorf("another property lists %v, %v; want none", items, err)
		}
	})
}
