package bus

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
)

// sendLoop passes published events on, until the bus closes and everything is sent.
func (b *Bus) sendLoop() {
	var items [][]byte
	for range b.out.wake {
		var lost, closed bool
		items, lost, closed = b.out.take(items)
		for i, raw := range items {
			if err := b.conn.Publish(b.subject, raw); err != nil {
				b.log.Warn("event is lost", "error", err) // numbered: everybody will see the hole
				lost = true
			}
			items[i] = nil
		}
		if lost && !closed {
			b.beat(kindBeat)
		}
		if closed {
			return
		}
	}
}

// send passes one message of the bus itself on.
func (b *Bus) send(m message) {
	m.node = b.node
	if err := b.conn.Publish(b.subject, m.encode()); err != nil {
		b.log.Debug("bus message is lost", "error", err)
	}
}

// receive sorts what comes; it must stay quick, or NATS would drop.
func (b *Bus) receive(raw *nats.Msg) {
	m, err := decode(raw.Data)
	if err != nil {
		b.log.Warn("strange message on the bus", "bytes", len(raw.Data))
		return
	}
	mine := m.node == b.node
	if !mine && m.kind != kindGoodbye && b.nodes.heard(m.node) {
		b.log.Info("node came", "node", m.node.String())
		b.beat(kindBeat) // so that it knows this one as soon
	}
	switch m.kind {
	case kindEvent:
		if b.nodes.counted(m.node, m.number-1, m.number) {
			b.in.put(step{gap: true})
		}
		b.in.put(step{message: m})
	case kindBeat, kindHello:
		if b.nodes.counted(m.node, m.number, m.number) {
			b.in.put(step{gap: true})
		}
		if m.kind == kindHello && !mine {
			b.beat(kindBeat)
		}
	case kindGoodbye:
		b.lost(m.node)
	case kindQuestion:
		if !mine {
			b.queueQuestion(m)
		}
	case kindAnswer:
		if m.scope == string(b.node[:]) {
			b.asks.answered(m)
		}
	}
}

// deliverLoop is the one goroutine that calls handlers.
func (b *Bus) deliverLoop() {
	var items []step
	for range b.in.wake {
		var full, closed bool
		items, full, closed = b.in.take(items)
		for i, s := range items {
			b.deliver(s)
			items[i] = step{}
		}
		if full {
			b.log.Warn("handlers are too slow, events were dropped")
			b.deliver(step{gap: true})
		}
		if closed {
			return
		}
	}
}

func (b *Bus) deliver(s step) {
	switch {
	case s.gap:
		b.gapCount.Add(1)
		for _, fn := range b.gaps {
			b.guard("gap", fn)
		}
	case s.lost != "":
		for _, fn := range b.losses {
			b.guard("node lost", func() { fn(s.lost) })
		}
	default:
		b.handled.Add(1)
		for _, fn := range b.handlers[s.name] {
			b.guard(s.name, func() { fn(s.property(), s.body) })
		}
	}
}

// guard keeps one handler's panic from ending the node.
func (b *Bus) guard(what string, fn func()) {
	defer func() {
		if p := recover(); p != nil {
			b.log.Error("bus handler panicked", "event", what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	fn()
}

// beatLoop tells the others that this node lives, and notices who does not.
func (b *Bus) beatLoop() {
	tick := time.NewTicker(b.nodes.every)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			b.beat(kindBeat)
			for _, n := range b.nodes.silent() {
				b.lost(n)
				b.in.put(step{gap: true}) // it may have died after a commit and before the news of it
			}
		}
	}
}

// beat tells how far this node has counted. It takes the same road as the events, behind those it counts.
func (b *Bus) beat(k kind) { b.out.putOwn(message{kind: k, node: b.node}.encode()) }

// lost handles a node that said goodbye or fell silent.
func (b *Bus) lost(node uuid.UUID) {
	if !b.nodes.gone(node) {
		return
	}
	b.log.Info("node is gone", "node", node.String())
	b.asks.lost(node)
	b.in.put(step{lost: node.String()})
}

// meet says hello until another node has answered, or wait has passed.
func (b *Bus) meet(wait time.Duration) {
	b.beat(kindHello)
	if wait == 0 {
		return
	}
	again := time.NewTicker(meetEvery)
	defer again.Stop()
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		select {
		case <-b.nodes.met:
			return
		case <-b.stop:
			return
		case <-end.C:
			return
		case <-again.C:
			b.beat(kindHello)
		}
	}
}
