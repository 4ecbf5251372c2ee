package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

var errClosed = errors.New("bus is closed")

// asks are this node's open questions.
type asks struct {
	mu     sync.Mutex
	open   map[uint64]*ask
	number uint64
	closed bool
}

type ask struct {
	missing map[uuid.UUID]struct{}
	answers []json.RawMessage
	done    chan struct{}
}

func (a *asks) init() { a.open = map[uint64]*ask{} }

func (a *asks) add(missing map[uuid.UUID]struct{}) (uint64, *ask, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return 0, nil, errClosed
	}
	a.number++
	q := &ask{missing: missing, done: make(chan struct{})}
	a.open[a.number] = q
	return a.number, q, nil
}

// remove ends the question and returns what was answered.
func (a *asks) remove(number uint64) []json.RawMessage {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.open[number]
	delete(a.open, number)
	return q.answers
}

func (a *asks) answered(m message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.open[m.number]
	if q == nil {
		return
	}
	if _, waited := q.missing[m.node]; !waited {
		return // came after the question, or answered twice
	}
	if len(m.body) > 0 {
		q.answers = append(q.answers, m.body)
	}
	q.drop(m.node)
}

// lost stops waiting for a node that is gone.
func (a *asks) lost(node uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range a.open {
		if _, waited := q.missing[node]; waited {
			q.drop(node)
		}
	}
}

func (q *ask) drop(node uuid.UUID) {
	delete(q.missing, node)
	if len(q.missing) == 0 {
		close(q.done)
	}
}

func (a *asks) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for _, q := range a.open {
		if len(q.missing) > 0 {
			clear(q.missing)
			close(q.done)
		}
	}
}

// Ask puts a question to the other nodes and returns their answers once all have answered or wait has passed, in no order.
// Alone it returns at once. It may be called from a handler; the answers do not come over the delivery goroutine.
func (b *Bus) Ask(ctx context.Context, name string, question any, wait time.Duration) ([]json.RawMessage, error) {
	others := b.nodes.others()
	if len(others) == 0 {
		return nil, nil
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", name, err)
	}
	number, q, err := b.asks.add(others)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", name, err)
	}
	b.send(message{kind: kindQuestion, number: number, name: name, body: body})
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-q.done:
	case <-timer.C:
	case <-ctx.Done():
		err = fmt.Errorf("ask %s: %w", name, ctx.Err())
	}
	return b.asks.remove(number), err
}

// Answer registers who answers a question of that name; nil is no answer. fn runs on a goroutine for all questions, one at a
// time, so it must not wait for long. Register before Start.
func (b *Bus) Answer(name string, fn func(question json.RawMessage) any) {
	b.mustBeEarly()
	b.answers[name] = fn
}

func (b *Bus) queueQuestion(m message) {
	select {
	case b.questions <- m:
	default:
		b.log.Warn("too many questions from other nodes, one is not answered", "question", m.name)
	}
}

func (b *Bus) answerLoop() {
	for {
		select {
		case <-b.stop:
			return
		case m := <-b.questions:
			b.guard(m.name, func() { b.answer(m) })
		}
	}
}

func (b *Bus) answer(m message) {
	reply := message{kind: kindAnswer, number: m.number, scope: string(m.node[:])}
	// The asker counts answers: it gets one whatever happens here.
	defer func() { b.send(reply) }()
	fn := b.answers[m.name]
	if fn == nil {
		return
	}
	v := fn(m.body)
	if v == nil {
		return
	}
	body, err := json.Marshal(v)
	if err != nil || len(body) > MaxEventBytes {
		b.log.Error("answer cannot be sent", "question", m.name, "bytes", len(body), "error", err)
		return
	}
	reply.body = body
}
