package hub

import (
	"encoding/binary"
	"unicode/utf8"

	"parley/internal/kernel/wire"
)

// Close codes of RFC 6455, 7.4.1, that the protocol itself needs.
const (
	closeNormal   = 1000
	closeProtocol = 1002
	closeNotUTF8  = 1007
)

const (
	opContinuation = 0x0
	opBinary       = 0x2
)

// readChunk is what is read at once while a client sends.
const readChunk = 4096

// incoming is the state of reading; only the goroutine that reads touches it. It is nil between whole messages.
type incoming struct {
	rest   []byte // bytes of a frame that is not complete
	parts  []byte // of a fragmented message
	inPart bool
	broken bool // the stream cannot be understood any more: bytes are only thrown away until the client closes
}

// read begins with what came before the upgrade was done.
func (c *Conn) read(early []byte) {
	if len(early) > 0 {
		c.feed(early)
	}
	c.watch()
}

// hangUp ends a connection that cannot be read any more.
func (c *Conn) hangUp() {
	c.disconnect()
	c.over()
}

// readBlocking reads a connection that cannot tell when it is readable (TLS). It keeps its buffer while it waits.
func (c *Conn) readBlocking() {
	buf := make([]byte, readChunk)
	for {
		n, err := c.net.Read(buf)
		if n > 0 {
			c.feed(buf[:n])
		}
		if err != nil {
			break
		}
	}
	c.hangUp()
}

// feed takes bytes as they come.
func (c *Conn) feed(data []byte) {
	c.heard()
	s := c.reading
	if s == nil {
		s = &incoming{}
	}
	if s.broken {
		return
	}
	foreign := len(s.rest) == 0 // data is not ours to keep
	if !foreign {
		data = append(s.rest, data...) // grows by doubling: a frame that drips in costs no copy each time
	}
	for !s.broken {
		f, n, err := parse(data, c.hub.o.MaxFrameBytes)
		if err != 0 {
			c.breakOff(s, err)
			break
		}
		if n == 0 {
			break
		}
		c.frame(s, f)
		data, foreign = data[n:], true
	}
	if s.broken {
		*s = incoming{broken: true}
		c.reading = s
		return
	}
	c.reading, s.rest = nil, data
	if foreign {
		s.rest = append([]byte(nil), data...) // the bytes are the caller's, or at the end of a frame that is done
	}
	if len(data) > 0 || s.inPart {
		c.reading = s
	}
}

// heard notes the sign of life.
func (c *Conn) heard() {
	if now := c.hub.beat.now.Load(); c.seen.Load() != now {
		c.seen.Store(now)
	}
}

// breakOff closes because of what the client sent. It is read on for a moment, so that the close frame reaches it: closing with
// unread bytes would make the kernel reset the connection.
func (c *Conn) breakOff(s *incoming, code int) {
	s.broken = true
	reasons := map[int]string{wire.CloseTooBig: "frame too big", closeProtocol: "protocol error", closeNotUTF8: "not UTF-8", wire.CloseBadFrame: "text frames only"}
	if code == wire.CloseTooBig {
		c.closeFor(&c.hub.stats.tooBig, code, reasons[code])
		return
	}
	c.Close(code, reasons[code])
}

// received is one frame of the client, still masked.
type received struct {
	op   byte
	fin  bool
	mask [4]byte
	body []byte // shared with the read buffer
}

// parse finds the first frame. n == 0: it is not complete yet. code != 0: close with it.
func parse(data []byte, most int) (f received, n, code int) {
	if len(data) < 2 {
		return f, 0, 0
	}
	f.op, f.fin = data[0]&0xF, data[0]&0x80 != 0
	if data[0]&0x70 != 0 || data[1]&0x80 == 0 || f.op > opBinary && f.op < opClose || f.op > opPong {
		return f, 0, closeProtocol // an extension, no mask, or an operation nobody knows
	}
	length, head := uint64(data[1]&0x7F), 2
	if f.op >= opClose && (length > 125 || !f.fin) {
		return f, 0, closeProtocol
	}
	switch {
	case length == 126 && len(data) >= 4:
		length, head = uint64(binary.BigEndian.Uint16(data[2:])), 4
	case length == 127 && len(data) >= 10:
		length, head = binary.BigEndian.Uint64(data[2:]), 10
	case length >= 126:
		return f, 0, 0
	}
	if length > uint64(most) { //nolint:gosec // a limit is positive
		return f, 0, wire.CloseTooBig
	}
	n = head + 4 + int(length)
	if len(data) < n {
		return f, 0, 0
	}
	f.mask, f.body = [4]byte(data[head:]), data[head+4:n]
	return f, n, 0
}

// frame handles one complete frame.
func (c *Conn) frame(s *incoming, f received) {
	switch f.op {
	case opPong:
	case opPing:
		c.pong(f.text())
	case opClose:
		c.peerClosed(f.text())
		s.broken = true // nothing follows a close frame
	case opBinary:
		c.breakOff(s, wire.CloseBadFrame)
	default:
		c.data(s, f)
	}
}

func (c *Conn) data(s *incoming, f received) {
	if (f.op == opContinuation) != s.inPart {
		c.breakOff(s, closeProtocol)
		return
	}
	text := f.text()
	if s.inPart || !f.fin {
		if len(s.parts)+len(text) > c.hub.o.MaxFrameBytes {
			c.breakOff(s, wire.CloseTooBig)
			return
		}
		s.parts = append(s.parts, text...)
		if s.inPart = !f.fin; s.inPart {
			return
		}
		text, s.parts = s.parts, nil
	}
	if !utf8.Valid(text) {
		c.breakOff(s, closeNotUTF8)
		return
	}
	c.accept(text)
}

// text is the payload, without the mask and in bytes of its own.
func (f received) text() []byte {
	out := append(make([]byte, 0, len(f.body)), f.body...)
	mask := binary.LittleEndian.Uint32(f.mask[:])
	if mask == 0 {
		return out
	}
	wide := uint64(mask) | uint64(mask)<<32
	i := 0
	for ; i+8 <= len(out); i += 8 {
		binary.LittleEndian.PutUint64(out[i:], binary.LittleEndian.Uint64(out[i:])^wide)
	}
	for ; i < len(out); i++ {
		out[i] ^= f.mask[i&3]
	}
	return out
}

// pong answers a ping. A client that pings faster than it reads needs no second answer.
func (c *Conn) pong(payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil || c.gone || c.slow || len(c.out) > 0 && c.out[len(c.out)-1].op() == opPong {
		return
	}
	f := newFrame(opPong, payload)
	c.out = append(c.out, f)
	c.outBytes += f.weight()
	c.kick()
}

// peerClosed answers the client's close frame, or ends the connection if that was the answer to ours.
func (c *Conn) peerClosed(payload []byte) {
	code := closeNormal
	switch {
	case len(payload) == 1, len(payload) >= 2 && !utf8.Valid(payload[2:]):
		code = closeProtocol
	case len(payload) >= 2:
		if code = int(binary.BigEndian.Uint16(payload)); !mayBeSent(code) {
			code = closeProtocol
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.farewell = true
	switch {
	case c.closeSent:
		c.disconnect()
	case c.end == nil && !c.gone:
		// What came before the close frame is still handled: the inbox stays.
		c.end = &ending{code, ""}
		c.hub.beat.watchClosing(c)
		c.kick()
	}
}

// mayBeSent: RFC 6455, 7.4.
func mayBeSent(code int) bool {
	switch {
	case code >= 3000 && code < 5000:
		return true
	case code < 1000 || code > 1014:
		return false
	default:
		return code != 1004 && code != 1005 && code != 1006
	}
}
