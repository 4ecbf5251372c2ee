package hub

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// An idle connection has no goroutine: the stack alone, 2 kB and as much again for the collector, was half of what a visitor
// cost. All of them wait in one epoll of ours, whose own readiness Go's runtime tells; one that has bytes gets a goroutine for as
// long as it takes to handle them.

// waiting is a connection's place among those that wait.
type waiting struct {
	state atomic.Uint32
	slot  int32
}

const (
	notYet  = iota // nobody waits: the handshake is not over, or the connection cannot be polled
	armed          // bytes start a goroutine
	reading        // that goroutine runs
	ended          // the connection is closed
)

// idlers is all connections of the process that wait. It lives as long as the process, as the runtime's own poller does.
var idlers poller

type poller struct {
	once sync.Once
	err  error
	raw  syscall.RawConn // of the epoll

	mu    sync.Mutex
	slots []*Conn
	free  []int32
}

const (
	onceReadable = syscall.EPOLLIN | syscall.EPOLLRDHUP | 1<<30 // EPOLLONESHOT, for which syscall has the wrong sign
	pollBatch    = 256
)

func (p *poller) start() error {
	p.once.Do(func() {
		fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
		if err == nil {
			err = syscall.SetNonblock(fd, true) // or the runtime would not poll it
		}
		if err != nil {
			p.err = fmt.Errorf("make an epoll: %w", err)
			return
		}
		file := os.NewFile(uintptr(fd), "idle connections")
		if p.raw, p.err = file.SyscallConn(); p.err == nil {
			go p.run(file)
		}
	})
	return p.err
}

// run starts a goroutine for whoever has bytes.
func (p *poller) run(file *os.File) {
	defer func() { _ = file.Close() }()
	events := make([]syscall.EpollEvent, pollBatch)
	ready := make([]*Conn, 0, pollBatch)
	n := 0
	ask := func(fd uintptr) bool {
		var err error
		for n, err = syscall.EpollWait(int(fd), events, 0); errors.Is(err, syscall.EINTR); {
			n, err = syscall.EpollWait(int(fd), events, 0)
		}
		return n > 0
	}
	for p.raw.Read(ask) == nil {
		p.mu.Lock()
		for _, e := range events[:n] {
			ready = append(ready, p.slots[e.Fd])
		}
		p.mu.Unlock()
		for i, c := range ready {
			// A place that has been given on in the meantime wakes somebody for nothing: no harm.
			if c != nil && c.waiting.state.CompareAndSwap(armed, reading) {
				go c.pump()
			}
			ready[i] = nil
		}
		ready = ready[:0]
	}
}

func (p *poller) add(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		c.waiting.slot, p.free = p.free[n-1], p.free[:n-1]
		p.slots[c.waiting.slot] = c
		return
	}
	c.waiting.slot = int32(len(p.slots)) //nolint:gosec // descriptors are fewer
	p.slots = append(p.slots, c)
}

func (p *poller) remove(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(c.waiting.slot) < len(p.slots) && p.slots[c.waiting.slot] == c {
		p.slots[c.waiting.slot] = nil
		p.free = append(p.free, c.waiting.slot)
	}
}

// watch begins to wait for bytes.
func (c *Conn) watch() {
	raw, ok := c.rawConn()
	if !ok || idlers.start() != nil {
		c.readBlocking()
		return
	}
	idlers.add(c)
	c.arm(raw, notYet, syscall.EPOLL_CTL_ADD)
}

// rawConn is the socket itself; TLS has none.
func (c *Conn) rawConn() (syscall.RawConn, bool) {
	sc, ok := c.net.(syscall.Conn)
	if !ok {
		return nil, false
	}
	raw, err := sc.SyscallConn()
	return raw, err == nil
}

// arm makes the next bytes start a goroutine.
func (c *Conn) arm(raw syscall.RawConn, from uint32, how int) {
	if !c.waiting.state.CompareAndSwap(from, armed) {
		c.hangUp() // disconnected meanwhile
		return
	}
	var failed error
	err := raw.Control(func(fd uintptr) {
		e := syscall.EpollEvent{Events: onceReadable, Fd: c.waiting.slot}
		err := idlers.raw.Control(func(epoll uintptr) { failed = syscall.EpollCtl(int(epoll), how, int(fd), &e) })
		failed = errors.Join(failed, err)
	})
	if errors.Join(err, failed) != nil && c.waiting.state.CompareAndSwap(armed, ended) {
		c.hangUp()
	}
}

// pump handles what there is, and waits again.
func (c *Conn) pump() {
	raw, alive := c.rawConn()
	buf := chunks.Get().(*[readChunk]byte)
	for n := len(buf); alive && n == len(buf); { // what filled its space may have left something behind
		if n, alive = readNow(raw, buf[:]); n > 0 {
			c.feed(buf[:n])
		}
	}
	chunks.Put(buf)
	if !alive {
		c.hangUp()
		return
	}
	c.arm(raw, reading, syscall.EPOLL_CTL_MOD)
}

// disconnect closes the socket. It may be called with c.mu held, and often.
func (c *Conn) disconnect() {
	_ = c.net.Close()
	if c.waiting.state.Swap(ended) == armed {
		go c.over() // nobody reads who would notice
	}
}

// unwatch gives the place among the waiting away: the connection is over.
func (c *Conn) unwatch() { idlers.remove(c) }

var chunks = sync.Pool{New: func() any { return new([readChunk]byte) }}

// readNow reads without waiting. False: the connection is over.
func readNow(raw syscall.RawConn, buf []byte) (n int, alive bool) {
	err := raw.Read(func(fd uintptr) bool {
		for {
			var err error
			n, err = syscall.Read(int(fd), buf)
			switch {
			case errors.Is(err, syscall.EINTR):
				continue
			case errors.Is(err, syscall.EAGAIN):
				n, alive = 0, true
			case err != nil:
				n = 0
			default:
				alive = n > 0 // 0 is the end
			}
			return true
		}
	})
	return n, alive && err == nil
}
