// Package bus takes events to every node of the installation, this one included, over a NATS server inside the process.
// It keeps nothing: news may be lost, and [Bus.OnGap] says when. The database is the truth.
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// MaxEventBytes is the largest encoded event that travels; a larger one is logged and noticed by everybody as a gap.
const MaxEventBytes = 1 << 20

const (
	maxQueueEvents = 1 << 16     // waiting to be sent, or to be handled: some seconds of the busiest installation
	maxQueueBytes  = 64 << 20    // … and what they may weigh
	lastNewsWait   = time.Second // at the end, for what was published to leave; a starved machine needs it, others never
	closeWait      = 300 * time.Millisecond
)

// Options say whom to talk to. All empty: this node is alone and listens nowhere.
type Options struct {
	Listen  string   // host:port for the other nodes; empty: no listener
	Peers   []string // host:port of other nodes; one that is reachable is enough
	Secret  string   // shared by all nodes, at least 16 characters; needed with Listen or Peers
	NATSURL string   // an outside NATS instead: nats://… or tls://…, several separated by commas
	Log     *slog.Logger

	Beat      time.Duration // between heartbeats; default 2 s
	LostAfter time.Duration // silence after which a node is gone; default 15 s
	Queue     int           // events that wait to be sent, and as many to be handled; default 65,536
}

// Bus is this node's end. All methods may be called from any goroutine.
type Bus struct {
	log     *slog.Logger
	node    uuid.UUID
	subject string
	alone   bool
	limit   int // bytes of one message

	meetWait time.Duration // how long Start waits for another node

	server *server.Server // nil with an outside NATS
	conn   *nats.Conn

	handlers map[string][]func(id.Property, []byte) // written before Start only
	answers  map[string]func(json.RawMessage) any
	gaps     []func()
	losses   []func(string)
	started  atomic.Bool

	out       outbox
	in        inbox
	questions chan message
	asks      asks
	nodes     nodes

	handled, gapCount atomic.Int64

	stop     chan struct{} // closed first: no more beats
	closing  sync.Once
	running  sync.WaitGroup // beats, delivery, questions
	outgoing sync.WaitGroup // the sender; it ends after what was published has been sent
}

// Open joins the bus. Nothing is delivered before [Bus.Start]. It fails at once with a wrong setting or an outside NATS that
// does not answer; other nodes that are not there yet are not an error.
func Open(ctx context.Context, o Options) (*Bus, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Beat <= 0 {
		o.Beat = 2 * time.Second
	}
	if o.LostAfter <= 0 {
		o.LostAfter = 15 * time.Second
	}
	if o.Queue <= 0 {
		o.Queue = maxQueueEvents
	}
	b := &Bus{
		log: o.Log, node: uuid.New(), subject: subjectOf(o), alone: o.Listen == "" && o.NATSURL == "",
		handlers: map[string][]func(id.Property, []byte){}, answers: map[string]func(json.RawMessage) any{},
		questions: make(chan message, 1024), stop: make(chan struct{}),
	}
	b.out.init(o.Queue)
	b.in.init(o.Queue)
	b.asks.init()
	b.nodes.init(o.Beat, o.LostAfter)
	if err := b.connect(ctx, o); err != nil {
		return nil, err
	}
	return b, nil
}

// Start begins delivery. Register handlers before. In a cluster it returns once another node has answered, or after 2 s:
// news of the first moments then reaches everybody without a gap.
func (b *Bus) Start() error {
	if b.started.Swap(true) {
		return errors.New("bus: started twice")
	}
	if err := b.subscribe(); err != nil {
		return fmt.Errorf("bus: subscribe: %w", err)
	}
	b.outgoing.Go(b.sendLoop)
	b.running.Go(b.deliverLoop)
	b.running.Go(b.answerLoop)
	if b.alone {
		return nil
	}
	b.running.Go(b.beatLoop)
	b.meet(b.meetWait)
	return nil
}

// Close sends what was published, says goodbye to the other nodes and leaves, all within a second. Later calls do nothing.
func (b *Bus) Close() {
	b.closing.Do(func() {
		close(b.stop)
		b.out.close()
		b.asks.close()
		if b.started.Load() {
			wait(lastNewsWait, b.outgoing.Wait)
			b.send(message{kind: kindGoodbye})
			_ = b.conn.FlushTimeout(lastNewsWait) // best effort: the others notice the silence as well
		}
		b.leave()
	})
}

// leave drops the connection and the server without a word.
func (b *Bus) leave() {
	b.conn.Close()
	b.in.close()
	if b.server != nil {
		wait(closeWait, func() { b.server.Shutdown(); b.server.WaitForShutdown() })
	}
	wait(closeWait, b.running.Wait)
}

// wait runs fn and gives up waiting for it after d: a handler that hangs must not hold up the end of the process.
func wait(d time.Duration, fn func()) {
	done := make(chan struct{})
	go func() { fn(); close(done) }()
	select {
	case <-done:
	case <-time.After(d):
	}
}

// Node is this process's own name among the nodes; new with every start.
func (b *Bus) Node() string { return b.node.String() }

// Nodes lists the other nodes that are alive.
func (b *Bus) Nodes() []string { return b.nodes.alive() }

// Ready reports whether the bus is connected: for /readyz.
func (b *Bus) Ready() bool { return b.started.Load() && b.conn.IsConnected() }

// Address is where other nodes reach this one: host:port; empty while it does not listen.
func (b *Bus) Address() string {
	if b.server == nil || b.server.ClusterAddr() == nil {
		return ""
	}
	return b.server.ClusterAddr().String()
}

// Stats counts since the start.
type Stats struct {
	Handled int64 // events from any node that the handlers have had
	Dropped int64 // events that this node did not send or did not handle, each part of a gap
	Gaps    int64 // times that events may have been lost
}

// Stats reads the counters.
func (b *Bus) Stats() Stats {
	return Stats{Handled: b.handled.Load(), Dropped: b.out.dropped.Load() + b.in.dropped.Load(), Gaps: b.gapCount.Load()}
}

// Publish sends events to every node in the order given. It does not block: each event is encoded here and queued.
// What does not fit the queue is lost, and everybody notices by the numbering.
func (b *Bus) Publish(events []event.Event) {
	for _, e := range events {
		raw, err := encodeEvent(e)
		if err != nil {
			b.log.Error("event cannot be encoded", "event", e.Name, "error", err)
			b.out.lose()
			continue
		}
		if len(raw) > b.limit {
			b.log.Error("event is too large", "event", e.Name, "bytes", len(raw))
			b.out.lose()
			continue
		}
		if !b.out.put(raw, b.node) {
			b.log.Warn("bus queue is full, an event is lost", "event", e.Name)
		}
	}
}

// Doubt says that something may have happened that nobody can tell of: all nodes, this one too, take it for a gap.
func (b *Bus) Doubt() { b.out.lose() }

// On calls fn for every event of the topic, whichever node published it: in order, on the node's one delivery goroutine.
// Register before Start.
func On[T any](b *Bus, t event.Topic[T], fn func(p id.Property, v T)) {
	b.mustBeEarly()
	b.handlers[t.Name] = append(b.handlers[t.Name], func(p id.Property, raw []byte) {
		v, err := t.Decode(raw)
		if err != nil {
			b.log.Error("event cannot be decoded", "event", t.Name, "error", err)
			return
		}
		fn(p, v)
	})
}

// OnGap calls fn when events may have been lost, also with a node that fell silent without a goodbye, on the delivery goroutine. Register before Start.
func (b *Bus) OnGap(fn func()) {
	b.mustBeEarly()
	b.gaps = append(b.gaps, fn)
}

// OnNodeLost calls fn when another node has said goodbye or fallen silent, on the delivery goroutine. Register before Start.
func (b *Bus) OnNodeLost(fn func(node string)) {
	b.mustBeEarly()
	b.losses = append(b.losses, fn)
}

func (b *Bus) mustBeEarly() {
	if b.started.Load() {
		panic("bus: register handlers before Start")
	}
}
