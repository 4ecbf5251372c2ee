// Package event names the things that happen and types what they carry.
// It does not carry them: platform/db holds them until the commit, platform/bus takes them to every node.
package event

import (
	"encoding/json"
	"fmt"

	"parley/internal/kernel/id"
)

// Event is something that has happened. It leaves the process only after the commit.
type Event struct {
	Name     string
	Property id.Property
	Payload  any
}

// Emitter collects events until a transaction has committed.
type Emitter interface {
	Emit(e Event)
}

// Topic is one kind of event carrying a T. T must survive a JSON round trip: events cross nodes.
type Topic[T any] struct{ Name string }

// New declares a topic; its name is a promise to webhooks and other nodes.
func New[T any](name string) Topic[T] { return Topic[T]{Name: name} }

// Emit queues v for publication after the commit.
func (t Topic[T]) Emit(e Emitter, p id.Property, v T) {
	e.Emit(Event{Name: t.Name, Property: p, Payload: v})
}

// Of makes the event without an emitter, for news that no transaction causes (presence, typing).
func (t Topic[T]) Of(p id.Property, v T) Event {
	return Event{Name: t.Name, Property: p, Payload: v}
}

// Decode reads the payload as it came over the bus.
func (t Topic[T]) Decode(raw []byte) (T, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("decode %s: %w", t.Name, err)
	}
	return v, nil
}
