package bus

import (
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
)

// outbox holds published events until the sender has passed them on. It gives the numbers.
type outbox struct {
	mu     sync.Mutex
	items  [][]byte
	bytes  int
	number uint64 // of the last event
	lost   bool   // since the last take
	closed bool
	limit  int           // events
	wake   chan struct{} // capacity 1

	dropped atomic.Int64
}

func (q *outbox) init(limit int) { q.limit, q.wake = limit, make(chan struct{}, 1) }

func (q *outbox) put(raw []byte, node uuid.UUID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.number++
	if len(q.items) >= q.limit || q.bytes+len(raw) > maxQueueBytes || q.closed {
		q.lost = true
		q.dropped.Add(1)
		q.kick()
		return false
	}
	stamp(raw, node, q.number)
	q.items = append(q.items, raw)
	q.bytes += len(raw)
	q.kick()
	return true
}

// lose takes a number for an event that will never be sent, so that everybody sees the hole.
func (q *outbox) lose() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.number++
	q.lost = true
	q.dropped.Add(1)
	q.kick()
}

func (q *outbox) kick() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take empties the queue into the sender's hands. lost: something before the next event will never come, say so with a beat.
func (q *outbox) take(spare [][]byte) (items [][]byte, lost, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, lost, closed = q.items, q.lost, q.closed
	q.items, q.bytes, q.lost = reuse(spare), 0, false
	return items, lost, closed
}

// putOwn queues a message of the bus itself, which carries the number of the event before it. It is small and never refused.
func (q *outbox) putOwn(raw []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	binary.BigEndian.PutUint64(raw[offNumber:], q.number)
	q.items = append(q.items, raw)
	q.kick()
}

func (q *outbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.kick()
}

// step is one thing for the delivery goroutine: an event, or news about the bus itself.
type step struct {
	message
	gap  bool
	lost string // a node
}

// inbox holds what came until the handlers have had it.
type inbox struct {
	mu     sync.Mutex
	items  []step
	bytes  int
	full   bool // something was dropped since the last take
	closed bool
	limit  int           // events
	wake   chan struct{} // capacity 1

	dropped atomic.Int64
}

func (q *inbox) init(limit int) { q.limit, q.wake = limit, make(chan struct{}, 1) }

func (q *inbox) put(s step) {
	q.mu.Lock()
	defer q.mu.Unlock()
	isEvent := !s.gap && s.lost == "" // news about the bus is small and rare: never dropped
	switch {
	case q.closed:
		return
	case isEvent && (len(q.items) >= q.limit || q.bytes+len(s.body) > maxQueueBytes):
		q.full = true
		q.dropped.Add(1)
		return
	}
	q.items = append(q.items, s)
	q.bytes += len(s.body)
	q.kick()
}

func (q *inbox) kick() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *inbox) take(spare []step) (items []step, full, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, full, closed = q.items, q.full, q.closed
	q.items, q.bytes, q.full = reuse(spare), 0, false
	return items, full, closed
}

func (q *inbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.kick()
}

// reuse empties a slice for the next round; a burst's large one is given back instead.
func reuse[T any](spare []T) []T {
	if cap(spare) > 4096 {
		return nil
	}
	return spare[:0]
}
