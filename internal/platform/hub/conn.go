package hub

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unique"

	"parley/internal/kernel/wire"
)

const maxUserAgent = 256

// Conn is one browser's connection. There are many thousands: every field counts.
type Conn struct {
	State any // the handler's own; touch it from Open, Frame and Closed, or guard it

	hub     *Hub
	handler Handler
	id      string
	address string
	origin  unique.Handle[string] // many share one
	agent   unique.Handle[string]

	net      net.Conn  // the socket of a WebSocket; nil for the fallback
	waiting  waiting   // where it waits for bytes
	fallback *fallback // nil for a WebSocket

	memberMu sync.Mutex
	left     bool
	members  []*member

	bucket uint8
	ready  atomic.Bool
	seen   atomic.Uint32 // the tick of the last byte from the client
	place  int           // in the bucket

	mu       sync.Mutex
	out      []*Frame // nil when there is nothing to write
	outBytes int
	held     *[]*Frame // news that waits for the answer of Release; nil: none is being made
	in       [][]byte  // nil when there is nothing to do
	inBytes  int
	room     chan struct{} // made by a reader that waits for room in the inbox
	end      *ending       // set by Close
	next     *Conn         // in the writers' list
	reading  *incoming     // the reader's own; nil between whole messages
	flags
}

type flags struct {
	up       bool // the transport can write
	flushing bool // somebody writes, or will
	slow     bool // … and waits for the network
	working  bool // a goroutine runs the handler
	gone     bool // the transport is over

	closeSent bool // our close frame is out
	farewell  bool // the client's close frame is in
}

type ending struct {
	code   int
	reason string
}

func (h *Hub) newConn(handler Handler, r *http.Request) *Conn {
	return &Conn{
		hub: h, handler: handler, id: newID(), address: strings.Clone(h.o.Address(r)),
		origin: unique.Make(r.Header.Get("Origin")), agent: unique.Make(cutText(r.UserAgent(), maxUserAgent)),
	}
}

// newID is not to be guessed: the fallback's POST names it.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func cutText(s string, n int) string {
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}

// ID is unique in the whole installation.
func (c *Conn) ID() string { return c.id }

// Address is the client's canonical address.
func (c *Conn) Address() string { return c.address }

// Origin is the Origin header of the request.
func (c *Conn) Origin() string { return c.origin.Value() }

// UserAgent is the User-Agent header, cut to 256 bytes.
func (c *Conn) UserAgent() string { return c.agent.Value() }

// Attached reports whether this is the short life of one POST of the fallback: it has no topics, Send fills the answer, and
// what is sent after Frame has returned is lost.
func (c *Conn) Attached() bool { return c.fallback != nil && c.fallback.attached }

// Ready says that hello was accepted. A connection that is not ready within 10 s is closed with CloseNoHello.
func (c *Conn) Ready() { c.ready.Store(true) }

// Send queues f; it never blocks. A connection whose queue is full is closed with CloseTooSlow. After Close it does nothing.
func (c *Conn) Send(f *Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil || c.gone {
		return
	}
	if c.held != nil {
		c.hold(f)
		return
	}
	// A burst that no writer has come to yet may be longer than what may wait for a slow network, but not heavier.
	full := c.slow && len(c.out) >= c.hub.o.OutFrames || c.outBytes+f.weight() > c.hub.o.OutBytes
	if full && len(c.out) > 0 && !c.Attached() {
		// What waits is thrown away: the client asks for it again. The write under way gets its time, then the code.
		c.hub.stats.tooSlow.Add(1)
		c.close(wire.CloseTooSlow, "too slow")
		return
	}
	c.out = append(c.out, f)
	c.outBytes += f.weight()
	c.kick()
}

// Behind reports whether something that was sent has not been written yet: who sends the newest of something may as well wait.
func (c *Conn) Behind() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.out) > 0 || c.slow || c.held != nil
}

// Over reports whether the connection has ended, or will when what is queued is written.
func (c *Conn) Over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end != nil || c.gone
}

// Hold makes what is sent from now on wait until [Conn.Release]. A handler that joins topics and then reads what it answers
// with holds the news meanwhile: or some of it would come before an answer that does not know of it.
func (c *Conn) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = new([]*Frame)
	}
}

// Release sends first, if there is one, and then what was held.
func (c *Conn) Release(first *Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held
	c.held = nil
	if c.end != nil || c.gone {
		return
	}
	if first != nil {
		c.out = append(c.out, first)
		c.outBytes += first.weight()
	}
	if held != nil {
		c.out = append(c.out, *held...)
	}
	if len(c.out) > 0 {
		c.kick()
	}
}

// hold keeps f for Release; c.mu is held.
func (c *Conn) hold(f *Frame) {
	if c.outBytes+f.weight() > c.hub.o.OutBytes && len(*c.held) > 0 && !c.Attached() {
		c.hub.stats.tooSlow.Add(1)
		c.close(wire.CloseTooSlow, "too slow")
		return
	}
	*c.held = append(*c.held, f)
	c.outBytes += f.weight()
}

// Close sends what is queued, then the code, and ends the connection. Frames that wait for the handler are dropped: the client
// sends again what was not acknowledged. Later calls do nothing.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil || c.gone {
		return
	}
	keep, bytes := c.out, c.outBytes
	c.close(code, reason)
	c.out, c.outBytes = keep, bytes
	c.kick()
}

// close drops both queues and ends; c.mu is held.
func (c *Conn) close(code int, reason string) {
	c.end = &ending{code, reason}
	c.out, c.outBytes, c.held = nil, 0, nil
	c.in, c.inBytes = nil, 0
	c.makeRoom()
	c.hub.beat.watchClosing(c)
	c.kick()
}

func (c *Conn) closeFor(counter *atomic.Int64, code int, reason string) {
	c.mu.Lock()
	fresh := c.end == nil && !c.gone
	c.mu.Unlock()
	if fresh {
		counter.Add(1)
		c.Close(code, reason)
	}
}

// cut ends the transport without a word.
func (c *Conn) cut() {
	if c.net != nil {
		c.disconnect()
	}
	if c.fallback != nil {
		c.fallback.stop()
	}
}

// kick sees to it that somebody writes; c.mu is held.
func (c *Conn) kick() {
	switch {
	case !c.up || c.flushing || c.gone:
	case c.fallback != nil:
		c.fallback.kick()
	default:
		c.flushing = true
		c.hub.writers.push(c)
	}
}

// start says that the transport can write now.
func (c *Conn) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up = true
	if len(c.out) > 0 || c.end != nil {
		c.kick()
	}
}

func (c *Conn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil || c.gone || !c.up || c.Attached() || len(c.out) > 0 {
		return // what waits to be written shows soon enough whether the client lives
	}
	c.out = append(c.out, pingFrame)
	c.kick()
}

// accept takes a frame of the client into the inbox. While that is full it does not return, so that the client is not read.
func (c *Conn) accept(data []byte) {
	c.mu.Lock()
	var patience *time.Timer
	for c.end == nil && !c.gone && (len(c.in) >= c.hub.o.InFrames || len(c.in) > 0 && c.inBytes+len(data) > c.hub.o.InBytes) {
		room := make(chan struct{})
		c.room = room
		c.mu.Unlock()
		if patience == nil {
			patience = time.NewTimer(c.hub.o.FloodWait)
			defer patience.Stop()
		}
		select {
		case <-room:
		case <-patience.C:
			c.closeFor(&c.hub.stats.flood, wire.CloseFlood, "too many frames")
		}
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if c.end != nil || c.gone {
		return
	}
	c.hub.stats.framesIn.Add(1)
	c.in = append(c.in, data)
	c.inBytes += len(data)
	if !c.working {
		c.working = true
		go c.work()
	}
}

// makeRoom wakes a reader that waits; c.mu is held.
func (c *Conn) makeRoom() {
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// work runs the handler while there are frames, and Closed after the last one.
func (c *Conn) work() {
	for {
		c.mu.Lock()
		if len(c.in) == 0 {
			c.in = nil
			if !c.gone {
				c.working = false
				c.mu.Unlock()
				return
			}
			c.mu.Unlock()
			c.finish()
			return
		}
		data := c.in[0]
		c.in[0] = nil
		c.in = c.in[1:]
		c.inBytes -= len(data)
		c.makeRoom()
		c.mu.Unlock()
		c.guard("frame", func() { c.handler.Frame(c.hub.ctx, c, data) })
	}
}

// over says that the transport has ended. Frames that came before are still handled, then Closed is called.
func (c *Conn) over() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return
	}
	c.gone = true
	c.out = nil
	c.unwatch()
	c.makeRoom()
	if !c.working {
		c.working = true
		go c.work()
	}
}

func (c *Conn) finish() {
	c.leaveAll()
	c.guard("closed", func() { c.handler.Closed(c) })
	c.hub.remove(c)
}

// guard keeps a handler's panic to the one connection.
func (c *Conn) guard(what string, fn func()) {
	defer func() {
		if p := recover(); p != nil {
			c.hub.stats.panics.Add(1)
			c.hub.o.Log.Error("connection handler panicked", "in", what, "conn", c.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.Close(wire.CloseInternal, "internal error")
		}
	}()
	fn()
}

// open asks the handler and counts the connection in.
func (c *Conn) open(r *http.Request) error {
	if c.hub.draining.Load() {
		return errStopping
	}
	if err := c.handler.Open(c, r); err != nil {
		c.leaveAll()
		return err
	}
	if !c.hub.add(c) {
		c.leaveAll()
		c.guard("closed", func() { c.handler.Closed(c) })
		return errStopping
	}
	return nil
}
