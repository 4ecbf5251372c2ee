package hub

import (
	"runtime"
	"sync"

	"parley/internal/kernel/clock"
)

// writers are as many goroutines as there are processors, while there is something to write. They never wait for a network:
// what the kernel does not take at once gets a goroutine of its own. A broadcast to thousands so needs no thousands of stacks.
type writers struct {
	mu          sync.Mutex
	first, last *Conn
	running     int
	most        int
}

func (w *writers) init() { w.most = runtime.GOMAXPROCS(0) }

func (w *writers) push(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil {
		w.first = c
	} else {
		w.last.next = c
	}
	w.last = c
	if w.running < w.most {
		w.running++
		go w.run()
	}
}

func (w *writers) pop() *Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.first
	if c == nil {
		w.running--
		return nil
	}
	if w.first, c.next = c.next, nil; w.first == nil {
		w.last = nil
	}
	return c
}

func (w *writers) run() {
	var try attempt
	for c := w.pop(); c != nil; c = w.pop() {
		c.flush(&try)
	}
}

// batch is what one write carries.
type batch struct {
	bytes  []byte
	pooled *[]byte // to give back
	frames int
	last   bool // ends with the close frame
}

func (b batch) free() {
	if b.pooled != nil {
		*b.pooled = b.bytes[:0]
		if cap(b.bytes) <= maxPooled {
			buffers.Put(b.pooled)
		}
	}
}

const maxPooled = 64 << 10

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// take empties the queue into one batch; nothing there: the flushing is over.
func (c *Conn) take() (batch, bool) {
	c.mu.Lock()
	frames, end := c.out, c.end
	c.out, c.outBytes = nil, 0
	if c.gone || len(frames) == 0 && end == nil {
		c.flushing, c.slow = false, false
		c.mu.Unlock()
		return batch{}, false
	}
	c.mu.Unlock()
	if end != nil {
		frames = append(frames, closeFrame(end.code, end.reason))
	}
	b := batch{bytes: frames[0].bytes, frames: len(frames), last: end != nil}
	if len(frames) > 1 {
		b.pooled = buffers.Get().(*[]byte)
		b.bytes = *b.pooled
		for _, f := range frames {
			b.bytes = append(b.bytes, f.bytes...)
		}
	}
	return b, true
}

// flush writes what waits, as far as that goes without waiting.
func (c *Conn) flush(try *attempt) {
	for {
		b, ok := c.take()
		if !ok {
			return
		}
		n, err := try.write(c.net, b.bytes)
		if err == nil && n < len(b.bytes) {
			c.mu.Lock()
			c.slow = true
			c.mu.Unlock()
			go c.flushSlowly(b, n)
			return
		}
		if !c.wrote(b, err) {
			return
		}
	}
}

// flushSlowly waits for the network, within the limit, and goes on until the queue is empty.
func (c *Conn) flushSlowly(b batch, from int) {
	for ok := true; ok; b, ok = c.take() {
		_ = c.net.SetWriteDeadline(clock.System().Add(c.hub.o.WriteWait)) // an error shows in the write
		_, err := c.net.Write(b.bytes[from:])
		from = 0
		if !c.wrote(b, err) {
			return
		}
	}
}

// wrote accounts for a batch; false: nothing can follow it, and flushing stays set so that nobody tries.
func (c *Conn) wrote(b batch, err error) bool {
	c.hub.stats.framesOut.Add(int64(b.frames))
	c.hub.stats.bytesOut.Add(int64(len(b.bytes)))
	b.free()
	if err != nil {
		c.disconnect()
		return false
	}
	if b.last {
		c.mu.Lock()
		c.closeSent = true
		both := c.farewell
		c.mu.Unlock()
		if both {
			c.disconnect()
		}
	}
	return !b.last
}
