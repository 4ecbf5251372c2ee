package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/testkit"
	"parley/internal/visitor"
)

// world is a property with two agents and a visitor, on one database.
type world struct {
	*testkit.Env
	*Service
	p        id.Property
	ann, bob actor.Agent
	vera     actor.Visitor
	help     *help
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) { fn(t, newWorld(t, e)) })
}

func newWorld(t testing.TB, e *testkit.Env) *world {
	t.Helper()
	p := e.Property(t)
	w := &world{
		Env: e, Service: service(e.DB, e), p: p,
		ann: e.Agent(t, p, actor.Owner, "Ann"), bob: e.Agent(t, p, actor.AgentRole, "Bob"),
		vera: actor.Visitor{ID: id.New[id.Visitor](), Property: p, Address: "198.51.100.7"}, help: &help{},
	}
	w.Articles = w.help
	return w
}

func service(d *db.DB, e *testkit.Env) *Service {
	now := e.Clock.Now
	return &Service{
		DB: d, Now: now, Settings: property.New(property.Options{DB: d, Now: now}), People: names{d},
		Visitors: &visitor.Service{DB: d, Now: now}, Log: slog.New(slog.DiscardHandler),
	}
}

// names is the agents' directory without a memory.
type names struct{ db *db.DB }

func (n names) Person(ctx context.Context, a id.Agent) (wire.Person, error) {
	p := wire.Person{ID: a}
	err := n.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `SELECT COALESCE(max(name), '') FROM agents WHERE id = $1`, a).Scan(&p.Name)
	})
	return p, err
}

func (n names) Serves(ctx context.Context, a id.Agent, p id.Property) (bool, error) {
	count := 0
	err := n.db.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `SELECT count(*) FROM memberships WHERE agent_id = $1 AND property_id = $2 AND disabled_at = 0`, a, p).Scan(&count)
	})
	return count > 0, err
}

func (n names) Reachable(ctx context.Context, a id.Agent, p id.Property) (bool, error) {
	return n.Serves(ctx, a, p)
}

// say is a message by the world's visitor; its client id is unlike any other.
func (w *world) say(t testing.TB, text string) wire.Ack {
	t.Helper()
	ack, err := w.Say(t.Context(), w.vera, VisitorSay{ClientID: id.New[string](), Text: text, Facts: visitor.Facts{Browser: "Firefox 140", Page: wire.Page{URL: "https://shop.example/"}}})
	if err != nil {
		t.Fatalf("say %q: %v", text, err)
	}
	return ack
}

func (w *world) send(t testing.TB, who actor.Agent, chat id.Chat, text string) wire.Ack {
	t.Helper()
	ack, err := w.Send(t.Context(), who, chat, AgentSay{ClientID: id.New[string](), Text: text})
	if err != nil {
		t.Fatalf("send %q: %v", text, err)
	}
	return ack
}

// must is for commands that have to work.
func must(t testing.TB) func(wire.Ack, error) wire.Ack {
	return func(ack wire.Ack, err error) wire.Ack {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return ack
	}
}

// chat is the newest chat of the world's visitor.
func (w *world) chat(t testing.TB) id.Chat {
	t.Helper()
	return id.Chat(testkit.Get[string](t, w.Env, `SELECT chat_id FROM sessions WHERE visitor_id = $1 ORDER BY started_at DESC, id DESC LIMIT 1`, w.vera.ID))
}

func (w *world) row(t testing.TB, who actor.Agent, chat id.Chat) wire.Row {
	t.Helper()
	r, err := w.Get(t.Context(), who, chat)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lists is the chats in an agent's list, with their states.
func (w *world) lists(t testing.TB, who actor.Agent) []string {
	t.Helper()
	l, err := w.List(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, r := range l.Rows {
		list = append(list, fmt.Sprintf("%d %s", r.Number, r.State))
	}
	return list
}

// sees is the visitor's thread in short: kind, and words.
func (w *world) sees(t testing.TB) []string {
	t.Helper()
	r, err := w.Resume(t.Context(), w.vera, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for i, m := range r.Messages {
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has seq %d", i+1, m.Seq)
		}
		list = append(list, strings.TrimSpace(string(m.Kind)+" "+m.Text))
	}
	return list
}

func (w *world) agentsSee(t testing.TB, chat id.Chat) []string {
	t.Helper()
	th, err := w.Messages(t.Context(), w.ann, chat, 0, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, m := range th.Messages {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%d/%d %s %s", m.Seq, m.VSeq, m.Kind, m.Text)))
	}
	return list
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func decode[T any](t testing.TB, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func TestFirstMessageStartsASession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ack := w.say(t, "hello")
		if ack.Seq != 1 || ack.Session == "" || ack.At != testkit.Start.UnixMilli() || ack.Chat != "" {
			t.Errorf("ack %+v", ack)
		}
		names := []string{}
		for _, e := range w.Events() {
			names = append(names, e.Name)
		}
		same(t, "events", names, []string{"visitor.made", "chat.changed", "chat.said"})
		c := testkit.Published(t, w.Env, ChangedTopic)[0]
		frame := decode[wire.ChatFrame](t, c.Frame)
		row := w.row(t, w.ann, c.Chat)
		same(t, "frame", frame, wire.ChatFrame{T: "chat", Chat: row, Alert: true})
		if row.State != wire.Waiting || row.Visitor.Number != 1 || row.Visitor.Sessions != 1 || row.Visitor.Browser != "Firefox 140" ||
			row.Last.Text != "hello" || row.VisitorCount != 1 || row.UnansweredSince != ack.At || row.Visitor.Page == nil {
			t.Errorf("row %+v", row)
		}
		if f := decode[wire.VisitorSessionFrame](t, c.VisitorFrame); !f.Session.Active || f.Session.ID != ack.Session {
			t.Errorf("the visitor hears %+v", f)
		}
		said := testkit.Published(t, w.Env, SaidTopic)[0]
		if m := decode[wire.VisitorMessageFrame](t, said.VisitorFrame).M; m.Text != "hello" || m.Seq != 1 || m.Author != nil {
			t.Errorf("visitor's frame %+v", m)
		}
		same(t, "update", said.Update, wire.RowUpdate{ID: c.Chat, Version: row.Version, UnansweredSince: ack.At, VisitorCount: 1, Last: row.Last})
		same(t, "Ann's list", w.lists(t, w.ann), []string{"1 waiting"})
	})
}

func TestConversation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "hello")
		chat := w.chat(t)
		w.Clock.Advance(time.Second)
		w.Forget()
		in := AgentSay{ClientID: "a1", Text: "hi!", Origin: "conn"}
		ack := must(t)(w.Send(t.Context(), w.ann, chat, in))
		if ack.Seq != 3 || ack.VSeq != 3 || ack.Chat != chat {
			t.Errorf("ack %+v: saying joins first", ack)
		}
		said := testkit.Published(t, w.Env, SaidTopic)
		if len(said) != 2 || said[0].Origin != "" || said[1].Origin != "conn" || said[0].Update != said[1].Update {
			t.Errorf("said %+v", said)
		}
		if m := decode[wire.VisitorMessageFrame](t, said[0].VisitorFrame).M; m.Kind != wire.Joined || m.Author == nil || m.Author.Name != "Ann" {
			t.Errorf("joined %+v", m)
		}
		same(t, "joined", testkit.Published(t, w.Env, ChangedTopic)[0].Joined, []id.Agent{w.ann.ID})
		if r := w.row(t, w.bob, chat); r.State != wire.Served || r.UnansweredSince != 0 || r.ServedAt != ack.At || len(r.Members) != 1 || r.Members[0].Name != "Ann" {
			t.Errorf("row %+v", r)
		}
		w.Forget()
		must(t)(w.Send(t.Context(), w.bob, chat, AgentSay{ClientID: "b1", Text: "psst", Whisper: true}))
		if s := testkit.Published(t, w.Env, SaidTopic)[0]; s.VisitorFrame != nil {
			t.Errorf("the visitor hears a whisper: %s", s.VisitorFrame)
		}
		must(t)(w.Invite(t.Context(), w.ann, chat, "i1", w.bob.ID))
		must(t)(w.Join(t.Context(), w.bob, chat, "j1"))
		must(t)(w.Join(t.Context(), w.bob, chat, "j2"))
		w.say(t, "thanks")
		must(t)(w.Leave(t.Context(), w.ann, chat, "l1"))
		same(t, "agents", w.agentsSee(t, chat), []string{
			"1/1 text hello", "2/2 joined", "3/3 text hi!", "4/0 whisper psst", "5/0 invited", "6/4 joined", "7/5 text thanks", "8/6 left",
		})
		same(t, "visitor", w.sees(t), []string{"text hello", "joined", "text hi!", "joined", "text thanks", "left"})
		if again := decode[wire.ChatFrame](t, testkit.Published(t, w.Env, ChangedTopic)[0].Frame); again.For != string(w.bob.ID) || !again.Alert {
			t.Errorf("invitation %+v", again)
		}
	})
}

func TestCloseIsSilentAndTheNextMessageIsANewChat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "one")
		first := w.chat(t)
		w.send(t, w.ann, first, "two")
		must(t)(w.Join(t.Context(), w.bob, first, "j"))
		must(t)(w.Close(t.Context(), w.ann, first, "c"))
		same(t, "Ann's list", w.lists(t, w.ann), []string{})
		same(t, "Bob's list", w.lists(t, w.bob), []string{"1 served"})
		w.Forget()
		must(t)(w.Close(t.Context(), w.bob, first, "c"))
		must(t)(w.Close(t.Context(), w.bob, first, "c"))
		same(t, "Bob's list", w.lists(t, w.bob), []string{})
		for _, s := range testkit.Published(t, w.Env, SaidTopic) {
			if s.VisitorFrame != nil {
				t.Errorf("the visitor notices: %s", s.VisitorFrame)
			}
		}
		if c := testkit.Published(t, w.Env, ChangedTopic); len(c) != 1 || c[0].VisitorFrame != nil || !slices.Equal(c[0].Left, []id.Agent{w.bob.ID}) {
			t.Errorf("changed %+v", c)
		}
		w.Forget()
		w.Clock.Advance(time.Minute)
		w.say(t, "three")
		second := w.chat(t)
		c := testkit.Published(t, w.Env, ChangedTopic)
		if f := decode[wire.ChatFrame](t, c[0].Frame); len(c) != 1 || !f.Alert || f.Chat.Number != 2 || f.Chat.State != wire.Waiting || len(f.Chat.Members) != 0 {
			t.Errorf("changed %+v", f)
		}
		same(t, "Ann's list", w.lists(t, w.ann), []string{"2 waiting"})
		same(t, "visitor", w.sees(t), []string{"text one", "joined", "text two", "joined", "text three"})
		if r := w.row(t, w.ann, first); r.State != wire.ChatClosed || r.Last.Text != "two" || r.Number != 1 || r.EndedAt == 0 || r.UnansweredSince != 0 {
			t.Errorf("the closed chat %+v", r)
		}
		// The older chat is history: it can be read and closed, and nothing else.
		if _, err := w.Join(t.Context(), w.ann, first, "j"); !errors.Is(err, ErrSuperseded) {
			t.Errorf("join: %v", err)
		}
		if _, err := w.Send(t.Context(), w.ann, first, AgentSay{ClientID: "x", Text: "x"}); !errors.Is(err, ErrSuperseded) {
			t.Errorf("send: %v", err)
		}
		if _, err := w.End(t.Context(), w.ann, first, "e"); !errors.Is(err, ErrOnlyVisitorEnds) {
			t.Errorf("end: %v", err)
		}
		must(t)(w.Close(t.Context(), w.ann, first, "c"))
		if got := w.agentsSee(t, first); len(got) != 6 || !slices.Equal(got, w.agentsSee(t, second)) {
			t.Errorf("both chats show the whole session: %q", got)
		}
	})
}

func TestOnlyTheVisitorEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "one").Session
		chat := w.chat(t)
		w.send(t, w.ann, chat, "two")
		if _, err := w.End(t.Context(), w.ann, chat, "e"); !errors.Is(err, ErrOnlyVisitorEnds) {
			t.Fatalf("end: %v", err)
		}
		w.Forget()
		ack := must(t)(w.EndSession(t.Context(), w.vera, "e1", s))
		if ack.Seq != 4 {
			t.Errorf("ack %+v", ack)
		}
		if f := decode[wire.VisitorSessionFrame](t, testkit.Published(t, w.Env, ChangedTopic)[0].VisitorFrame); f.Session.Active || f.Session.EndedBy != wire.EndedByVisitor {
			t.Errorf("session frame %+v", f)
		}
		w.Forget()
		same(t, "ending again", must(t)(w.EndSession(t.Context(), w.vera, "e1", s)), ack)
		if len(w.Events()) != 0 {
			t.Errorf("ending again: %v", w.Events())
		}
		same(t, "Ann's list", w.lists(t, w.ann), []string{"1 ended"})
		same(t, "Bob's list", w.lists(t, w.bob), []string{})
		if _, err := w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "x", Text: "x"}); !errors.Is(err, ErrEnded) {
			t.Errorf("send: %v", err)
		}
		must(t)(w.Rate(t.Context(), w.vera, Rating{ClientID: "r1", Session: s, Rating: 1, Comment: "nice"}))
		must(t)(w.Rate(t.Context(), w.vera, Rating{ClientID: "r1", Session: s, Rating: 1, Comment: "nice"}))
		if r := w.row(t, w.ann, chat); r.Rating != 1 || r.Last.Kind != wire.Text || r.Last.Text == "nice" || r.Last.Seq != 5 || r.EndedBy != wire.EndedByVisitor {
			t.Errorf("row %+v", r)
		}
		must(t)(w.Close(t.Context(), w.ann, chat, "c"))
		same(t, "Ann's list", w.lists(t, w.ann), []string{})

		w.Clock.Advance(time.Minute)
		if again := w.say(t, "three"); again.Session == s || again.Seq != 1 {
			t.Errorf("after the end: %+v", again)
		}
		list, _, err := w.VisitorSessions(t.Context(), w.vera, "")
		if err != nil || len(list) != 2 || !list[0].Active || list[1].LastText != "two" || list[1].Rating != 1 {
			t.Errorf("sessions %+v, %v", list, err)
		}
		if r := w.row(t, w.ann, w.chat(t)); r.Visitor.Sessions != 2 {
			t.Errorf("row %+v", r)
		}
	})
}

func TestARetryGetsTheFirstAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := VisitorSay{ClientID: "v1", Text: "one"}
		ack := must(t)(w.Say(t.Context(), w.vera, in))
		chat := w.chat(t)
		out := AgentSay{ClientID: "a1", Text: "two"}
		agents := must(t)(w.Send(t.Context(), w.ann, chat, out))
		w.Forget()
		retry := func(when string) {
			t.Helper()
			other := in
			other.Text = "another text"
			same(t, when+": say", must(t)(w.Say(t.Context(), w.vera, in)), ack)
			same(t, when+": say with another text", must(t)(w.Say(t.Context(), w.vera, other)), ack)
			same(t, when+": send", must(t)(w.Send(t.Context(), w.ann, chat, out)), agents)
		}
		retry("at once")
		w.Clock.Advance(time.Minute)
		retry("later")
		if len(w.Events()) != 0 {
			t.Errorf("retries are news: %v", w.Events())
		}
		must(t)(w.Close(t.Context(), w.ann, chat, "c"))
		retry("after the close")
		must(t)(w.EndSession(t.Context(), w.vera, "e", ack.Session))
		retry("after the end")
		w.Clock.Advance(time.Minute)
		w.say(t, "three")
		retry("in the next session")
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM sessions`); n != 2 {
			t.Errorf("%d sessions, want 2", n)
		}
		if n := testkit.Get[int](t, w.Env, `SELECT count(*) FROM messages WHERE sender <> 'system'`); n != 3 {
			t.Errorf("%d messages, want 3", n)
		}
		// An id is its author's: a colleague and another visitor may use the same.
		must(t)(w.Send(t.Context(), w.bob, w.chat(t), AgentSay{ClientID: "a1", Text: "four"}))
	})
}

func TestMissedAndTimeOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "anybody?").Session
		chat := w.chat(t)
		w.Forget()
		w.Clock.Advance(4*time.Minute + 59*time.Second)
		next := sweep(t, w.Service)
		if want := testkit.Start.Add(5 * time.Minute); !next.Equal(want) || len(w.Events()) != 0 {
			t.Errorf("next %v, want %v; %v", next, want, w.Events())
		}
		w.Clock.Advance(time.Second)
		sweep(t, w.Service)
		sweep(t, w.Service)
		c := testkit.Published(t, w.Env, ChangedTopic)
		if len(c) != 1 || !c[0].Counts || !decode[wire.VisitorSessionFrame](t, c[0].VisitorFrame).Session.Missed {
			t.Errorf("missed: %+v", c)
		}
		if n, err := w.Counts(t.Context(), w.p); n != 1 || err != nil {
			t.Errorf("counts %d, %v", n, err)
		}
		same(t, "Ann's list", w.lists(t, w.ann), []string{})
		w.Clock.Advance(5 * time.Minute)
		w.say(t, "hello?") // a new chat, and 20 minutes more of patience
		same(t, "Ann's list", w.lists(t, w.ann), []string{"2 waiting"})
		w.send(t, w.ann, w.chat(t), "here")
		w.Clock.Advance(19 * time.Minute)
		sweep(t, w.Service)
		if r := w.row(t, w.ann, w.chat(t)); r.State != wire.Served {
			t.Errorf("ended too early: %+v", r)
		}
		w.Forget()
		w.Clock.Advance(time.Minute)
		sweep(t, w.Service)
		if r := w.row(t, w.ann, w.chat(t)); r.State != wire.ChatEnded || r.EndedBy != wire.EndedByTimeout || r.Members[0].State != wire.MemberLeft {
			t.Errorf("timed out: %+v", r)
		}
		same(t, "left", testkit.Published(t, w.Env, ChangedTopic)[0].Left, []id.Agent{w.ann.ID})
		same(t, "Ann's list", w.lists(t, w.ann), []string{})
		if r, _ := w.Resume(t.Context(), w.vera, s, 0); r.Session.Active || r.Session.EndedBy != wire.EndedByTimeout {
			t.Errorf("resume %+v", r.Session)
		}
		if r := w.row(t, w.ann, chat); r.State != wire.ChatMissed {
			t.Errorf("the first chat %+v", r)
		}
		if next := sweep(t, w.Service); next.Sub(w.Clock.Now()) != maxNap {
			t.Errorf("nothing is due, but the next look is in %v", next.Sub(w.Clock.Now()))
		}
	})
}

func sweep(t testing.TB, s *Service) time.Time {
	t.Helper()
	next, err := s.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestUnservedChatsThatEndAreMissed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "bye").Session
		must(t)(w.EndSession(t.Context(), w.vera, "e", s))
		if r, _ := w.Resume(t.Context(), w.vera, s, 1); !r.Session.Missed || len(r.Messages) != 1 {
			t.Errorf("resume %+v", r)
		}
		if n, _ := w.Counts(t.Context(), w.p); n != 1 {
			t.Errorf("%d missed", n)
		}
	})
}

// TestDeadlinesSurviveARestart: the server stops before the deadline and starts again long after it.
func TestDeadlinesSurviveARestart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "anybody?")
		if err := w.Env.DB.Close(); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(3 * time.Hour)
		d, err := db.Open(t.Context(), db.Options{URL: w.URL})
		if err != nil {
			t.Fatal(err)
		}
		w.Env.DB = d
		w.Service = service(d, w.Env)
		sweep(t, w.Service)
		r := w.row(t, w.ann, w.chat(t))
		if r.State != wire.ChatMissed || r.EndedBy != wire.EndedByTimeout {
			t.Errorf("row %+v", r)
		}
		same(t, "agents", w.agentsSee(t, r.ID), []string{"1/1 text anybody?", "2/0 missed", "3/2 ended"})
	})
}

// TestStaleSweep: between the look and the decision the visitor wrote, an agent joined, another node swept.
func TestStaleSweep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "one").Session
		d := due{w.p, s}
		w.Clock.Advance(20 * time.Minute)
		w.say(t, "two")
		w.send(t, w.ann, w.chat(t), "here")
		w.Forget()
		if err := w.sweepOne(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if r := w.row(t, w.ann, w.chat(t)); r.State != wire.Served || len(w.Events()) != 0 {
			t.Errorf("a stale sweep changed %+v, %v", r, w.Events())
		}
		w.Clock.Advance(time.Hour)
		for range 2 {
			if err := w.sweepOne(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(testkit.Published(t, w.Env, SaidTopic)); n != 1 {
			t.Errorf("two sweeps of one time-out said %d times that it ended", n)
		}
	})
}

func TestNewSettingsMoveTheDeadlines(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "one")
		w.Exec(t, `UPDATE properties SET settings = $2 WHERE id = $1`, w.p,
			strings.NewReplacer(`"timeout_minutes":20`, `"timeout_minutes":10`, `"missed_minutes":5`, `"missed_minutes":2`).Replace(testkit.Settings))
		w.Service = service(w.Env.DB, w.Env) // a fresh memory of the settings
		if err := w.SettingsChanged(t.Context(), w.p); err != nil {
			t.Fatal(err)
		}
		start := testkit.Start.UnixMilli()
		if got := testkit.Get[int64](t, w.Env, `SELECT timeout_at FROM sessions`); got != start+600_000 {
			t.Errorf("time-out in %d ms", got-start)
		}
		if got := testkit.Get[int64](t, w.Env, `SELECT missed_at FROM sessions`); got != start+120_000 {
			t.Errorf("missed in %d ms", got-start)
		}
	})
}

func TestVisitorLeavesAndComesBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		leave := func() {
			t.Helper()
			if err := w.VisitorLeft(t.Context(), w.p, w.vera.ID); err != nil {
				t.Fatal(err)
			}
		}
		leave() // no session: nothing
		s := w.say(t, "one").Session
		w.Forget()
		leave()
		leave()
		moved := testkit.Published(t, w.Env, MovedTopic)
		if len(moved) != 1 || decode[wire.VisitorFrame](t, moved[0].Frame).Visitor.Away == 0 || len(testkit.Published(t, w.Env, SaidTopic)) != 1 {
			t.Errorf("left: %+v", w.Events())
		}
		if r, _ := w.Resume(t.Context(), w.vera, s, 1); !r.Away || len(r.Messages) != 0 {
			t.Errorf("resume %+v", r)
		}
		for range 2 {
			if err := w.VisitorBack(t.Context(), w.p, w.vera.ID); err != nil {
				t.Fatal(err)
			}
		}
		if r := w.row(t, w.ann, w.chat(t)); r.Visitor.Away != 0 || r.Last.Text != "one" {
			t.Errorf("back: %+v", r)
		}
		leave()
		w.say(t, "two") // who writes is there
		same(t, "agents", w.agentsSee(t, w.chat(t)), []string{
			"1/1 text one", "2/0 visitor_left", "3/0 visitor_back", "4/0 visitor_left", "5/0 visitor_back", "6/2 text two",
		})
		same(t, "visitor", w.sees(t), []string{"text one", "text two"})
		w.Forget()
		if err := w.VisitorMoved(t.Context(), w.p, w.vera.ID); err != nil || len(testkit.Published(t, w.Env, MovedTopic)) != 1 {
			t.Errorf("moved: %v, %v", err, w.Events())
		}
	})
}

func TestMarksNeverGoBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "one").Session
		w.say(t, "two")
		chat := w.chat(t)
		w.Forget()
		version := w.row(t, w.ann, chat).Version
		for _, m := range [][2]int64{{1, 0}, {2, 1}, {1, 1}, {2, 0}, {99, 0}, {0, 99}, {-1, -5}} {
			if err := w.MarkVisitor(t.Context(), w.vera, s, m[0], m[1]); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range [][3]int64{{0, 2, 1}, {1, 1, 2}, {0, 0, 1}, {0, 0, 99}, {99, 99, 0}} {
			if err := w.MarkTeam(t.Context(), w.ann, chat, m[0], m[1], m[2]); err != nil {
				t.Fatal(err)
			}
		}
		r := w.row(t, w.ann, chat)
		same(t, "marks", r.Marks, wire.Marks{VisitorGot: 2, VisitorRead: 1, TeamGot: 2, TeamRead: 2})
		if r.Version != version {
			t.Errorf("marks grow the version")
		}
		if n := len(testkit.Published(t, w.Env, MarkedTopic)); n != 3 {
			t.Errorf("%d marks told, want 3", n)
		}
		if n := len(testkit.Published(t, w.Env, ReadMovedTopic)); n != 2 {
			t.Errorf("%d reads told, want 2", n)
		}
		l, err := w.List(t.Context(), w.ann)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "reads", l.Reads, map[id.Session]int64{s: 2})
	})
}

func TestResumeAndHistoryOfTheVisitor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if r, err := w.Resume(t.Context(), w.vera, "", 0); err != nil || r.Session != nil {
			t.Errorf("a new visitor: %+v, %v", r, err)
		}
		var s id.Session
		const n = wire.MaxMissed + 10
		for i := range n {
			s = w.say(t, fmt.Sprint(i+1)).Session
		}
		seqs := func(ms []wire.VisitorMessage) [3]int64 {
			if len(ms) == 0 {
				return [3]int64{}
			}
			return [3]int64{int64(len(ms)), ms[0].Seq, ms[len(ms)-1].Seq}
		}
		for _, tt := range []struct {
			session id.Session
			last    int64
			want    [3]int64
			more    bool
		}{
			{s, n, [3]int64{}, false},
			{s, n - 2, [3]int64{2, n - 1, n}, false},
			{s, 0, [3]int64{wire.MaxMissed, 11, n}, true},
			{s, 10, [3]int64{wire.MaxMissed, 11, n}, false},
			{"", n, [3]int64{wire.MaxMissed, 11, n}, true},
			{"another", n, [3]int64{wire.MaxMissed, 11, n}, true},
			{s, n + 5, [3]int64{wire.MaxMissed, 11, n}, true},
		} {
			r, err := w.Resume(t.Context(), w.vera, tt.session, tt.last)
			if err != nil || seqs(r.Messages) != tt.want || r.More != tt.more || r.Session.Last != n {
				t.Errorf("resume(%q, %d) = %v more %v, %v; want %v more %v", tt.session, tt.last, seqs(r.Messages), r.More, err, tt.want, tt.more)
			}
		}
		for _, tt := range []struct {
			before, after int64
			want          [3]int64
			more          bool
		}{
			{0, 0, [3]int64{wire.MaxMissed, 11, n}, true},
			{11, 0, [3]int64{10, 1, 10}, false},
			{0, 5, [3]int64{wire.MaxMissed, 6, 205}, true},
			{0, n, [3]int64{}, false},
		} {
			ms, more, err := w.VisitorHistory(t.Context(), w.vera, s, tt.before, tt.after)
			if err != nil || seqs(ms) != tt.want || more != tt.more {
				t.Errorf("history(%d, %d) = %v more %v, %v; want %v more %v", tt.before, tt.after, seqs(ms), more, err, tt.want, tt.more)
			}
		}
		th, err := w.Newest(t.Context(), w.ann, w.chat(t), 5)
		if err != nil || len(th.Messages) != wire.MaxMissed || th.Messages[0].Seq != 11 || !th.More || th.Session != s {
			t.Errorf("newest: %d from %d, %v, %v", len(th.Messages), th.Messages[0].Seq, th.More, err)
		}
	})
}

func TestRefusedWords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.say(t, "one")
		chat := w.chat(t)
		w.Forget()
		if _, err := w.Say(t.Context(), w.vera, VisitorSay{ClientID: "x", Text: "  "}); !errors.Is(err, ErrEmpty) {
			t.Errorf("blank: %v", err)
		}
		if _, err := w.Say(t.Context(), w.vera, VisitorSay{ClientID: "x y", Text: "a"}); !errors.Is(err, ErrClientID) {
			t.Errorf("id: %v", err)
		}
		if _, err := w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "x", Text: strings.Repeat("a", 5001)}); !errors.Is(err, ErrTooLong) {
			t.Errorf("long: %v", err)
		}
		if _, err := w.Invite(t.Context(), w.ann, chat, "i", w.ann.ID); !errors.Is(err, ErrInvitee) {
			t.Errorf("invite oneself: %v", err)
		}
		if _, err := w.Rate(t.Context(), w.vera, Rating{ClientID: "r", Session: "x", Rating: 5}); !errors.Is(err, ErrRating) {
			t.Errorf("rating: %v", err)
		}
		if len(w.Events()) != 0 {
			t.Errorf("refusals are news: %v", w.Events())
		}
	})
}

// TestNeighboursSeeNothing: every call for another property's chat, or another visitor's session, is not found.
func TestNeighboursSeeNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.say(t, "secret words").Session
		chat := w.chat(t)
		other := w.Property(t)
		eve := w.Agent(t, other, actor.Owner, "Eve")
		mallory := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p}
		abroad := actor.Visitor{ID: w.vera.ID, Property: other} // a token says which property; a wrong one opens nothing
		w.Forget()
		ctx := t.Context()
		errOf := func(_ any, err error) error { return err }
		for name, err := range map[string]error{
			"get":      errOf(w.Get(ctx, eve, chat)),
			"messages": errOf(w.Messages(ctx, eve, chat, 0, 0, 0)),
			"newest":   errOf(w.Newest(ctx, eve, chat, 0)),
			"send":     errOf(w.Send(ctx, eve, chat, AgentSay{ClientID: "x", Text: "x"})),
			"whisper":  errOf(w.Send(ctx, eve, chat, AgentSay{ClientID: "x", Text: "x", Whisper: true})),
			"join":     errOf(w.Join(ctx, eve, chat, "x")),
			"leave":    errOf(w.Leave(ctx, eve, chat, "x")),
			"close":    errOf(w.Close(ctx, eve, chat, "x")),
			"end":      errOf(w.End(ctx, eve, chat, "x")),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		if _, err := w.Invite(ctx, w.ann, chat, "x", eve.ID); !errors.Is(err, ErrInvitee) {
			t.Errorf("inviting a stranger: %v", err)
		}
		if err := w.MarkTeam(ctx, eve, chat, 1, 1, 1); err != nil {
			t.Errorf("mark: %v", err)
		}
		for _, v := range []actor.Visitor{mallory, abroad} {
			if r, err := w.Resume(ctx, v, s, 0); err != nil || r.Session != nil {
				t.Errorf("resume: %+v, %v", r, err)
			}
			if _, _, err := w.VisitorHistory(ctx, v, s, 0, 0); !errors.Is(err, ErrSessionNotFound) {
				t.Errorf("visitor history: %v", err)
			}
			if _, err := w.EndSession(ctx, v, "x", s); !errors.Is(err, ErrSessionNotFound) {
				t.Errorf("end: %v", err)
			}
			if _, err := w.Rate(ctx, v, Rating{ClientID: "x", Session: s, Rating: 1}); !errors.Is(err, ErrSessionNotFound) {
				t.Errorf("rate: %v", err)
			}
			if err := w.MarkVisitor(ctx, v, s, 1, 1); err != nil {
				t.Errorf("mark: %v", err)
			}
		}
		if l, err := w.List(ctx, eve); err != nil || len(l.Rows) != 0 {
			t.Errorf("list: %+v, %v", l, err)
		}
		if f, err := w.History(ctx, eve, Filter{Q: "secret"}); err != nil || len(f.Items) != 0 {
			t.Errorf("history: %+v, %v", f, err)
		}
		if n, _ := w.Counts(ctx, other); n != 0 || len(w.Events()) != 0 {
			t.Errorf("%d missed, %v", n, w.Events())
		}
	})
}
