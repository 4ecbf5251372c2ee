package chat

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/testkit"
)

const crowd = 200 // visitors who chat at once, as in the bar

// BenchmarkSay is messages by many visitors side by side, each waiting for its ack.
func BenchmarkSay(b *testing.B) {
	benchEach(b, func(b *testing.B, w *world) {
		visitors := make([]actor.Visitor, crowd)
		for i := range visitors {
			visitors[i] = w.vera
			visitors[i].ID = id.New[id.Visitor]()
		}
		inParallel(b, func(b *testing.B, lane, n int) {
			if _, err := w.Say(b.Context(), visitors[lane], VisitorSay{ClientID: fmt.Sprintf("m%d-%d-%d", b.N, lane, n), Text: "Is the blue one still in stock, and when would it be here?"}); err != nil {
				b.Error(err)
			}
		})
	})
}

// BenchmarkSend is messages by one agent in many chats side by side.
func BenchmarkSend(b *testing.B) {
	benchEach(b, func(b *testing.B, w *world) {
		chats := make([]id.Chat, crowd)
		for i := range chats {
			w.vera.ID = id.New[id.Visitor]()
			w.say(b, "hello")
			chats[i] = w.chat(b)
		}
		inParallel(b, func(b *testing.B, lane, n int) {
			if _, err := w.Send(b.Context(), w.ann, chats[lane], AgentSay{ClientID: fmt.Sprintf("m%d-%d-%d", b.N, lane, n), Text: "Yes it is, and it can be with you on Thursday."}); err != nil {
				b.Error(err)
			}
		})
	})
}

func benchEach(b *testing.B, fn func(*testing.B, *world)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, benchWorld(b, testkit.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { fn(b, benchWorld(b, testkit.Postgres(b))) })
}

// benchWorld opens the database again without testkit's record of events, and with the connections of a server.
func benchWorld(b *testing.B, e *testkit.Env) *world {
	b.Helper()
	w := newWorld(b, e)
	if err := e.DB.Close(); err != nil {
		b.Fatal(err)
	}
	d, err := db.Open(b.Context(), db.Options{URL: e.URL})
	if err != nil {
		b.Fatal(err)
	}
	e.DB = d
	w.Service = service(d, e)
	ann, err := w.People.Person(b.Context(), w.ann.ID)
	if err != nil {
		b.Fatal(err)
	}
	w.People = remembered{names{d}, ann}
	return w
}

// remembered answers from memory, as the agents' directory does.
type remembered struct {
	names
	person wire.Person
}

func (r remembered) Person(context.Context, id.Agent) (wire.Person, error) { return r.person, nil }

// inParallel calls fn for b.N messages in as many lanes as there are visitors.
func inParallel(b *testing.B, fn func(b *testing.B, lane, n int)) {
	b.Helper()
	var next, lane atomic.Int64
	b.SetParallelism(crowd / 2) // times GOMAXPROCS, which is 2 on the machine of the bar
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		l := int(lane.Add(1)-1) % crowd
		for pb.Next() {
			fn(b, l, int(next.Add(1)))
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
