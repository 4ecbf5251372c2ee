package livetest

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// patience is how long a test waits for something that must happen. It is reached only when a test fails.
const patience = 15 * time.Second

// Frame is one frame of the server.
type Frame struct {
	T   string
	ID  string
	Raw []byte
}

// As reads the frame into its type.
func As[F any](t testing.TB, f Frame) F {
	t.Helper()
	var v F
	if err := json.Unmarshal(f.Raw, &v); err != nil {
		t.Fatalf("%s: %v\n%s", f.T, err, f.Raw)
	}
	return v
}

// fold is As for the reading goroutine, which must not end the test.
func fold[F any](t testing.TB, f Frame) F {
	var v F
	if err := json.Unmarshal(f.Raw, &v); err != nil {
		t.Errorf("%s: %v\n%s", f.T, err, f.Raw)
	}
	return v
}

// client is what visitors and agents have in common: a line, everything that came over it, and waiting for more.
type client struct {
	t     testing.TB
	name  string
	learn func(Frame) // keeps the picture of the world; under the lock

	mu      sync.Mutex
	line    line
	turn    int // which line this is: what comes late from an earlier one is not ours
	frames  []Frame
	taken   []bool
	code    int           // why the line closed; 0: it is open
	changed chan struct{} // closed when anything came
}

func (c *client) init(t testing.TB, name string, learn func(Frame)) {
	c.t, c.name, c.learn, c.changed, c.code = t, name, learn, make(chan struct{}), 1006
	t.Cleanup(c.Cut)
}

// newLine makes the functions that a new line reports to.
func (c *client) newLine() (inbox, func(line)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	c.code = 0
	turn := c.turn
	in := inbox{
		frame: func(raw []byte) {
			var b wire.Base
			_ = json.Unmarshal(raw, &b) // a frame without a type shows in the test
			c.mu.Lock()
			defer c.mu.Unlock()
			if turn != c.turn {
				return
			}
			f := Frame{T: b.T, ID: b.ID, Raw: raw}
			c.frames, c.taken = append(c.frames, f), append(c.taken, false)
			c.learn(f)
			c.bell()
		},
		closed: func(code int) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if turn == c.turn {
				c.code = code
				c.bell()
			}
		},
	}
	return in, func(l line) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.line = l
	}
}

func (c *client) bell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Cut ends the connection without a goodbye; what was on its way is lost.
func (c *client) Cut() {
	c.mu.Lock()
	l := c.line
	c.line, c.code = nil, 1006
	c.turn++
	c.mu.Unlock()
	if l != nil {
		l.cut()
	}
}

// Wait waits until cond holds; cond is asked again after every frame, under the lock.
func (c *client) Wait(what string, cond func() bool) {
	c.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		c.mu.Lock()
		ok, changed := cond(), c.changed
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			c.t.Fatalf("%s waited in vain for %s; frames so far:\n%s", c.name, what, c.dump())
		}
	}
}

func (c *client) dump() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, f := range c.frames[max(0, len(c.frames)-30):] {
		b.Write(f.Raw[:min(len(f.Raw), 400)])
		b.WriteByte('\n')
	}
	return b.String()
}

// Await waits for the first frame of a type for which match holds (nil: any), and takes it.
func (c *client) Await(t string, match func(Frame) bool) Frame {
	c.t.Helper()
	var found Frame
	c.Wait("a frame "+t, func() bool {
		for i, f := range c.frames {
			if !c.taken[i] && f.T == t && (match == nil || match(f)) {
				c.taken[i], found = true, f
				return true
			}
		}
		return false
	})
	return found
}

// AwaitClose waits until the server closes the connection, and returns the code.
func (c *client) AwaitClose() int {
	c.t.Helper()
	var code int
	c.Wait("the end of the connection", func() bool { code = c.code; return code != 0 })
	return code
}

// Saw says how many frames of a type came so far, taken or not.
func (c *client) Saw(t string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, f := range c.frames {
		if f.T == t {
			n++
		}
	}
	return n
}

// Open reports whether the connection is open.
func (c *client) Open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code == 0
}

// Tell sends a frame and waits for nothing. A connection that is gone is not an error: what was sent is lost.
func (c *client) Tell(frame any) {
	c.t.Helper()
	raw, err := json.Marshal(frame)
	if err != nil {
		c.t.Fatal(err)
	}
	c.TellRaw(raw)
}

// TellRaw sends bytes as they are.
func (c *client) TellRaw(raw []byte) {
	c.mu.Lock()
	l := c.line
	c.mu.Unlock()
	if l == nil {
		return
	}
	if err := l.send(raw); err != nil {
		c.t.Logf("%s: send: %v", c.name, err)
	}
}

// Ask sends a command and waits for what answers it: an ack, an error or what was asked for.
func (c *client) Ask(command string, frame any) Frame {
	c.t.Helper()
	c.Tell(frame)
	return c.Answer(command)
}

// Answer waits for what answers a command that was sent.
func (c *client) Answer(command string) Frame {
	c.t.Helper()
	var found Frame
	c.Wait("the answer to "+command, func() bool {
		for i, f := range c.frames {
			if !c.taken[i] && f.ID == command {
				c.taken[i], found = true, f
				return true
			}
		}
		return false
	})
	return found
}

// Ack is Ask for a command that must be acknowledged.
func (c *client) Ack(command string, frame any) wire.Ack {
	c.t.Helper()
	f := c.Ask(command, frame)
	if f.T != "ack" {
		c.t.Fatalf("%s: got %s, want an ack", c.name, f.Raw)
	}
	return As[wire.Ack](c.t, f)
}

// Refused is Ask for a command that must be refused; it returns why.
func (c *client) Refused(command string, frame any) wire.Error {
	c.t.Helper()
	f := c.Ask(command, frame)
	if f.T != "error" {
		c.t.Fatalf("%s: got %s, want an error", c.name, f.Raw)
	}
	return As[wire.Error](c.t, f)
}

// NewID makes a client-made id.
func NewID() string { return string(id.New[id.Ticket]()) }

// thread is a session's messages by their place.
type thread[M any] map[int64]M

// inOrder is the thread without holes: what a client may show.
func (th thread[M]) inOrder() []M {
	seqs := make([]int64, 0, len(th))
	for s := range th {
		seqs = append(seqs, s)
	}
	slices.Sort(seqs)
	all := make([]M, len(seqs))
	for i, s := range seqs {
		all[i] = th[s]
	}
	return all
}
