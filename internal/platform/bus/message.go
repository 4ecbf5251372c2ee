package bus

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// kind says what a message is. The values cross nodes of different releases: add, never renumber.
type kind byte

const (
	kindEvent    kind = 1 // number: the node's counter
	kindBeat     kind = 2 // number: the counter so far, so that a lost last event is noticed too
	kindHello    kind = 3 // a beat that asks for beats
	kindGoodbye  kind = 4
	kindQuestion kind = 5 // number: the asker's own
	kindAnswer   kind = 6 // number: the question's; to: the asker; an empty body is no answer
)

// message is what crosses the bus: a byte each for format and kind, the node, the number, two short strings, and the body.
type message struct {
	kind   kind
	node   uuid.UUID
	number uint64
	name   string // event's or question's name
	scope  string // event's property, or the asker of an answer
	body   []byte
}

const (
	format     = 1
	offNode    = 2
	offNumber  = offNode + 16
	offStrings = offNumber + 8
)

var errMessage = errors.New("not a message of this bus")

func (m message) encode() []byte {
	buf := make([]byte, 0, offStrings+2+len(m.name)+len(m.scope)+len(m.body))
	buf = append(buf, format, byte(m.kind))
	buf = append(buf, m.node[:]...)
	buf = binary.BigEndian.AppendUint64(buf, m.number)
	buf = appendShort(buf, m.name)
	buf = appendShort(buf, m.scope)
	return append(buf, m.body...)
}

// encodeEvent leaves node and number to [stamp]: they are given when the event gets its place in the queue.
func encodeEvent(e event.Event) ([]byte, error) {
	if len(e.Name) > 255 || len(e.Property) > 255 {
		return nil, fmt.Errorf("name or property of %d and %d bytes is too long", len(e.Name), len(e.Property))
	}
	head := message{kind: kindEvent, name: e.Name, scope: string(e.Property)}.encode()
	buf := bytes.NewBuffer(head)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.Payload); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

func stamp(raw []byte, node uuid.UUID, number uint64) {
	copy(raw[offNode:], node[:])
	binary.BigEndian.PutUint64(raw[offNumber:], number)
}

func decode(raw []byte) (message, error) {
	if len(raw) < offStrings+2 || raw[0] != format {
		return message{}, errMessage
	}
	m := message{kind: kind(raw[1]), node: uuid.UUID(raw[offNode:offNumber]), number: binary.BigEndian.Uint64(raw[offNumber:])}
	var ok bool
	if m.name, raw, ok = cutShort(raw[offStrings:]); !ok {
		return message{}, errMessage
	}
	if m.scope, m.body, ok = cutShort(raw); !ok {
		return message{}, errMessage
	}
	return m, nil
}

func (m message) property() id.Property { return id.Property(m.scope) }

func appendShort(buf []byte, s string) []byte {
	return append(append(buf, byte(len(s))), s...) //nolint:gosec // callers keep names under 256 bytes
}

func cutShort(raw []byte) (string, []byte, bool) {
	if len(raw) == 0 || len(raw) < 1+int(raw[0]) {
		return "", nil, false
	}
	n := 1 + int(raw[0])
	return string(raw[1:n]), raw[n:], true
}
