package hub

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Frame is one encoded frame; it may be sent to any number of connections.
type Frame struct {
	bytes []byte // as it goes over a WebSocket: header, then payload
	head  int    // length of the header
}

const (
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xA
)

// NewFrame makes a frame of JSON text.
func NewFrame(json []byte) *Frame { return newFrame(opText, json) }

// JSON encodes v as a frame. It panics if v cannot be encoded: frames are our own types.
func JSON(v any) *Frame {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("hub: a frame that cannot be encoded: %v", err))
	}
	return NewFrame(b)
}

// newFrame writes the header of RFC 6455, 5.2: from the server, so not masked; whole, so final; never compressed.
func newFrame(op byte, payload []byte) *Frame {
	buf := make([]byte, 0, 10+len(payload))
	buf = append(buf, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		buf = append(buf, byte(n))
	case n < 1<<16:
		buf = binary.BigEndian.AppendUint16(append(buf, 126), uint16(n))
	default:
		buf = binary.BigEndian.AppendUint64(append(buf, 127), uint64(n))
	}
	head := len(buf)
	return &Frame{bytes: append(buf, payload...), head: head}
}

// weight is what the frame counts in a queue: even an empty one takes a place.
func (f *Frame) weight() int { return len(f.bytes) + 64 }

// Text is the JSON that the frame carries.
func (f *Frame) Text() []byte { return f.payload() }

func (f *Frame) op() byte        { return f.bytes[0] & 0xF }
func (f *Frame) payload() []byte { return f.bytes[f.head:] }

var pingFrame = newFrame(opPing, nil)

const maxReason = 123 // RFC 6455, 5.5: 125 bytes with the code

func closeFrame(code int, reason string) *Frame {
	reason = reason[:min(len(reason), maxReason)]
	return newFrame(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)) //nolint:gosec // codes are our constants
}
