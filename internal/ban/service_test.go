package ban_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/audit"
	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/platform/geo"
	"parley/internal/platform/geo/geotest"
	"parley/internal/testkit"
)

// talk is who is here and whose sessions were ended; the sessions' rows are real.
type talk struct {
	online []ban.Present

	mu    sync.Mutex
	ended map[id.Visitor]ban.Ref
}

func (c *talk) EndByBan(ctx context.Context, tx *db.Tx, p id.Property, by ban.Ref, visitors []id.Visitor) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range visitors {
		n, err := tx.Exec(ctx, `UPDATE sessions SET state = 'ended', ended_by = 'ban', ban_id = $1 WHERE property_id = $2 AND visitor_id = $3 AND state = 'active'`, by.ID, p, v)
		if err != nil {
			return err
		}
		if n > 0 {
			c.ended[v] = by
		}
	}
	return nil
}

func (c *talk) Online(context.Context, id.Property) ([]ban.Present, error) { return c.online, nil }

func (c *talk) LastMessages(context.Context, *db.Tx, id.Property, id.Session, int) ([]ban.Message, error) {
	return []ban.Message{{At: 1, From: wire.FromVisitor, Text: "You are all stupid"}}, nil
}

type names struct{}

func (names) Person(_ context.Context, a id.Agent) (wire.Person, error) {
	return wire.Person{ID: a, Name: "Ann"}, nil
}

// house is a property with a team, as one node sees it.
type house struct {
	*ban.Service
	t         *testing.T
	e         *testkit.Env
	p         id.Property
	talk      *talk
	ann, boss actor.Agent
	geo       *geo.DB
}

func open(t *testing.T, e *testkit.Env) house {
	t.Helper()
	h := house{t: t, e: e, p: e.Property(t), talk: &talk{ended: map[id.Visitor]ban.Ref{}}}
	h.ann, h.boss = e.Agent(t, h.p, actor.AgentRole, "Ann"), e.Agent(t, h.p, actor.Admin, "Boss")
	places, err := geo.Open(geotest.File(t, map[string]map[string]any{"203.0.113.0/24": geotest.Country("NL"), "198.51.100.0/24": geotest.Country("DE")}))
	if err != nil {
		t.Fatal(err)
	}
	h.geo = places
	h.Service = h.node()
	return h
}

// node is another process on the same database, which hears no news.
func (h house) node() *ban.Service {
	return &ban.Service{DB: h.e.DB, Now: h.e.Clock.Now, People: names{}, Chats: h.talk, Geo: h.geo, Log: slog.New(slog.DiscardHandler)}
}

// chat stores a visitor with a chat that waits.
func (h house) chat(address, email string) (id.Visitor, id.Chat) {
	h.t.Helper()
	v := h.e.Visitor(h.t, h.p)
	chat, session, now := id.New[id.Chat](), id.New[id.Session](), h.e.Clock.Now().UnixMilli()
	h.e.Exec(h.t, `UPDATE visitors SET address = $1, email = $2, name = 'Mallory', page_url = 'https://shop.example/', browser = 'Firefox 146' WHERE id = $3`, address, email, v.ID)
	h.e.Exec(h.t, `INSERT INTO sessions (id, property_id, visitor_id, state, chat_id, chat_number, chat_state, active_at, timeout_at, started_at)
		VALUES ($1, $2, $3, 'active', $4, 1, 'waiting', $5, $5, $5)`, session, h.p, v.ID, chat, now)
	h.e.Exec(h.t, `INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at) VALUES ($1, $2, $3, $4, 1, 'waiting', 1, $5)`,
		chat, h.p, session, v.ID, now)
	return v.ID, chat
}

func (h house) make(who actor.Agent, d ban.Draft) ban.Ban {
	h.t.Helper()
	if d.Reason == "" {
		d.Reason = "Rude"
	}
	b, err := h.Make(h.t.Context(), who, d)
	if err != nil {
		h.t.Fatalf("make %+v: %v", d, err)
	}
	return b
}

func (h house) banned(s *ban.Service, who ban.Who) bool {
	h.t.Helper()
	v, err := s.Check(h.t.Context(), h.p, who)
	if err != nil {
		h.t.Fatal(err)
	}
	return v.Banned
}

func from(v id.Visitor, address string) ban.Who {
	return ban.Who{Visitor: v, Addresses: ban.Addresses(address)}
}

func TestABanFromAChatIsInForceAtOnceAndKeepsWhatHappened(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		mallory, chat := h.chat("203.0.113.7", "")
		guest, _ := h.chat("203.0.113.7", "")
		other, _ := h.chat("203.0.113.8", "")
		if h.banned(h.Service, from(mallory, "203.0.113.7")) {
			t.Fatal("banned before")
		}
		before := h.Generation(h.p)
		b := h.make(h.ann, ban.Draft{Chat: chat, Address: true, Reason: " Rude ", From: "192.0.2.9", EndsAt: e.Clock.Now().Add(time.Hour).UnixMilli()})
		if !h.banned(h.Service, from(mallory, "192.0.2.1")) || !h.banned(h.Service, from("x", "203.0.113.7")) || h.banned(h.Service, from(other, "203.0.113.8")) {
			t.Error("not exactly the visitor and the address are banned")
		}
		if h.Generation(h.p) == before {
			t.Error("the generation is the same")
		}
		if _, ok := h.talk.ended[other]; ok || len(h.talk.ended) != 2 || h.talk.ended[guest] != (ban.Ref{ID: b.ID, By: h.ann.ID, Reason: "Rude"}) {
			t.Errorf("ended %+v, want Mallory's and the guest's sessions", h.talk.ended)
		}
		got, err := h.Get(t.Context(), h.ann, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		r := got.Record
		if got.Chat != chat || got.By != h.ann.ID || got.Reason != "Rude" || got.Label() != "Mallory" || r.Address != "203.0.113.7" || r.Browser != "Firefox 146" || r.Country != "NL" ||
			r.Page.URL != "https://shop.example/" || len(r.Messages) != 1 || got.Network.String() != "203.0.113.7/32" {
			t.Errorf("got %+v", got)
		}
		if n := testkit.Get[int64](t, e, `SELECT COUNT(*) FROM audit WHERE action = $1 AND agent_id = $2 AND target = $3 AND address = '192.0.2.9'`, audit.BanMade, h.ann.ID, b.ID); n != 1 {
			t.Errorf("%d entries in the audit log, want 1", n)
		}
		if all := testkit.Published(t, e, ban.Changed); len(all) != 1 || len(all[0].Bans) != 1 || all[0].Bans[0] != b.Entry {
			t.Errorf("published %+v, want the whole entry", all)
		}
		e.Clock.Advance(time.Hour)
		if h.banned(h.Service, from(mallory, "203.0.113.7")) {
			t.Error("banned after the end")
		}
	})
}

func TestBansByHandAreForManagersAndAreChecked(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		mallory, chat := h.chat("203.0.113.7", "")
		stranger := open(t, e)
		foreign, foreignChat := stranger.chat("203.0.113.7", "")
		if _, err := h.Allow(t.Context(), h.boss, "198.51.100.7", "Office"); err != nil {
			t.Fatal(err)
		}
		inOffice, officeChat := h.chat("198.51.100.7", "")
		_, nowhere := h.chat("", "")
		for name, c := range map[string]struct {
			who  actor.Agent
			d    ban.Draft
			want error
		}{
			"an agent by hand":          {h.ann, ban.Draft{Network: "203.0.113.9"}, ban.ErrByHand},
			"an agent, more by hand":    {h.ann, ban.Draft{Chat: chat, Email: "a@b.example"}, ban.ErrByHand},
			"nothing":                   {h.boss, ban.Draft{Address: true}, ban.ErrNothing},
			"no reason":                 {h.boss, ban.Draft{Chat: chat, Reason: " "}, ban.ErrReason},
			"an end that is over":       {h.boss, ban.Draft{Chat: chat, EndsAt: e.Clock.Now().UnixMilli()}, ban.ErrEnd},
			"no network":                {h.boss, ban.Draft{Network: "fe80::1%eth0"}, ban.ErrNetwork},
			"too wide":                  {h.boss, ban.Draft{Network: "0.0.0.0/0"}, ban.ErrTooWide},
			"no email address":          {h.boss, ban.Draft{Email: "bob"}, ban.ErrEmail},
			"no domain":                 {h.boss, ban.Draft{Domain: "com"}, ban.ErrDomain},
			"own address":               {h.boss, ban.Draft{Network: "192.0.2.0/24", From: "192.0.2.9"}, ban.ErrOwnAddress},
			"own address in IPv6":       {h.boss, ban.Draft{Network: "192.0.2.9", From: "::ffff:192.0.2.9"}, ban.ErrOwnAddress},
			"own household":             {h.boss, ban.Draft{Network: "2001:db8::1", From: "2001:db8::2"}, ban.ErrOwnAddress},
			"own address, from a chat":  {h.ann, ban.Draft{Chat: chat, Address: true, From: "203.0.113.7"}, ban.ErrOwnAddress},
			"on the allow list":         {h.boss, ban.Draft{Network: "198.51.100.7"}, ban.ErrAllowed},
			"over the allow list":       {h.boss, ban.Draft{Network: "198.51.100.0/24"}, ban.ErrAllowed},
			"visitor on the allow list": {h.ann, ban.Draft{Chat: officeChat}, ban.ErrAllowed},
			"no address known":          {h.ann, ban.Draft{Chat: nowhere, Address: true}, ban.ErrNoAddress},
			"no visitor":                {h.ann, ban.Draft{Visitor: id.New[id.Visitor]()}, ban.ErrVisitor},
			"a neighbour's visitor":     {h.ann, ban.Draft{Visitor: foreign}, ban.ErrVisitor},
			"a neighbour's chat":        {h.ann, ban.Draft{Chat: foreignChat}, ban.ErrChat},
			"somebody else's chat":      {h.ann, ban.Draft{Chat: chat, Visitor: inOffice}, ban.ErrVisitor},
		} {
			if c.d.Reason == "" {
				c.d.Reason = "Rude"
			}
			if _, err := h.Make(t.Context(), c.who, c.d); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if n := testkit.Get[int64](t, e, `SELECT COUNT(*) FROM bans`); n != 0 {
			t.Errorf("%d bans were made", n)
		}
		h.make(h.ann, ban.Draft{Chat: chat, From: "203.0.113.7"}) // the visitor alone, from one's own address: a try-out
		if !h.banned(h.Service, from(mallory, "203.0.113.7")) {
			t.Error("not banned")
		}
		unseen := id.New[id.Visitor]()
		h.talk.online = []ban.Present{{Visitor: unseen, Address: "2001:db8:5::7"}}
		b := h.make(h.ann, ban.Draft{Visitor: unseen, Address: true})
		if b.Network.String() != "2001:db8:5::/64" || !h.banned(h.Service, from(unseen, "192.0.2.77")) {
			t.Errorf("a visitor who never wrote: %+v", b)
		}
	})
}

func TestAPreviewSaysWhomElseItWouldHit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		_, chat := h.chat("203.0.113.7", "a@x.example")
		h.chat("203.0.113.7", "b@x.example")
		long, _ := h.chat("203.0.113.7", "")
		quiet := e.Visitor(t, h.p)
		e.Exec(t, `UPDATE visitors SET address = '203.0.113.7' WHERE id = $1`, quiet.ID)
		e.Exec(t, `UPDATE sessions SET state = 'ended' WHERE visitor_id = $1`, long)
		e.Exec(t, `UPDATE visitors SET seen_at = $1 WHERE id = $2`, e.Clock.Now().Add(-25*time.Hour).UnixMilli(), long)
		h.talk.online = []ban.Present{{Visitor: "new", Address: "203.0.113.7"}, {Visitor: "far", Address: "192.0.2.1"}}
		for name, c := range map[string]struct {
			d    ban.Draft
			want ban.Preview
		}{
			"the visitor alone": {ban.Draft{Chat: chat}, ban.Preview{}},
			"the address":       {ban.Draft{Chat: chat, Address: true}, ban.Preview{Network: "203.0.113.7/32", Others: 3, OthersInChat: 1}},
			"a range":           {ban.Draft{Network: "203.0.113.1/24"}, ban.Preview{Network: "203.0.113.0/24", Others: 4, OthersInChat: 2}},
			"a domain":          {ban.Draft{Domain: "x.example"}, ban.Preview{Others: 2, OthersInChat: 2}},
			"one's own":         {ban.Draft{Chat: chat, Address: true, From: "203.0.113.7"}, ban.Preview{Network: "203.0.113.7/32", Others: 3, OthersInChat: 1, Refused: ban.ErrOwnAddress}},
		} {
			got, err := h.Preview(t.Context(), h.boss, c.d)
			if err != nil || got != c.want {
				t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
			}
		}
		if n := testkit.Get[int64](t, e, `SELECT COUNT(*) FROM bans`); n != 0 {
			t.Errorf("%d bans were made", n)
		}
	})
}

func TestAnEditAndALiftAreChangesOfStateThatEveryNodeHearsOf(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		ctx := t.Context()
		mallory, chat := h.chat("203.0.113.7", "")
		b := h.make(h.ann, ban.Draft{Chat: chat})
		var told []bool
		h.OnChange(func(_ id.Property, _ ban.Entry, over bool) { told = append(told, over) })
		e.Clock.Advance(time.Minute)
		reason, end := "Very rude", e.Clock.Now().Add(time.Hour).UnixMilli()
		if _, err := h.Edit(ctx, h.boss, b.ID, ban.Patch{Reason: &reason, EndsAt: &end}); err != nil {
			t.Fatal(err)
		}
		if v, _ := h.Check(ctx, h.p, from(mallory, "192.0.2.1")); v.Reason != reason || v.Until.UnixMilli() != end {
			t.Errorf("%+v after the edit", v)
		}
		lifted, err := h.Lift(ctx, h.boss, b.ID)
		if err != nil || lifted.LiftedBy != h.boss.ID || h.banned(h.Service, from(mallory, "192.0.2.1")) {
			t.Errorf("%+v, %v after the lift", lifted, err)
		}
		if _, err := h.Lift(ctx, h.boss, b.ID); err != nil {
			t.Errorf("a second lift: %v", err)
		}
		if _, err := h.Edit(ctx, h.boss, b.ID, ban.Patch{Reason: &reason}); !errors.Is(err, ban.ErrOver) {
			t.Errorf("an edit of what is over: %v", err)
		}
		if !slices.Equal(told, []bool{false, true}) {
			t.Errorf("the listener heard %v, want an edit and a lift", told)
		}
		for action, want := range map[audit.Action]int64{audit.BanEdited: 1, audit.BanLifted: 1} {
			if n := testkit.Get[int64](t, e, `SELECT COUNT(*) FROM audit WHERE action = $1`, action); n != want {
				t.Errorf("%d entries %s in the audit log, want %d", n, action, want)
			}
		}
		past, _, err := h.List(ctx, h.ann, ban.Filter{Past: true}, page.Cursor{}, 0)
		if err != nil || len(past) != 1 || past[0].State(e.Clock.Now().UnixMilli()) != ban.Lifted {
			t.Errorf("past bans %+v, %v", past, err)
		}
	})
}

func TestManyAreLiftedOrNone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h, other := open(t, e), open(t, e)
		a, b := h.make(h.boss, ban.Draft{Email: "a@x.example"}), h.make(h.boss, ban.Draft{Email: "b@x.example"})
		foreign := other.make(other.boss, ban.Draft{Email: "c@x.example"})
		if _, err := h.LiftMany(t.Context(), h.boss, []id.Ban{a.ID, foreign.ID}); !errors.Is(err, ban.ErrNotFound) || !h.banned(h.Service, ban.Who{Email: "a@x.example"}) {
			t.Errorf("with a neighbour's: %v", err)
		}
		n, err := h.LiftMany(t.Context(), h.boss, []id.Ban{b.ID, a.ID, a.ID})
		if err != nil || n != 2 || h.banned(h.Service, ban.Who{Email: "a@x.example"}) || h.banned(h.Service, ban.Who{Email: "b@x.example"}) {
			t.Errorf("%d, %v; want 2", n, err)
		}
		if _, err := h.Get(t.Context(), h.ann, foreign.ID); !errors.Is(err, ban.ErrNotFound) {
			t.Errorf("a neighbour's: %v", err)
		}
		if _, err := h.Edit(t.Context(), h.boss, foreign.ID, ban.Patch{}); !errors.Is(err, ban.ErrNotFound) {
			t.Errorf("edit a neighbour's: %v", err)
		}
		if other.banned(other.Service, ban.Who{Email: "a@x.example"}) || !other.banned(other.Service, ban.Who{Email: "c@x.example"}) {
			t.Error("a ban crossed properties")
		}
	})
}

func TestANodeThatHeardNothingKnowsAfterTheNextReading(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		ctx := t.Context()
		deaf := h.node()
		var told []string
		deaf.OnChange(func(_ id.Property, b ban.Entry, over bool) {
			told = append(told, b.Email+map[bool]string{true: " over"}[over])
		})
		if h.banned(deaf, ban.Who{Email: "a@x.example"}) {
			t.Fatal("banned before")
		}
		e.Clock.Advance(30 * time.Second)
		b := h.make(h.boss, ban.Draft{Email: "a@x.example"})
		if h.banned(deaf, ban.Who{Email: "a@x.example"}) {
			t.Fatal("the deaf node knows")
		}
		for range 2 {
			e.Clock.Advance(10 * time.Second)
			if err := deaf.Refresh(ctx); err != nil || !h.banned(deaf, ban.Who{Email: "a@x.example"}) {
				t.Fatalf("not banned after the reading: %v", err)
			}
		}
		if _, err := h.Lift(ctx, h.boss, b.ID); err != nil {
			t.Fatal(err)
		}
		a, err := h.Allow(ctx, h.boss, "192.0.2.0/24", "Office")
		if err != nil {
			t.Fatal(err)
		}
		if err := deaf.Refresh(ctx); err != nil || h.banned(deaf, ban.Who{Email: "a@x.example"}) {
			t.Fatalf("banned after the lift: %v", err)
		}
		if v, err := deaf.Check(ctx, h.p, from("v", "192.0.2.1")); err != nil || !v.Allowed.IsValid() {
			t.Errorf("%+v, %v; want allowed", v, err)
		}
		if err := h.Disallow(ctx, h.boss, a.ID); err != nil {
			t.Fatal(err)
		}
		if err := deaf.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		if v, _ := deaf.Check(ctx, h.p, from("v", "192.0.2.1")); v.Allowed.IsValid() {
			t.Errorf("%+v, want no longer allowed", v)
		}
		if want := []string{"a@x.example", " over", "a@x.example over", ""}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		fresh := h.node() // a restart
		h.make(h.boss, ban.Draft{Email: "b@x.example"})
		if h.banned(fresh, ban.Who{Email: "a@x.example"}) || !h.banned(fresh, ban.Who{Email: "b@x.example"}) {
			t.Error("a node that has just started knows something else")
		}
	})
}

func TestTheAllowListWinsAndIsAList(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		ctx := t.Context()
		h.make(h.boss, ban.Draft{Network: "203.0.113.0/24"})
		a, err := h.Allow(ctx, h.boss, "203.0.113.7", " Office ")
		if err != nil || h.banned(h.Service, from("v", "203.0.113.7")) || !h.banned(h.Service, from("v", "203.0.113.8")) {
			t.Errorf("allowed: %v", err)
		}
		if _, err := h.Allow(ctx, h.boss, "::ffff:203.0.113.7", ""); !errors.Is(err, ban.ErrListed) {
			t.Errorf("twice: %v", err)
		}
		if _, err := h.Allow(ctx, h.boss, "0.0.0.0/0", ""); !errors.Is(err, ban.ErrTooWide) {
			t.Errorf("everybody: %v", err)
		}
		if _, err := h.Allow(ctx, h.boss, "192.0.2.1", strings.Repeat("x", 201)); !errors.Is(err, ban.ErrNote) {
			t.Errorf("a long note: %v", err)
		}
		got, err := h.Test(ctx, h.ann, ban.Question{Address: "203.0.113.7"})
		if err != nil || got.Banned || got.Allowed == nil || got.Allowed.Note != "Office" {
			t.Errorf("test box: %+v, %v", got, err)
		}
		if got, err = h.Test(ctx, h.ann, ban.Question{Address: "203.0.113.8"}); err != nil || !got.Banned || got.Ban == nil || got.Ban.Label() != "203.0.113.0/24" {
			t.Errorf("test box: %+v, %v", got, err)
		}
		if _, err = h.Test(ctx, h.ann, ban.Question{Address: "here"}); !errors.Is(err, ban.ErrNetwork) {
			t.Errorf("test box: %v", err)
		}
		other := open(t, e)
		if err := other.Disallow(ctx, other.boss, a.ID); !errors.Is(err, ban.ErrNoNetwork) {
			t.Errorf("a neighbour's: %v", err)
		}
		if err := h.Disallow(ctx, h.boss, a.ID); err != nil || !h.banned(h.Service, from("v", "203.0.113.7")) {
			t.Errorf("after taking it off: %v", err)
		}
		if all, err := h.AllowList(ctx, h.ann); err != nil || len(all) != 0 {
			t.Errorf("the list: %+v, %v", all, err)
		}
		if _, err := h.Allow(ctx, h.boss, "203.0.113.7", "again"); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

func TestHitsAreCountedInMemoryAndWrittenDown(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		b := h.make(h.boss, ban.Draft{Network: "203.0.113.7"})
		for range 3 {
			e.Clock.Advance(time.Second)
			h.banned(h.Service, from("v", "203.0.113.7"))
		}
		if _, err := h.Test(t.Context(), h.boss, ban.Question{Address: "203.0.113.7"}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := h.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		got, err := h.Get(t.Context(), h.ann, b.ID)
		if err != nil || got.Hits != 3 || got.HitAt != e.Clock.Now().UnixMilli() || got.ChangedAt != b.ChangedAt {
			t.Errorf("%+v, %v; want 3 hits", got, err)
		}
	})
}

func TestAStrangersQuestionsLeaveNothingInMemory(t *testing.T) {
	h := open(t, testkit.SQLite(t))
	nobody := id.New[id.Property]()
	if v, err := h.Check(t.Context(), nobody, from("v", "203.0.113.7")); err != nil || v.Banned || h.Generation(nobody) != 0 {
		t.Errorf("%+v, %v, %d", v, err, h.Generation(nobody))
	}
}

// TestTheRecordHasTheCountry of the row, which knows more than the address; of the address where the row does not know.
func TestTheRecordHasTheCountry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		h := open(t, e)
		known, _ := h.chat("198.51.100.1", "")
		e.Exec(t, `UPDATE visitors SET country = 'FR' WHERE id = $1`, known)
		before, _ := h.chat("198.51.100.2", "")
		inside, _ := h.chat("10.0.0.3", "")
		browsing := id.New[id.Visitor]()
		h.talk.online = []ban.Present{{Visitor: browsing, Address: "203.0.113.9"}}
		for v, want := range map[id.Visitor]string{known: "FR", before: "DE", inside: "", browsing: "NL"} {
			got, err := h.Get(t.Context(), h.ann, h.make(h.ann, ban.Draft{Visitor: v}).ID)
			if err != nil || got.Record.Country != want {
				t.Errorf("%s: %+v, %v; want %q", v, got.Record, err, want)
			}
		}
	})
}
