package chat

import (
	"testing"
	"time"

	"parley/internal/kernel/wire"
	"parley/internal/testkit"
)

// What happens between the words, and what agents whisper, moves the number of a row but not its words.
func TestLastWordsAreWhatWasSaid(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.say(t, "hello")
		chat := w.chat(t)
		said := wire.LastWords{Seq: 1, Kind: wire.Text, From: wire.FromVisitor, Text: "hello", At: first.At}
		after := func(what string, seq int64) {
			t.Helper()
			said.Seq = seq
			same(t, what+": row", w.row(t, w.ann, chat).Last, said)
			for _, s := range testkit.Published(t, w.Env, SaidTopic) {
				same(t, what+": update", s.Update.Last, said)
			}
			w.Forget()
		}
		after("said", 1)

		w.Clock.Advance(time.Second)
		must(t)(w.Join(t.Context(), w.ann, chat, "j"))
		after("joined", 2)
		must(t)(w.Send(t.Context(), w.ann, chat, AgentSay{ClientID: "w", Text: "between us", Whisper: true}))
		after("whispered", 3)
		if err := w.VisitorLeft(t.Context(), w.p, w.vera.ID); err != nil {
			t.Fatal(err)
		}
		after("left the site", 4)

		ack := w.send(t, w.bob, chat, "here I am") // Bob joins with his first words: two messages, one turn
		said = wire.LastWords{Kind: wire.Text, From: wire.FromAgent, Text: "here I am", At: ack.At}
		after("answered", 6)
		must(t)(w.EndSession(t.Context(), w.vera, "e", first.Session))
		after("ended", 7)
	})
}
