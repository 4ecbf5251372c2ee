package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

const (
	ann, bob, cid id.Agent = "ann", "bob", "cid"
	t0                     = int64(1_000_000) // when the lives of the table were last active
)

var patience = Times{Timeout: 20 * time.Minute, Missed: 5 * time.Minute}

// lives are the states a conversation can be in, each with the parts that agents can have in it.
var lives = map[string]Life{
	"none":                           {},
	"waiting":                        life(Active, wire.Waiting, func(l *Life) { l.MissedAt = t0 + 300_000 }),
	"waiting, ann invited":           life(Active, wire.Waiting, func(l *Life) { l.MissedAt = t0 + 300_000 }, Member{ann, wire.MemberInvited}),
	"waiting, ann hid it":            life(Active, wire.Waiting, func(l *Life) { l.MissedAt = t0 + 300_000 }, Member{ann, wire.MemberClosed}),
	"waiting again":                  life(Active, wire.Waiting, nil, Member{ann, wire.MemberLeft}),
	"served by ann":                  life(Active, wire.Served, nil, Member{ann, wire.MemberJoined}),
	"served by ann and bob":          life(Active, wire.Served, nil, Member{ann, wire.MemberJoined}, Member{bob, wire.MemberJoined}),
	"served by bob":                  life(Active, wire.Served, nil, Member{bob, wire.MemberJoined}),
	"closed":                         life(Active, wire.ChatClosed, nil, Member{ann, wire.MemberClosed}),
	"missed":                         life(Active, wire.ChatMissed, nil),
	"away":                           life(Active, wire.Served, func(l *Life) { l.LeftAt = t0 }, Member{ann, wire.MemberJoined}),
	"ended by the visitor, ann in":   life(Ended, wire.ChatEnded, func(l *Life) { l.EndedBy = wire.EndedByVisitor }, Member{ann, wire.MemberJoined}),
	"ended by the visitor, ann done": life(Ended, wire.ChatEnded, func(l *Life) { l.EndedBy = wire.EndedByVisitor }, Member{ann, wire.MemberClosed}),
	"ended by time-out":              life(Ended, wire.ChatEnded, func(l *Life) { l.EndedBy = wire.EndedByTimeout }, Member{ann, wire.MemberLeft}),
	"ended by a ban, ann in":         life(Ended, wire.ChatEnded, func(l *Life) { l.EndedBy, l.Ban = wire.EndedByBan, "ban" }, Member{ann, wire.MemberJoined}),
	"ended, closed":                  life(Ended, wire.ChatClosed, func(l *Life) { l.EndedBy = wire.EndedByVisitor }, Member{ann, wire.MemberClosed}),
	"ended, missed":                  life(Ended, wire.ChatMissed, func(l *Life) { l.EndedBy = wire.EndedByVisitor }),
}

func life(s State, c wire.ChatState, more func(*Life), members ...Member) Life {
	l := Life{Standing: Standing{
		State: s, Chat: c, Number: 1, Seq: 7, VSeq: 5, VisitorCount: 3, ActiveAt: t0, TimeoutAt: t0 + 1_200_000, UnansweredSince: t0,
	}, Members: members}
	if s == Ended {
		l.TimeoutAt, l.EndedAt = 0, t0
	}
	if more != nil {
		more(&l)
	}
	return l
}

// table is every state × every command, seen from ann; an invitation is for cid. A cell is what happens:
// "=" nothing · an error's code · or the state after it, then the entries (private ones in brackets), then "!" for an alert.
const table = `
                               | visitor says              | visitor ends     | visitor rates     | visitor leaves the site       | visitor returns to the site   | agent joins            | agent says                  | agent whispers             | agent invites             | agent leaves            | agent closes             | agent ends            | time-out                 | missed is due | ban ends
none                           | waiting: text !           | session.not_found| session.not_found | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | =                        | chat.only_visitor_ends | =                       | = | =
waiting                        | waiting: text             | missed: ended    | session.active    | waiting: [visitor_left]       | =                             | served: joined         | served: joined text         | waiting: [whisper]         | waiting: [invited] !cid   | =                       | waiting: ann closed      | chat.only_visitor_ends | missed: ended           | missed: [missed] | ended: [ended]
waiting, ann invited           | waiting: text             | missed: ended    | session.active    | waiting: [visitor_left]       | =                             | served: joined         | served: joined text         | waiting: [whisper]         | waiting: [invited] !cid   | waiting: ann left       | waiting: ann closed      | chat.only_visitor_ends | missed: ended ann left  | missed: [missed] | ended: [ended]
waiting, ann hid it            | waiting: text             | missed: ended    | session.active    | waiting: [visitor_left]       | =                             | served: joined         | served: joined text         | waiting: [whisper]         | waiting: [invited] !cid   | =                       | =                        | chat.only_visitor_ends | missed: ended           | missed: [missed] | ended: [ended]
waiting again                  | waiting: text             | ended: ended     | session.active    | waiting: [visitor_left]       | =                             | served: joined         | served: joined text         | waiting: [whisper]         | waiting: [invited] !cid   | =                       | waiting: ann closed      | chat.only_visitor_ends | ended: ended            | = | ended: [ended]
served by ann                  | served: text              | ended: ended     | session.active    | served: [visitor_left]        | =                             | =                      | served: text                | served: [whisper]          | served: [invited] !cid    | waiting: left ann left ! | closed: [closed] ann closed | chat.only_visitor_ends | ended: ended ann left | = | ended: [ended]
served by ann and bob          | served: text              | ended: ended     | session.active    | served: [visitor_left]        | =                             | =                      | served: text                | served: [whisper]          | served: [invited] !cid    | served: left ann left   | served: ann closed       | chat.only_visitor_ends | ended: ended ann left   | = | ended: [ended]
served by bob                  | served: text              | ended: ended     | session.active    | served: [visitor_left]        | =                             | served: joined         | served: joined text         | served: [whisper]          | served: [invited] !cid    | =                       | served: ann closed       | chat.only_visitor_ends | ended: ended            | = | ended: [ended]
closed                         | waiting: text !           | closed: ended    | session.active    | closed: [visitor_left]        | =                             | served: joined         | served: joined text         | closed: [whisper]          | chat.closed               | =                       | =                        | chat.only_visitor_ends | closed: ended           | = | closed: [ended]
missed                         | waiting: text !           | missed: ended    | session.active    | missed: [visitor_left]        | =                             | served: joined         | served: joined text         | missed: [whisper]          | chat.closed               | =                       | =                        | chat.only_visitor_ends | missed: ended           | = | missed: [ended]
away                           | served: [visitor_back] text | ended: ended   | session.active    | =                             | served: [visitor_back]        | =                      | served: text                | served: [whisper]          | served: [invited] !cid    | waiting: left ann left ! | closed: [closed] ann closed | chat.only_visitor_ends | ended: ended ann left | = | ended: [ended]
ended by the visitor, ann in   | waiting: text !           | =                | ended: [rated]    | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | ended: ann closed        | chat.only_visitor_ends | =                       | = | =
ended by the visitor, ann done | waiting: text !           | =                | ended: [rated]    | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | =                        | chat.only_visitor_ends | =                       | = | =
ended by time-out              | waiting: text !           | =                | ended: [rated]    | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | =                        | chat.only_visitor_ends | =                       | = | =
ended by a ban, ann in         | waiting: text !           | =                | ended: [rated]    | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | ended: ann closed        | chat.only_visitor_ends | =                       | = | =
ended, closed                  | waiting: text !           | =                | closed: [rated]   | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | =                        | chat.only_visitor_ends | =                       | = | =
ended, missed                  | waiting: text !           | =                | missed: [rated]   | =                             | =                             | chat.ended             | chat.ended                  | chat.ended                 | chat.ended                | =                       | =                        | chat.only_visitor_ends | =                       | = | =
`

// TestEveryStateAndCommand fails also when a state or a command has no row or column.
func TestEveryStateAndCommand(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(table), "\n")
	head := cells(rows[0])[1:]
	for _, c := range Commands {
		if !slices.Contains(head, string(c)) {
			t.Errorf("command %q has no column", c)
		}
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		row := cells(r)
		l, ok := lives[row[0]]
		if !ok || len(row) != len(Commands)+1 {
			t.Fatalf("row %q: %d cells, want %d and a known life", row[0], len(row), len(Commands)+1)
		}
		seen[row[0]] = true
		for i, want := range row[1:] {
			// An hour later everything is due.
			cmd := Command{Kind: CommandKind(head[i]), At: time.UnixMilli(t0 + 3_600_000), Agent: ann, Target: cid, Text: "x", Rating: 1, Times: patience}
			if got := cell(l, cmd); got != want {
				t.Errorf("%s × %s: got %q, want %q", row[0], cmd.Kind, got, want)
			}
		}
	}
	for name := range lives {
		if !seen[name] {
			t.Errorf("life %q has no row", name)
		}
	}
}

// TestEveryStateIsInTheTable keeps the table complete when the words of the wire grow.
func TestEveryStateIsInTheTable(t *testing.T) {
	for _, s := range []State{None, Active, Ended} {
		for _, c := range []wire.ChatState{wire.Waiting, wire.Served, wire.ChatClosed, wire.ChatEnded, wire.ChatMissed} {
			possible := s == Active && c != wire.ChatEnded || s == Ended && c != wire.Waiting && c != wire.Served
			found := false
			for _, l := range lives {
				found = found || l.State == s && l.Chat == c
			}
			if found != possible {
				t.Errorf("session %q with chat %q: in the table %v, possible %v", s, c, found, possible)
			}
		}
	}
}

func cells(row string) []string {
	cs := strings.Split(row, "|")
	for i := range cs {
		cs[i] = strings.Join(strings.Fields(cs[i]), " ")
	}
	return cs
}

// cell says in a few words what a command does.
func cell(l Life, c Command) string {
	s, err := Decide(l, c)
	if err != nil {
		code, _, _ := strings.Cut(err.Error(), ":")
		return code
	}
	if s.Life.Equal(l) && len(s.Entries) == 0 && !s.Alert {
		return "="
	}
	words := []string{string(s.Life.Chat) + ":"}
	for _, e := range s.Entries {
		w := string(e.Kind)
		if e.VSeq == 0 {
			w = "[" + w + "]"
		}
		words = append(words, w)
	}
	if was, is := l.part(ann), s.Life.part(ann); was != is && is != wire.MemberJoined && !s.NewChat {
		words = append(words, "ann "+string(is))
	}
	if s.Alert {
		words = append(words, "!"+string(s.For))
	}
	return strings.Join(words, " ")
}

func TestInvitingTwiceAsksOnce(t *testing.T) {
	s, _ := Decide(lives["served by ann"], Command{Kind: AgentInvites, Agent: ann, Target: bob})
	if again, err := Decide(s.Life, Command{Kind: AgentInvites, Agent: ann, Target: bob}); err != nil || again.Alert || len(again.Entries) > 0 {
		t.Errorf("got %+v, %v; want nothing", again, err)
	}
}

func TestWordsPutTheTimeOutOff(t *testing.T) {
	l := lives["served by ann"]
	at := func(ms int64) time.Time { return time.UnixMilli(t0 + ms) }
	s, _ := Decide(l, Command{Kind: VisitorSays, At: at(600_000), Text: "x", Times: patience})
	s, _ = Decide(s.Life, Command{Kind: TimeOut, At: at(1_200_000), Times: patience})
	if s.Life.State != Active || s.Life.TimeoutAt != t0+1_800_000 {
		t.Errorf("got %s until %d, want active, looked at again at %d", s.Life.State, s.Life.TimeoutAt, t0+1_800_000)
	}
	if s, _ = Decide(s.Life, Command{Kind: TimeOut, At: at(1_800_000), Times: patience}); s.Life.State != Ended {
		t.Errorf("after the silence the session is %s", s.Life.State)
	}
}

// TestLivesKeepTheRules tries any sequence of commands.
func TestLivesKeepTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Life
		now := t0
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			now += rapid.Int64Range(0, 400_000).Draw(t, "later")
			c := Command{
				Kind: rapid.SampledFrom(Commands).Draw(t, "command"), At: time.UnixMilli(now), Text: "x", Times: patience,
				Agent:  rapid.SampledFrom([]id.Agent{ann, bob, cid}).Draw(t, "agent"),
				Target: rapid.SampledFrom([]id.Agent{ann, bob, cid}).Draw(t, "target"),
				Rating: rapid.SampledFrom([]int64{1, -1}).Draw(t, "rating"),
				Card:   rapid.SampledFrom([]wire.Card{{}, oven}).Draw(t, "card"),
			}
			before := fmt.Sprintf("%+v", l)
			s, err := Decide(l, c)
			if fmt.Sprintf("%+v", l) != before {
				t.Fatalf("%s changed its input", c.Kind)
			}
			if err == nil {
				if broken := firstBroken(l, s, c); broken != "" {
					t.Fatalf("%s\ncommand %+v\nbefore %+v\nafter %+v", broken, c, l, s)
				}
				l = s.Life
			} else if !errors.Is(err, ErrEnded) && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrOnlyVisitorEnds) &&
				!errors.Is(err, ErrSessionNotFound) && !errors.Is(err, ErrSessionActive) {
				t.Fatalf("unexpected refusal %v", err)
			}
		}
	})
}

func firstBroken(was Life, s Step, c Command) string {
	l := s.Life
	newSession := s.NewChat && was.State != Active
	open := l.Chat == wire.Waiting || l.Chat == wire.Served
	start := was.Standing
	if newSession {
		start = Standing{}
	}
	for _, rule := range []struct {
		holds bool
		words string
	}{
		{was.State != Ended || newSession || l.State == Ended, "an ended session stays ended"},
		{was.State != Active || l.State == Active || c.Kind == VisitorEnds || c.Kind == TimeOut || c.Kind == BanEnds, "only the visitor, the time-out or a ban ends"},
		{(l.State == Active) == (l.TimeoutAt > 0), "an active session has a time-out, an ended one has none"},
		{!open || l.State == Active, "an ended session has no open chat"},
		{l.State != Active || l.Chat != wire.ChatEnded, "a chat ends with its session"},
		{(l.Chat == wire.Served) == (l.State == Active && l.served()), "served means that somebody is in it"},
		{l.MissedAt == 0 || l.Chat == wire.Waiting, "only a waiting chat has a deadline"},
		{l.Chat != wire.ChatMissed || was.Chat != wire.Served, "a served chat is not missed"},
		{newSession || l.Number == was.Number || (l.Number == was.Number+1 && s.NewChat), "chats are numbered without a gap"},
		{!s.NewChat || (s.Alert && l.Chat == wire.Waiting && l.MissedAt > 0 && len(l.Members) == 0), "a new chat waits for somebody, with an alert"},
		{!s.NewChat || c.Kind == VisitorSays, "only a visitor's message makes a chat"},
		{l.VisitorCount == start.VisitorCount || c.Kind == VisitorSays, "only the visitor's messages count"},
		{contiguous(start, s), "seq and vseq have no gaps"},
		{listsAgree(l), "listed is what the list shows"},
		{c.Kind != AgentCloses || onlyPrivate(s.Entries), "the visitor does not see a close"},
		{c.Kind != AgentWhispers || onlyPrivate(s.Entries), "the visitor does not see a whisper"},
		{c.Kind != BanEnds || onlyPrivate(s.Entries), "the visitor does not see a ban"},
		{c.Kind != BanEnds || l.State != Active, "a ban leaves nothing active"},
		{cameFrom(s) == (s.NewChat && c.Card == oven), "a chat that comes from an article says so, once, and to the agents alone"},
	} {
		if !rule.holds {
			return rule.words
		}
	}
	return ""
}

func contiguous(start Standing, s Step) bool {
	seq, vseq := start.Seq, start.VSeq
	for _, e := range s.Entries {
		seq++
		if e.VSeq > 0 {
			vseq++
		}
		if e.Seq != seq || (e.VSeq > 0 && e.VSeq != vseq) {
			return false
		}
	}
	return seq == s.Life.Seq && vseq == s.Life.VSeq
}

func onlyPrivate(es []Entry) bool {
	return !slices.ContainsFunc(es, func(e Entry) bool { return e.VSeq > 0 })
}

func listsAgree(l Life) bool {
	for _, a := range []id.Agent{ann, bob, cid} {
		open := (l.Chat == wire.Waiting || l.Chat == wire.Served) && l.part(a) != wire.MemberClosed
		ended := l.State == Ended && l.Chat == wire.ChatEnded && l.EndedBy != wire.EndedByTimeout && l.part(a) == wire.MemberJoined
		if l.Listed(a) != (open || ended) {
			return false
		}
	}
	return true
}

func TestTexts(t *testing.T) {
	for name, tt := range map[string]struct {
		in, want string
		err      error
	}{
		"kept exactly":                {"  two\n\tlines ", "  two\n\tlines ", nil},
		"empty":                       {"", "", ErrEmpty},
		"blank":                       {" \n\t\u200b\u00a0", "", ErrEmpty},
		"control characters go":       {"a\x00b\x1b[31mc\r\nd\u0085", "ab[31mc\nd", nil},
		"only control characters":     {"\x00\x01", "", ErrEmpty},
		"invalid":                     {"a\xff", "", ErrText},
		"the longest":                 {strings.Repeat("ü", 5000), strings.Repeat("ü", 5000), nil},
		"too long":                    {strings.Repeat("ü", 5001), "", ErrTooLong},
		"emoji with a joiner is kept": {"👩\u200d👧", "👩\u200d👧", nil},
	} {
		if got, err := cleanText(tt.in); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %q, %v; want %q, %v", name, got, err, tt.want, tt.err)
		}
	}
	for in, ok := range map[string]bool{
		"a": true, "0190a-_Z": true, strings.Repeat("x", 64): true, "": false, strings.Repeat("x", 65): false, "a b": false, "ä": false, "a;": false,
	} {
		if err := checkClientID(in); (err == nil) != ok {
			t.Errorf("client id %q: %v", in, err)
		}
	}
}
