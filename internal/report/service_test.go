package report_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/chat"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/bus"
	"parley/internal/property"
	"parley/internal/report"
	"parley/internal/testkit"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// house is the feature on a database, with what it asks.
type house struct {
	*testkit.Env
	t      testing.TB
	p      id.Property
	ann    actor.Agent
	bus    *bus.Bus
	visits *visit.Service
	s      *report.Service
}

func open(t testing.TB, e *testkit.Env) *house {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	chats := &chat.Service{DB: e.DB, Now: e.Clock.Now}
	visits := visit.New(visit.Options{
		DB: e.DB, Now: e.Clock.Now, Log: slog.New(slog.DiscardHandler), Bus: b, Settings: property.New(property.Options{DB: e.DB, Now: e.Clock.Now}),
		Visitors: &visitor.Service{DB: e.DB, Now: e.Clock.Now}, Chats: chats,
	})
	p := e.Property(t)
	return &house{e, t, p, e.Agent(t, p, actor.AgentRole, "Ann Lee"), b, visits, report.New(report.Options{Now: e.Clock.Now, Chats: chats, Visits: visits})}
}

// planted is a chat as it is stored.
type planted struct {
	began   time.Time
	state   string
	answer  time.Duration // 0: nobody came
	rating  int
	comment string
}

func (h *house) plant(p id.Property, list ...planted) {
	h.t.Helper()
	for _, c := range list {
		v, session, one := h.Visitor(h.t, p), id.New[id.Session](), id.New[id.Chat]()
		state, ended, served := "active", int64(0), int64(0)
		if c.state == "ended" || c.state == "missed" {
			state, ended = "ended", c.began.Add(10*time.Minute).UnixMilli()
		}
		if c.answer > 0 {
			served = c.began.Add(c.answer).UnixMilli()
		}
		h.Exec(h.t, `INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, active_at, timeout_at, started_at, ended_at, rating, comment)
			VALUES ($1, $2, $3, $4, $5, 1, $6, $7, 0, $7, $8, $9, $10)`, session, p, v.ID, state, one, c.state, c.began.UnixMilli(), ended, c.rating, c.comment)
		h.Exec(h.t, `INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at, served_at, ended_at)
			VALUES ($1, $2, $3, $4, 1, $5, 1, $6, $7, $8)`, one, p, session, v.ID, c.state, c.began.UnixMilli(), served, ended)
		if served > 0 {
			h.Exec(h.t, `INSERT INTO chat_members (chat_id, agent_id, property_id, state, changed_at, joined_at) VALUES ($1, $2, $3, 'joined', $4, $4)`, one, h.ann.ID, p, served)
		}
	}
}

func (h *house) home(days int, zone string) report.Home {
	h.t.Helper()
	got, err := h.s.Home(h.t.Context(), h.ann, days, zone)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

func TestTodayIsToldByTheHour(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		e.Clock.Advance(5 * time.Hour) // Monday, 14:00
		today := func(hour, minute int) time.Time { return time.Date(2026, 1, 5, hour, minute, 0, 0, time.UTC) }
		other := e.Property(t)
		h.plant(h.p,
			planted{today(9, 0), "ended", 20 * time.Second, 1, "Quick"},
			planted{today(9, 59), "ended", 40 * time.Second, -1, "Not what I asked"},
			planted{today(10, 0), "missed", 0, 0, ""},
			planted{today(10, 20), "served", 90 * time.Second, 0, ""},
			planted{today(13, 55), "waiting", 0, 0, ""},
			planted{today(9, 0).AddDate(0, 0, -1), "ended", time.Minute, 1, "Yesterday"}, // a Sunday
			planted{today(10, 15).AddDate(0, 0, -7), "ended", 50 * time.Second, 0, ""},
			planted{today(10, 45).AddDate(0, 0, -14), "missed", 0, 0, ""},
			planted{today(9, 45).AddDate(0, 0, -28), "ended", 70 * time.Second, 0, ""},
			planted{today(9, 45).AddDate(0, 0, -35), "ended", time.Second, 0, ""},
		)
		h.plant(other, planted{today(9, 0), "ended", time.Second, -1, "A neighbour"})
		e.Exec(t, `INSERT INTO visit_counts (property_id, hour, visits, pages, most) VALUES ($1, $2, 5, 9, 3)`, h.p, today(9, 0).Unix()/3600)
		e.Exec(t, `INSERT INTO visit_counts (property_id, hour, visits, pages, most) VALUES ($1, $2, 7, 7, 7)`, h.p, today(0, 0).Unix()/3600-1)
		h.visits.Arrive(h.p, "bob", nil, visit.Arrival{Page: wire.Page{URL: "https://shop.example/"}}, true) // not written yet

		got := h.home(1, "")
		if len(got.Bins) != 24 || got.From != today(0, 0) || got.To != today(0, 0).AddDate(0, 0, 1) {
			t.Fatalf("%d bins from %v to %v", len(got.Bins), got.From, got.To)
		}
		want := map[int]report.Bin{
			9:  {At: today(9, 0), Visits: 5, Pages: 9, Most: 3, Chats: 2, Served: 2, Usual: .3},
			10: {At: today(10, 0), Chats: 2, Served: 1, Missed: 1, Usual: .5},
			11: {At: today(11, 0)},
			13: {At: today(13, 0), Chats: 1},
			14: {At: today(14, 0), Visits: 1, Pages: 1, Most: 1},
		}
		for hour, bin := range want {
			if diff := cmp.Diff(bin, got.Bins[hour]); diff != "" {
				t.Errorf("%d:00 (-want +got):\n%s", hour, diff)
			}
		}
		if diff := cmp.Diff(report.Bin{Visits: 6, Pages: 10, Most: 3, Chats: 5, Served: 3, Missed: 1}, got.Total); diff != "" {
			t.Errorf("total (-want +got):\n%s", diff)
		}
		if got.Answer != 40*time.Second || got.UsualAnswer != time.Minute || got.UsualWeeks != 4 {
			t.Errorf("first answer %v, usually %v, of %d weeks; want 40s, 1m0s, 4", got.Answer, got.UsualAnswer, got.UsualWeeks)
		}
		r := got.Ratings
		if r.Good != 1 || r.Bad != 1 || len(r.Comments) != 2 || r.Comments[0].Text != "Not what I asked" || r.Comments[0].Good ||
			r.Comments[1].Text != "Quick" || r.Comments[1].Agent != "Ann Lee" || r.Comments[1].Number == 0 {
			t.Errorf("ratings: %+v", r)
		}
	})
}

func TestMoreDaysAreToldByTheDayWhereTheReaderIs(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e) // Monday, 9:00 UTC: 22:00 in Auckland
		at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC) }
		h.plant(h.p,
			planted{at(4, 10), "ended", 10 * time.Second, 1, "Sunday, 23:00"},
			planted{at(4, 11), "ended", 30 * time.Second, -1, "Monday, 0:00"},
			planted{at(5, 8), "missed", 0, 1, ""},
			planted{at(-2, 11), "ended", 20 * time.Second, 1, "Tuesday, 0:00"}, // 30 December there: six days before
			planted{at(-2, 10), "ended", time.Second, 1, "before the period"},
		)
		week := h.home(7, "Pacific/Auckland")
		if len(week.Bins) != 7 || week.From.Format(time.DateTime) != "2025-12-30 00:00:00" {
			t.Fatalf("%d bins from %v", len(week.Bins), week.From)
		}
		if b := week.Bins; b[5].Served != 1 || b[6].Served != 1 || b[6].Missed != 1 || b[0].Served != 1 || week.Total.Chats != 4 {
			t.Errorf("the week: %+v", b)
		}
		var texts []string
		for _, c := range week.Ratings.Comments {
			texts = append(texts, c.Text)
		}
		if diff := cmp.Diff([]string{"Monday, 0:00", "Sunday, 23:00", "Tuesday, 0:00"}, texts); diff != "" || week.Ratings.Good != 3 || week.Ratings.Bad != 1 {
			t.Errorf("ratings %d, %d, comments (-want +got):\n%s", week.Ratings.Good, week.Ratings.Bad, diff)
		}
		month := h.home(30, "Pacific/Auckland")
		if len(month.Bins) != 30 || month.Total.Chats != 5 || len(month.Ratings.Comments) != chat.MaxComments {
			t.Errorf("the month: %d bins, %+v, %d comments", len(month.Bins), month.Total, len(month.Ratings.Comments))
		}
		if day := h.home(1, "Pacific/Auckland"); day.Total.Chats != 2 || day.Bins[0].Served != 1 || day.Bins[21].Missed != 1 {
			t.Errorf("the day: %+v", day)
		}
	})
}

func TestAPropertyWithoutChatsHasNothingToCompareWith(t *testing.T) {
	e := testkit.SQLite(t)
	h := open(t, e)
	got := h.home(1, "Europe/Prague")
	if !got.Began.IsZero() || got.UsualWeeks != 0 || got.Answered || got.UsuallyDid || got.Total != (report.Bin{}) || len(got.Bins) != 24 {
		t.Errorf("got %+v", got)
	}
}

func TestAChatThatAnAgentBeganHasNoFirstAnswer(t *testing.T) {
	e := testkit.SQLite(t)
	h := open(t, e)
	h.plant(h.p, planted{e.Clock.Now(), "served", time.Nanosecond, 0, ""}, planted{e.Clock.Now(), "served", 30 * time.Second, 0, ""})
	if got := h.home(1, ""); got.Answer != 30*time.Second || got.Total.Served != 2 {
		t.Errorf("first answer %v of %d served, want 30s of 2", got.Answer, got.Total.Served)
	}
}

// reads counts how often the database is asked.
type reads struct {
	*chat.Service
	n atomic.Int64
}

func (r *reads) Figures(ctx context.Context, p id.Property, from, to time.Time) (chat.Figures, error) {
	r.n.Add(1)
	return r.Service.Figures(ctx, p, from, to)
}

func TestManyDashboardsCostOneReadASecond(t *testing.T) {
	e := testkit.SQLite(t)
	h := open(t, e)
	counting := &reads{Service: &chat.Service{DB: e.DB, Now: e.Clock.Now}}
	h.s = report.New(report.Options{Now: e.Clock.Now, Chats: counting, Visits: h.visits})
	for range 50 {
		h.home(1, "Europe/Prague")
	}
	if n := counting.n.Load(); n != 2 { // today and the usual
		t.Errorf("50 dashboards: %d reads, want 2", n)
	}
	h.plant(h.p, planted{e.Clock.Now(), "waiting", 0, 0, ""})
	e.Clock.Advance(time.Second)
	if got := h.home(1, "Europe/Prague"); got.Total.Chats != 1 || counting.n.Load() != 3 {
		t.Errorf("a second later: %d chats, %d reads; want 1, 3", got.Total.Chats, counting.n.Load())
	}
}

func TestTheWordsOfAnErasedVisitorAreNotKept(t *testing.T) {
	e := testkit.SQLite(t)
	h := open(t, e)
	h.s.Subscribe(h.bus)
	heard := make(chan struct{})
	bus.On(h.bus, visitor.Erased, func(id.Property, visitor.Gone) { close(heard) }) // after the service has
	if err := h.bus.Start(); err != nil {
		t.Fatal(err)
	}
	h.plant(h.p, planted{e.Clock.Now().AddDate(0, 0, -2), "ended", time.Second, 1, "My name is Bob"})
	if got := h.home(7, ""); len(got.Ratings.Comments) != 1 {
		t.Fatalf("comments: %+v", got.Ratings.Comments)
	}
	e.Exec(t, `DELETE FROM sessions`)
	h.bus.Publish([]event.Event{visitor.Erased.Of(h.p, visitor.Gone{Visitor: "bob"})})
	<-heard
	if got := h.home(7, ""); len(got.Ratings.Comments) != 0 {
		t.Errorf("comments: %+v; want none", got.Ratings.Comments)
	}
}
