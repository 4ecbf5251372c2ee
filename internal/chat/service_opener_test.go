package chat

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
	"parley/internal/visitor"
)

// site is who is on the site, and who is banned, as other features would say it.
type site struct {
	mu     sync.Mutex
	here   map[id.Visitor]Guest
	banned map[id.Visitor]bool
	asked  int               // how often somebody wanted to know about a ban
	onAsk  func(asked int)   // before it is answered
	away   map[id.Agent]bool // agents who are offline
	names
}

func (s *site) Guest(_ context.Context, _ id.Property, v id.Visitor) (Guest, error) {
	return s.here[v], nil
}

func (s *site) Check(_ context.Context, _ id.Property, who ban.Who) (ban.Verdict, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked++; s.onAsk != nil {
		s.onAsk(s.asked)
	}
	return ban.Verdict{Banned: s.banned[who.Visitor] || who.Email == "spam@example.com"}, nil
}

func (s *site) Reachable(ctx context.Context, a id.Agent, p id.Property) (bool, error) {
	if s.away[a] {
		return false, nil
	}
	return s.Serves(ctx, a, p)
}

// onSite puts the world's visitor on the site.
func onSite(w *world) *site {
	s := &site{here: map[id.Visitor]Guest{}, banned: map[id.Visitor]bool{}, away: map[id.Agent]bool{}, names: names{w.Env.DB}}
	w.Guests, w.Bans, w.People = s, s, s
	s.here[w.vera.ID] = Guest{Here: true, Facts: visitor.Facts{Address: "198.51.100.7", Browser: "Firefox", Country: "DE"}}
	return s
}

func (w *world) speak(t testing.TB, who actor.Agent, text string) wire.Ack {
	t.Helper()
	return must(t)(w.Start(t.Context(), who, StartChat{ClientID: id.New[string](), Visitor: w.vera.ID, Text: text}))
}

// pending is what waits for the world's visitor.
func (w *world) pending(t testing.TB) *wire.Opener {
	t.Helper()
	r, err := w.Resume(t.Context(), w.vera, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return r.Opener
}

// openers are the states of all openers, the oldest first.
func (w *world) openers(t *testing.T) []string {
	t.Helper()
	list := []string{}
	for _, o := range w.export(t, w.p, w.vera.ID).Openers {
		list = append(list, o.State+" "+o.Text)
	}
	return list
}

func TestSpeakingFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := onSite(w)
		guest := s.here[w.vera.ID]
		guest.Number = 4821
		s.here[w.vera.ID] = guest
		in := StartChat{ClientID: "a1", Visitor: w.vera.ID, Text: "May I\x00 help?"}
		ack := must(t)(w.Start(t.Context(), w.ann, in))
		if ack.ID != "a1" || ack.At != testkit.Start.UnixMilli() || ack.Session != "" {
			t.Errorf("ack %+v", ack)
		}
		o := w.pending(t)
		if o == nil || o.Text != "May I help?" || o.Agent != (wire.Person{ID: w.ann.ID, Name: "Ann"}) || o.At != ack.At || o.Seen {
			t.Fatalf("the visitor is shown %+v", o)
		}
		moved := testkit.Published(t, w.Env, OpenerTopic)
		if len(moved) != 1 || moved[0].State != wire.OpenerSent || moved[0].Visitor != w.vera.ID {
			t.Fatalf("news %+v", moved)
		}
		same(t, "the tabs hear", decode[wire.OpenerFrame](t, moved[0].VisitorFrame), wire.OpenerFrame{T: "opener", Opener: o})
		same(t, "the team hears", decode[wire.AgentOpenerFrame](t, moved[0].AgentFrame),
			wire.AgentOpenerFrame{T: "opener", ID: o.ID, Visitor: w.vera.ID, Agent: w.ann.ID, State: wire.OpenerSent})
		if n := testkit.Get[int64](t, w.Env, `SELECT number FROM visitors WHERE id = $1 AND country = 'DE' AND session_count = 0`, w.vera.ID); n != 4821 {
			t.Errorf("the row has number %d, want the one that agents saw", n)
		}
		w.Forget()

		w.Clock.Advance(time.Second)
		delete(s.here, w.vera.ID) // gone by the time of the retry
		same(t, "the retry's ack", must(t)(w.Start(t.Context(), w.ann, in)), ack)
		other := in
		other.Visitor = id.New[id.Visitor]()
		if _, err := w.Start(t.Context(), w.ann, other); !errors.Is(err, ErrIDUsed) {
			t.Errorf("the same id for somebody else: %v", err)
		}
		s.here[w.vera.ID] = guest
		bobs := must(t)(w.Start(t.Context(), w.bob, StartChat{ClientID: "a1", Visitor: w.vera.ID, Text: "Or may I?"})) // his own id
		if o := w.pending(t); o == nil || o.Text != "Or may I?" || o.Agent.Name != "Bob" || o.At != bobs.At {
			t.Errorf("after a newer one the visitor is shown %+v", o)
		}
		same(t, "stored", w.openers(t), []string{"replaced May I help?", "sent Or may I?"})
		same(t, "news", len(testkit.Published(t, w.Env, OpenerTopic)), 1)
	})
}

func TestNobodyIsSpokenToWhoCannotAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := onSite(w)
		talks, banned, spammer := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p}, id.New[id.Visitor](), w.Visitor(t, w.p)
		for _, v := range []id.Visitor{talks.ID, banned, spammer.ID} {
			s.here[v] = Guest{Here: true}
		}
		s.banned[banned] = true
		w.Exec(t, `UPDATE visitors SET email = 'spam@example.com' WHERE id = $1`, spammer.ID)
		vera := w.vera
		w.vera = talks
		w.say(t, "hello")
		chat := w.chat(t)
		w.vera = vera
		w.Forget()
		for name, tt := range map[string]struct {
			in    StartChat
			want  error
			about string
		}{
			"in a session":           {StartChat{Visitor: talks.ID}, ErrInSession, string(chat)},
			"banned":                 {StartChat{Visitor: banned}, ban.ErrBanned, ""},
			"banned by email":        {StartChat{Visitor: spammer.ID}, ban.ErrBanned, ""},
			"not on the site":        {StartChat{Visitor: id.New[id.Visitor]()}, ErrVisitorGone, ""},
			"no id":                  {StartChat{Visitor: "' OR 1=1"}, ErrVisitorGone, ""},
			"no words":               {StartChat{Visitor: vera.ID, Text: " \n"}, ErrEmpty, ""},
			"too many words":         {StartChat{Visitor: vera.ID, Text: strings.Repeat("a", wire.MaxTextRunes+1)}, ErrTooLong, ""},
			"words that are no text": {StartChat{Visitor: vera.ID, Text: "\xff"}, ErrText, ""},
			"a bad id":               {StartChat{Visitor: vera.ID, ClientID: "a b"}, ErrClientID, ""},
		} {
			if tt.in.Text == "" {
				tt.in.Text = "May I help?"
			}
			if tt.in.ClientID == "" {
				tt.in.ClientID = id.New[string]()
			}
			_, err := w.Start(t.Context(), w.ann, tt.in)
			if e := errs.Find(err); !errors.Is(err, tt.want) || e.About != tt.about {
				t.Errorf("%s: %v about %q, want %v about %q", name, err, e.About, tt.want, tt.about)
			}
		}
		same(t, "news", len(w.Events()), 0)
		same(t, "stored", testkit.Get[int64](t, w.Env, `SELECT count(*) FROM openers`), int64(0))
	})
}

func TestTabsSayWhatBecameOfAnOpener(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		onSite(w)
		w.speak(t, w.ann, "May I help?")
		o := w.pending(t)
		w.Forget()
		stranger := actor.Visitor{ID: id.New[id.Visitor](), Property: w.p}
		abroad := actor.Visitor{ID: w.vera.ID, Property: w.Property(t)}
		move := func(who actor.Visitor, state wire.OpenerState) error {
			return w.MoveOpener(t.Context(), who, o.ID, state, "conn")
		}
		for _, who := range []actor.Visitor{stranger, abroad} {
			if err := move(who, wire.OpenerDismissed); err != nil {
				t.Errorf("somebody else's: %v", err)
			}
		}
		for _, state := range []wire.OpenerState{wire.OpenerAnswered, wire.OpenerSent, openerReplaced, "x", ""} {
			if err := move(w.vera, state); !errors.Is(err, ErrFrameMalformed) {
				t.Errorf("%q: %v", state, err)
			}
		}
		same(t, "news of all that", len(w.Events()), 0)
		w.Clock.Advance(time.Second)
		for range 2 {
			if err := move(w.vera, wire.OpenerSeen); err != nil {
				t.Fatal(err)
			}
		}
		if o := w.pending(t); o == nil || !o.Seen {
			t.Errorf("seen, and shown as %+v", o)
		}
		for range 2 {
			if err := move(w.vera, wire.OpenerDismissed); err != nil {
				t.Fatal(err)
			}
		}
		if o := w.pending(t); o != nil {
			t.Errorf("dismissed, and shown as %+v", o)
		}
		if err := move(w.vera, wire.OpenerSeen); err != nil { // another tab, late
			t.Fatal(err)
		}
		var states []wire.OpenerState
		for _, m := range testkit.Published(t, w.Env, OpenerTopic) {
			states = append(states, m.State)
			f := decode[wire.OpenerFrame](t, m.VisitorFrame)
			if m.Origin != "conn" || (f.Opener == nil) != (m.State == wire.OpenerDismissed) || (f.Opener != nil && !f.Opener.Seen) {
				t.Errorf("the other tabs hear %+v", f)
			}
			same(t, "the team hears", decode[wire.AgentOpenerFrame](t, m.AgentFrame).State, m.State)
		}
		same(t, "states", states, []wire.OpenerState{wire.OpenerSeen, wire.OpenerDismissed})
		w.say(t, "hello") // by themselves: what was dismissed is no part of it
		same(t, "the visitor sees", w.sees(t), []string{"text hello"})
	})
}

func TestTheAnswerBeginsASessionWithTheOpener(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, tt := range map[string]struct {
			before func(s *site)
			state  wire.ChatState
			sees   []string
		}{
			"the agent is there":         {func(*site) {}, wire.Served, []string{"text May I help?", "joined", "text Yes please"}},
			"the agent is away for good": {func(s *site) { s.away[w.ann.ID] = true }, wire.Waiting, []string{"text May I help?", "text Yes please"}},
			"the agent is disabled": {func(*site) {
				w.Exec(t, `UPDATE memberships SET disabled_at = 1 WHERE agent_id = $1`, w.ann.ID)
			}, wire.Waiting, []string{"text May I help?", "text Yes please"}},
		} {
			t.Run(name, func(t *testing.T) {
				w.vera.ID = id.New[id.Visitor]()
				s := onSite(w)
				// An id that the agent used for a message, too: the opener has one of its own in the thread.
				key := id.New[string]()
				must(t)(w.Start(t.Context(), w.ann, StartChat{ClientID: key, Visitor: w.vera.ID, Text: "May I help?"}))
				tt.before(s)
				defer w.Exec(t, `UPDATE memberships SET disabled_at = 0 WHERE agent_id = $1`, w.ann.ID)
				o := w.pending(t)
				w.Clock.Advance(time.Minute)
				w.Forget()
				in := VisitorSay{ClientID: "v1", Text: "Yes please", Origin: "tab"}
				ack := must(t)(w.Say(t.Context(), w.vera, in))
				same(t, "the visitor sees", w.sees(t), tt.sees)
				if ack.Seq != int64(len(tt.sees)) {
					t.Errorf("ack %+v, want the last seq", ack)
				}
				chat := w.chat(t)
				row := w.row(t, w.bob, chat)
				if row.State != tt.state || row.VisitorCount != 1 || row.UnansweredSince != ack.At || (row.ServedAt != 0) != (tt.state == wire.Served) {
					t.Errorf("row %+v", row)
				}
				w.checkAnswer(t, *o, ack, row)
				same(t, "the retry's ack", must(t)(w.Say(t.Context(), w.vera, in)), ack)
				w.say(t, "and more")
				same(t, "the visitor sees at last", w.sees(t), append(tt.sees, "text and more"))
				same(t, "stored", w.openers(t), []string{"answered May I help?"})
				if _, err := w.Start(t.Context(), w.bob, StartChat{ClientID: id.New[string](), Visitor: w.vera.ID, Text: "me too"}); !errors.Is(err, ErrInSession) {
					t.Errorf("speaking first in a session: %v", err)
				}
				if w.pending(t) != nil {
					t.Error("something waits for an answer in a session")
				}
			})
		}
	})
}

// checkAnswer looks at the news of an answer.
func (w *world) checkAnswer(t *testing.T, o wire.Opener, ack wire.Ack, row wire.Row) {
	t.Helper()
	serves := row.State == wire.Served
	changed := testkit.Published(t, w.Env, ChangedTopic)[0]
	f := decode[wire.ChatFrame](t, changed.Frame)
	if !f.Alert || (f.For == string(w.ann.ID)) != serves || (len(changed.Joined) == 1) != serves || (len(row.Members) == 1) != serves {
		t.Errorf("the team hears of %+v, joined %v", f, changed.Joined)
	}
	for i, s := range testkit.Published(t, w.Env, SaidTopic) {
		m := decode[wire.AgentMessageFrame](t, s.AgentFrame).M
		if own := m.From == wire.FromVisitor; (s.Origin == "tab") != own || m.At != ack.At || m.Seq != int64(i+1) {
			t.Errorf("message %d: %+v, origin %q: the tab that answers is told of all but its own words", i, m, s.Origin)
		}
		if m.From == wire.FromAgent && (m.Author == nil || m.Author.Name != "Ann" || m.ID == "" || m.Chat != row.ID) {
			t.Errorf("the opener in the thread: %+v", m)
		}
	}
	moved := testkit.Published(t, w.Env, OpenerTopic)
	if len(moved) != 1 || decode[wire.OpenerFrame](t, moved[0].VisitorFrame).Opener != nil {
		t.Fatalf("news of the opener: %+v", moved)
	}
	same(t, "the team hears", decode[wire.AgentOpenerFrame](t, moved[0].AgentFrame),
		wire.AgentOpenerFrame{T: "opener", ID: o.ID, Visitor: w.vera.ID, Agent: w.ann.ID, State: wire.OpenerAnswered, Chat: row.ID})
	same(t, "opened", testkit.Get[string](t, w.Env, `SELECT session_id FROM openers WHERE id = $1`, o.ID), string(ack.Session))
}

func TestABanTakesOpenersBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := onSite(w)
		w.speak(t, w.ann, "May I help?")
		w.Forget()
		end := func() {
			err := w.Env.DB.Write(t.Context(), func(tx *db.Tx) error {
				return w.EndByBan(t.Context(), tx, w.p, ban.Ref{ID: "b", By: w.bob.ID, Reason: "rude"}, []id.Visitor{w.vera.ID, id.New[id.Visitor]()})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		end()
		same(t, "stored", w.openers(t), []string{"dropped May I help?"})
		moved := testkit.Published(t, w.Env, OpenerTopic)
		if len(moved) != 1 || moved[0].State != "" || len(moved[0].AgentFrame) != 0 || decode[wire.OpenerFrame](t, moved[0].VisitorFrame).Opener != nil {
			t.Errorf("news %+v", moved)
		}
		// A ban that is made while somebody speaks: it knows of no opener yet.
		s.onAsk = func(asked int) {
			if asked == 2 { // before and after it was stored
				s.banned[w.vera.ID] = true
			}
		}
		s.asked = 0
		if _, err := w.Start(t.Context(), w.ann, StartChat{ClientID: "x", Visitor: w.vera.ID, Text: "hello?"}); !errors.Is(err, ban.ErrBanned) {
			t.Errorf("spoke to a visitor who was banned at that moment: %v", err)
		}
		same(t, "stored", w.openers(t), []string{"dropped May I help?", "dropped hello?"})
		if w.pending(t) != nil {
			t.Error("after lifting it would be shown")
		}
	})
}

// TestAnAgentAndAVisitorSpeakAtOnce in both orders, each held open until the other waits for it.
func TestAnAgentAndAVisitorSpeakAtOnce(t *testing.T) {
	e := testkit.Postgres(t)
	w := newWorld(t, e)
	onSite(w)
	hold := func(first func(tx *db.Tx) error, second func()) {
		var wg sync.WaitGroup
		err := w.Env.DB.Write(t.Context(), func(tx *db.Tx) error {
			if err := first(tx); err != nil {
				return err
			}
			wg.Go(second)
			blocked(t, w.Env.DB)
			return nil
		})
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Exec(t, `INSERT INTO visitors (id, property_id, number, created_at, seen_at) VALUES ($1, $2, 1, 1, 1)`, w.vera.ID, w.p)
	opener := func(text string) *Opener {
		return &Opener{
			ID: id.New[id.Opener](), Property: w.p, Visitor: w.vera.ID, Agent: w.ann.ID, ClientID: id.New[string](), Text: text, State: wire.OpenerSent,
		}
	}
	hold(func(tx *db.Tx) error { return w.open(t.Context(), tx, opener("May I help?"), Guest{}) }, func() { w.say(t, "Hello") })
	same(t, "the agent was first", w.sees(t), []string{"text May I help?", "joined", "text Hello"})
	must(t)(w.EndSession(t.Context(), w.vera, "e", id.Session(testkit.Get[string](t, e, `SELECT id FROM sessions WHERE state = 'active'`))))

	var refused error
	hold(func(tx *db.Tx) error {
		tn := turn{command: Command{Kind: VisitorSays, At: w.Clock.Now(), Text: "Hello again", Times: patience}, clientID: "c", author: string(w.vera.ID)}
		if err := tn.findForSay(t.Context(), tx, w.Service, w.vera, visitor.Facts{}); err != nil {
			return err
		}
		if err := tn.findOpening(t.Context(), tx, speaker{}); err != nil {
			return err
		}
		_, _, err := tn.play(t.Context(), tx)
		return err
	}, func() {
		_, refused = w.Start(t.Context(), w.ann, StartChat{ClientID: "late", Visitor: w.vera.ID, Text: "May I?"})
	})
	if e := errs.Find(refused); !errors.Is(refused, ErrInSession) || e.About != string(w.chat(t)) {
		t.Errorf("the visitor was first, and the agent is told %v", refused)
	}
	same(t, "the visitor was first", w.sees(t), []string{"text Hello again"})
}

// TestAnOpenerIsAnsweredOnce however many tabs answer, and agents speak, at the same time.
func TestAnOpenerIsAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 6 {
			w.vera.ID = id.New[id.Visitor]()
			onSite(w)
			w.speak(t, w.ann, "May I help?")
			var fns []func()
			for _, key := range []string{"t1", "t1", "t2", "t3"} { // a retry, and two more tabs
				fns = append(fns, func() {
					if _, err := w.Say(t.Context(), w.vera, VisitorSay{ClientID: key, Text: key}); err != nil {
						t.Errorf("say: %v", err)
					}
				})
			}
			for range 2 {
				fns = append(fns, func() {
					_, err := w.Start(t.Context(), w.bob, StartChat{ClientID: id.New[string](), Visitor: w.vera.ID, Text: "Or may I?"})
					if err != nil && !errors.Is(err, ErrInSession) {
						t.Errorf("start: %v", err)
					}
				})
			}
			together(fns...)
			saw := strings.Join(w.sees(t), ",")
			if strings.Count(saw, "ay I") != 1 || strings.Count(saw, "joined") != 1 || strings.Count(saw, "text t") != 3 || !strings.HasPrefix(saw, "text ") {
				t.Errorf("the visitor sees %s", saw)
			}
			if n := testkit.Get[int64](t, w.Env, `SELECT count(*) FROM openers o WHERE o.visitor_id = $1 AND o.state IN ('sent', 'seen')`, w.vera.ID); n != 0 {
				t.Errorf("%d openers wait for an answer in a session", n)
			}
			if n := testkit.Get[int64](t, w.Env, `SELECT count(*) FROM openers o JOIN sessions s ON s.id = o.session_id WHERE o.visitor_id = $1 AND o.state = 'answered'`, w.vera.ID); n != 1 {
				t.Errorf("%d openers were answered, want one", n)
			}
		}
	})
}

func TestErasingTakesOpenersAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		onSite(w)
		w.speak(t, w.ann, "One")
		w.say(t, "hello")
		first := id.Session(testkit.Get[string](t, w.Env, `SELECT id FROM sessions`))
		must(t)(w.EndSession(t.Context(), w.vera, "e", first))
		w.Clock.Advance(time.Hour)
		w.speak(t, w.bob, "Two")
		now := w.Clock.Now().UnixMilli()
		for _, want := range []Erasure{{Sessions: 1, Chats: 1, Messages: 4, Openers: 1}, {}} {
			gone, err := w.EraseEndedBefore(t.Context(), w.p, now, 9)
			if err != nil || gone != want {
				t.Errorf("erased by age: %+v, %v; want %+v", gone, err, want)
			}
		}
		same(t, "left", w.openers(t), []string{"sent Two"})
		if gone, err := w.EraseEndedBefore(t.Context(), w.p, now+1, 9); err != nil || gone != (Erasure{Openers: 1}) {
			t.Errorf("one that was never answered: %+v, %v", gone, err)
		}
		w.speak(t, w.bob, "Three")
		same(t, "erased", w.erase(t, w.p, w.vera.ID), Erasure{Openers: 1})
	})
}
