//go:build unix

package hub

import (
	"errors"
	"sync"
	"syscall"
)

// watch waits for bytes. It is the one goroutine that an idle connection has, and is written to stay within the smallest stack
// (2 kB): once bytes are there it may grow, so after handling them it is replaced by a fresh one.
func (c *Conn) watch() {
	sc, ok := c.net.(syscall.Conn)
	if !ok {
		c.readBlocking()
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		c.hangUp()
		return
	}
	p := &peek{}
	if err := raw.Read(p.try); err != nil || p.n <= 0 {
		c.hangUp()
		return
	}
	c.pump(raw, p)
}

// peek is the first read: into a few bytes of its own, so that waiting holds no buffer.
type peek struct {
	head [16]byte
	n    int
}

func (p *peek) try(fd uintptr) bool {
	for {
		var err error
		p.n, err = syscall.Read(int(fd), p.head[:])
		if err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}

// pump handles what there is, and leaves the waiting to a fresh goroutine.
func (c *Conn) pump(raw syscall.RawConn, p *peek) {
	buf := chunks.Get().(*[readChunk]byte)
	n := copy(buf[:], p.head[:p.n])
	alive, full := true, n == len(p.head) // what filled its space may have left something behind
	for alive && (n > 0 || full) {
		if full {
			var got int
			got, alive = readNow(raw, buf[n:])
			n += got
			full = n == len(buf)
		}
		if n > 0 {
			c.feed(buf[:n])
			n = 0
		}
	}
	chunks.Put(buf)
	if !alive {
		c.hangUp()
		return
	}
	go c.watch()
}

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
