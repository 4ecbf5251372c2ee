package chat

import (
	"testing"
	"time"

	"parley/internal/kernel/wire"
)

func TestOpenersInEveryState(t *testing.T) {
	const made, seen, now = 1_000, 2_000, 3_000
	states := map[wire.OpenerState]Opener{
		wire.OpenerSent: {State: wire.OpenerSent, MadeAt: made},
		wire.OpenerSeen: {State: wire.OpenerSeen, MadeAt: made, SeenAt: seen},
	}
	type becomes struct {
		state       wire.OpenerState
		seen, ended int64
	}
	want := map[wire.OpenerState]map[Fate]becomes{
		wire.OpenerSent: {
			Seen: {wire.OpenerSeen, now, 0}, Dismissed: {wire.OpenerDismissed, now, now}, Answered: {wire.OpenerAnswered, now, now},
			Replaced: {openerReplaced, 0, now}, Dropped: {openerDropped, 0, now},
		},
		wire.OpenerSeen: {
			Seen: {wire.OpenerSeen, seen, 0}, Dismissed: {wire.OpenerDismissed, seen, now}, Answered: {wire.OpenerAnswered, seen, now},
			Replaced: {openerReplaced, seen, now}, Dropped: {openerDropped, seen, now},
		},
	}
	for _, over := range []wire.OpenerState{wire.OpenerDismissed, wire.OpenerAnswered, openerReplaced, openerDropped} {
		states[over] = Opener{State: over, MadeAt: made, SeenAt: seen, EndedAt: seen}
		want[over] = map[Fate]becomes{}
		for _, f := range []Fate{Seen, Dismissed, Answered, Replaced, Dropped} {
			want[over][f] = becomes{over, seen, seen} // for good
		}
	}
	for state, o := range states {
		for _, f := range []Fate{Seen, Dismissed, Answered, Replaced, Dropped} {
			got := o.After(f, time.UnixMilli(now))
			if w := want[state][f]; (becomes{got.State, got.SeenAt, got.EndedAt}) != w {
				t.Errorf("%s, %s: %+v, want %+v", state, f, got, w)
			}
			if got.Pending() != (got.EndedAt == 0) {
				t.Errorf("%s, %s: pending %v, ended at %d", state, f, got.Pending(), got.EndedAt)
			}
		}
	}
}

func TestWhatTabsMaySayOfAnOpener(t *testing.T) {
	for state, want := range map[wire.OpenerState]Fate{
		wire.OpenerSeen: Seen, wire.OpenerDismissed: Dismissed, wire.OpenerSent: "", wire.OpenerAnswered: "", openerReplaced: "", "": "", "x": "",
	} {
		if got, ok := fateOf(state); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", state, got, ok)
		}
	}
}

func TestTheVisitorsAnswerBeginsWithTheOpener(t *testing.T) {
	at := time.UnixMilli(5_000)
	c := Command{Kind: VisitorSays, At: at, Text: "yes please", Times: Times{Timeout: time.Minute, Missed: time.Second}}
	ended := Life{Standing: Standing{State: Ended, Number: 3, Seq: 9, VSeq: 7, EndedAt: 1}}
	for name, tt := range map[string]struct {
		life   Life
		serves bool
		want   []string
		chat   wire.ChatState
		missed int64
	}{
		"never wrote, the agent is here": {Life{}, true, []string{"text agent ann", "joined system ann", "text visitor "}, wire.Served, 0},
		"never wrote, the agent is gone": {Life{}, false, []string{"text agent ann", "text visitor "}, wire.Waiting, 6_000},
		"an earlier session has ended":   {ended, true, []string{"text agent ann", "joined system ann", "text visitor "}, wire.Served, 0},
	} {
		c.Opening = &Opening{Agent: "ann", Text: "may I help?", Serves: tt.serves}
		s, err := Decide(tt.life, c)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, e := range s.Entries {
			got = append(got, string(e.Kind)+" "+string(e.From)+" "+string(e.Agent))
			if e.Seq != int64(i+1) || e.VSeq != e.Seq {
				t.Errorf("%s: entry %d has the numbers %d and %d", name, i, e.Seq, e.VSeq)
			}
		}
		same(t, name, got, tt.want)
		l := s.Life
		if l.Chat != tt.chat || l.MissedAt != tt.missed || l.State != Active || l.VisitorCount != 1 || l.UnansweredSince != 5_000 || l.Number != 1 {
			t.Errorf("%s: %+v", name, l.Standing)
		}
		if !s.NewChat || !s.Alert || (s.For == "ann") != tt.serves || l.served() != tt.serves {
			t.Errorf("%s: alert %v for %q, members %v", name, s.Alert, s.For, l.Members)
		}
	}
	c.Opening = &Opening{Agent: "ann", Text: "too late", Serves: true}
	s, err := Decide(Life{Standing: Standing{State: Active, Chat: wire.ChatClosed, Number: 1, Seq: 2, VSeq: 2}}, c)
	if err != nil || len(s.Entries) != 1 || s.Life.Chat != wire.Waiting {
		t.Errorf("in an active session: %+v, %v; want the visitor's words alone", s, err)
	}
}
