package chat

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/kernel/wire"
)

var oven = wire.Card{Article: "0190a5a0-0000-7000-8000-000000000001", Language: "en", Title: "Is stoneware safe in the oven?", URL: "https://kiln.example/help/kiln/a/oven"}

// cameFrom reports whether the step tells the agents, and nobody else, which article the chat comes from, before its last words.
func cameFrom(s Step) bool {
	n := 0
	for i, e := range s.Entries {
		if e.Kind != wire.Article {
			continue
		}
		n++
		if e.VSeq != 0 || e.From != wire.FromSystem || e.Card != oven || i == len(s.Entries)-1 {
			return false
		}
	}
	return n == 1
}

// cameFromTable is what the visitor's words do in every state when they name an article; see the table in rules_test.go.
const cameFromTable = `
none                           | waiting: [article] text !
waiting                        | waiting: text
waiting, ann invited           | waiting: text
waiting, ann hid it            | waiting: text
waiting again                  | waiting: text
served by ann                  | served: text
served by ann and bob          | served: text
served by bob                  | served: text
closed                         | waiting: [article] text !
missed                         | waiting: [article] text !
away                           | served: [visitor_back] text
ended by the visitor, ann in   | waiting: [article] text !
ended by the visitor, ann done | waiting: [article] text !
ended by time-out              | waiting: [article] text !
ended by a ban, ann in         | waiting: [article] text !
ended, closed                  | waiting: [article] text !
ended, missed                  | waiting: [article] text !
`

func TestWordsThatComeFromAnArticleInEveryState(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(cameFromTable), "\n")
	for _, r := range rows {
		row := cells(r)
		l, ok := lives[row[0]]
		if !ok {
			t.Fatalf("there is no life %q", row[0])
		}
		c := Command{Kind: VisitorSays, At: time.UnixMilli(t0 + 3_600_000), Text: "x", Times: patience, Card: oven}
		if got := cell(l, c); got != row[1] {
			t.Errorf("%s: got %q, want %q", row[0], got, row[1])
		}
	}
	if len(rows) != len(lives) {
		t.Errorf("%d rows for %d lives", len(rows), len(lives))
	}
}

func TestAnAnswerToAnOpenerSaysWhereItComesFromAfterIt(t *testing.T) {
	c := Command{Kind: VisitorSays, Text: "x", Times: patience, Card: oven, Opening: &Opening{Agent: bob, Text: "May I help?", Serves: true}}
	s, err := Decide(Life{}, c)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range s.Entries {
		kinds = append(kinds, string(e.Kind))
	}
	if got := strings.Join(kinds, " "); got != "text joined article text" || !contiguous(Standing{}, s) || !cameFrom(s) {
		t.Errorf("got %s: %+v", got, s.Entries)
	}
}

func TestAgentsSendArticlesToWhomTheyWriteTo(t *testing.T) {
	for kind, want := range map[CommandKind]wire.Kind{AgentSays: wire.Text, AgentWhispers: wire.Whisper} {
		s, err := Decide(lives["served by ann"], Command{Kind: kind, Agent: ann, Card: oven})
		if err != nil || len(s.Entries) != 1 || s.Entries[0].Kind != want || s.Entries[0].Card != oven || s.Entries[0].Text != "" {
			t.Errorf("%s: %+v, %v", kind, s.Entries, err)
		}
	}
}

func TestACardWithoutWordsIsItsTitle(t *testing.T) {
	if got := []string{titled("words", oven), titled("", oven), titled("", wire.Card{})}; !slices.Equal(got, []string{"words", oven.Title, ""}) {
		t.Errorf("in one line: %q", got)
	}
}
