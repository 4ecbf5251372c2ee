package hub

import (
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/wire"
)

// The connections are spread over buckets, one of which is pinged at each tick: never all at once, and no timer each.
const buckets = 25

const closingWait = 3 // ticks for the client to answer a close frame

// heartbeat is the registry of connections and the hub's sense of time: it counts ticks, so tests need no clock.
type heartbeat struct {
	every         time.Duration // a tick
	hello, silent uint32        // ticks
	now           atomic.Uint32
	next          atomic.Uint32 // bucket for the next connection

	bucket [buckets]bucket

	mu      sync.Mutex
	fresh   []timed // waiting for Ready, oldest first
	closing []timed // waiting for the client's close frame, oldest first
}

type bucket struct {
	mu    sync.Mutex
	conns []*Conn
}

type timed struct {
	c  *Conn
	at uint32
}

func (b *heartbeat) init(o Options) {
	b.every = o.PingEvery / buckets
	b.hello, b.silent = uint32(o.HelloWithin/b.every), uint32(o.SilentAfter/b.every) //nolint:gosec // small by nature
}

func (b *heartbeat) add(c *Conn) {
	c.bucket = uint8(b.next.Add(1) % buckets)
	now := b.now.Load()
	c.seen.Store(now)
	k := &b.bucket[c.bucket]
	k.mu.Lock()
	c.place = len(k.conns)
	k.conns = append(k.conns, c)
	k.mu.Unlock()
	if c.Attached() {
		return
	}
	b.mu.Lock()
	b.fresh = append(b.fresh, timed{c, now})
	b.mu.Unlock()
}

func (b *heartbeat) remove(c *Conn) {
	k := &b.bucket[c.bucket]
	k.mu.Lock()
	defer k.mu.Unlock()
	last := len(k.conns) - 1
	k.conns[c.place] = k.conns[last]
	k.conns[c.place].place = c.place
	k.conns[last] = nil
	k.conns = k.conns[:last]
}

func (b *heartbeat) all() []*Conn {
	var out []*Conn
	for i := range b.bucket {
		k := &b.bucket[i]
		k.mu.Lock()
		out = append(out, k.conns...)
		k.mu.Unlock()
	}
	return out
}

func (b *heartbeat) watchClosing(c *Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closing = append(b.closing, timed{c, b.now.Load()})
}

// tick is one step of the heartbeat.
func (h *Hub) tick() {
	b := &h.beat
	now := b.now.Add(1)
	for _, c := range b.due(&b.fresh, now, b.hello) {
		if !c.ready.Load() {
			c.closeFor(&h.stats.noHello, wire.CloseNoHello, "no hello came")
		}
	}
	for _, c := range b.due(&b.closing, now, closingWait) {
		c.cut()
	}
	k := &b.bucket[now%buckets]
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.conns {
		if now-c.seen.Load() >= b.silent {
			c.closeFor(&h.stats.silent, wire.CloseGoingAway, "nothing was heard")
		} else {
			c.ping()
		}
	}
}

// due takes what has waited long enough off the front of a list.
func (b *heartbeat) due(list *[]timed, now, wait uint32) []*Conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	var out []*Conn
	for n < len(*list) && now-(*list)[n].at >= wait {
		out = append(out, (*list)[n].c)
		n++
	}
	clear((*list)[:n])
	if *list = (*list)[n:]; len(*list) == 0 {
		*list = nil
	}
	return out
}
