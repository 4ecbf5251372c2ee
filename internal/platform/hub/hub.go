// Package hub holds the live connections of browsers: WebSocket, and SSE with POST where a proxy breaks WebSockets.
// It carries frames, it does not read them: it knows no feature.
package hub

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/wire"
)

// Handler is one road's behaviour: the visitors', the agents'.
type Handler interface {
	// Open decides before the upgrade; an errs error becomes the HTTP answer. It must not keep r.
	Open(c *Conn, r *http.Request) error
	// Frame gets the frames of one connection in order, one at a time, off the read loop. data is the handler's to keep.
	// ctx outlives the connection: what was begun is finished. It ends when the server stops.
	Frame(ctx context.Context, c *Conn, data []byte)
	// Closed is called exactly once for every Open that returned nil, after the last Frame.
	Closed(c *Conn)
}

// Options set the limits; a zero value means the default beside it.
type Options struct {
	Node    string
	Log     *slog.Logger
	Address func(*http.Request) string // the client's canonical address; default: the socket's

	MaxFrameBytes int           // 64 KiB; a larger frame closes with CloseTooBig
	InFrames      int           // 64: frames that wait for the handler; more stop the reading
	InBytes       int           // 256 KiB
	OutFrames     int           // 256: frames that wait for a slow network; more close with CloseTooSlow
	OutBytes      int           // 256 KiB, and 64 B a frame; one frame alone may be larger
	FloodWait     time.Duration // 10 s: how long reading may stand still before CloseFlood
	WriteWait     time.Duration // 10 s: how long one write may take
	PingEvery     time.Duration // 25 s
	SilentAfter   time.Duration // 70 s without a byte from the client
	HelloWithin   time.Duration // 10 s until Conn.Ready, else CloseNoHello
}

func (o *Options) defaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Address == nil {
		o.Address = func(r *http.Request) string {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			return host
		}
	}
	number := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	span := func(p *time.Duration, v time.Duration) {
		if *p <= 0 {
			*p = v
		}
	}
	number(&o.MaxFrameBytes, wire.MaxFrameBytes)
	number(&o.InFrames, 64)
	number(&o.InBytes, 256<<10)
	number(&o.OutFrames, 256)
	number(&o.OutBytes, 256<<10)
	span(&o.FloodWait, 10*time.Second)
	span(&o.WriteWait, 10*time.Second)
	span(&o.PingEvery, 25*time.Second)
	span(&o.SilentAfter, 70*time.Second)
	span(&o.HelloWithin, 10*time.Second)
}

var errStopping = errs.New(errs.Unavailable, "server.stopping", "The server is stopping. Try again in a moment.").In(2 * time.Second)

// Hub is all connections of this node.
type Hub struct {
	o       Options
	topics  topics
	writers writers
	beat    heartbeat
	stats   counters

	ctx    context.Context // of every Frame
	cancel context.CancelFunc

	draining atomic.Bool
	mu       sync.Mutex
	open     int           // connections whose Closed has not returned
	empty    chan struct{} // made by Drain, closed when open is 0
}

// New makes a hub. It carries frames at once; the heartbeat needs [Hub.Run].
func New(o Options) *Hub {
	o.defaults()
	h := &Hub{o: o}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.topics.init()
	h.writers.init()
	h.beat.init(o)
	return h
}

// Run keeps the heartbeat until ctx ends. It does not close connections: [Hub.Drain] does.
func (h *Hub) Run(ctx context.Context) error {
	tick := time.NewTicker(h.beat.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			h.tick()
		}
	}
}

// add counts a connection in; false while the hub drains.
func (h *Hub) add(c *Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining.Load() {
		return false
	}
	h.open++
	h.stats.opened.Add(1)
	h.beat.add(c)
	return true
}

func (h *Hub) remove(c *Conn) {
	h.beat.remove(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open--
	if h.open == 0 && h.empty != nil {
		close(h.empty)
		h.empty = nil
	}
}

// Drain refuses new connections, closes all with 1001, spread over part of the time that ctx gives so that clients do not come
// back all at once, and waits for running Frame calls. When ctx ends it cuts what is left.
func (h *Hub) Drain(ctx context.Context) {
	h.mu.Lock()
	h.draining.Store(true)
	empty := make(chan struct{})
	if h.open == 0 {
		close(empty)
	} else {
		h.empty = empty
	}
	h.mu.Unlock()
	h.closeAll(ctx, h.beat.all())
	select {
	case <-empty:
	case <-ctx.Done():
		for _, c := range h.beat.all() {
			c.cut()
		}
	}
	h.cancel()
}

const (
	drainStep  = 20 * time.Millisecond
	drainShare = 0.6 // of the time given; the rest is for the clients' answers and the last Frames
)

func (h *Hub) closeAll(ctx context.Context, conns []*Conn) {
	steps := 1
	if end, ok := ctx.Deadline(); ok {
		steps = max(1, int(time.Duration(float64(time.Until(end))*drainShare)/drainStep))
	}
	batch := max(1, (len(conns)+steps-1)/steps)
	tick := time.NewTicker(drainStep)
	defer tick.Stop()
	for len(conns) > 0 {
		n := min(batch, len(conns))
		for _, c := range conns[:n] {
			c.Close(wire.CloseGoingAway, "the server restarts")
		}
		if conns = conns[n:]; len(conns) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Stats are the hub's counters since the start; Open is now.
type Stats struct {
	Open, Opened, FramesIn, FramesOut, BytesOut int64
	TooSlow, Flood, TooBig, Silent, NoHello     int64 // closed for it
	Panics                                      int64
}

type counters struct {
	opened, framesIn, framesOut, bytesOut, tooSlow, flood, tooBig, silent, noHello, panics atomic.Int64
}

// Stats reads the counters.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	open := h.open
	h.mu.Unlock()
	s := &h.stats
	return Stats{
		Open: int64(open), Opened: s.opened.Load(), FramesIn: s.framesIn.Load(), FramesOut: s.framesOut.Load(),
		BytesOut: s.bytesOut.Load(), TooSlow: s.tooSlow.Load(), Flood: s.flood.Load(), TooBig: s.tooBig.Load(),
		Silent: s.silent.Load(), NoHello: s.noHello.Load(), Panics: s.panics.Load(),
	}
}
