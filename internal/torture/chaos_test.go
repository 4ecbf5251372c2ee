package torture

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// pause is a delay of the chaos, or of the pace at which people act. It is never how the test waits for something.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// between draws a duration.
func between(rng *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(rng.Int64N(int64(to-from)))
}

// proxy stands before a node, on a port that survives the node. While it is wild it delays what goes through, stalls,
// lets some links through in crumbs, and cuts links in the middle of a frame.
type proxy struct {
	to       string
	seed     uint64
	wild     atomic.Bool
	listener net.Listener
	ctx      context.Context //nolint:containedctx // the proxy's life
	stop     context.CancelFunc

	mu    sync.Mutex
	count uint64
	links map[*link]struct{}
}

type link struct{ in, out net.Conn }

func newProxy(t testing.TB, to string, seed uint64) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{to: to, seed: seed, listener: l, links: map[*link]struct{}{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	go p.accept()
	t.Cleanup(func() { p.stop(); _ = l.Close(); p.cut() })
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

// cut ends every link at once.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut(true)
	}
	clear(p.links)
}

// cut ends the link; rudely: with a reset, so that not even what was written before arrives.
func (l *link) cut(rudely bool) {
	for _, c := range []net.Conn{l.in, l.out} {
		if tcp, ok := c.(*net.TCPConn); ok && rudely {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

func (p *proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.count++
		rng := rand.New(rand.NewPCG(p.seed, p.count))
		p.mu.Unlock()
		go p.serve(in, rng)
	}
}

func (p *proxy) serve(in net.Conn, rng *rand.Rand) {
	out, err := net.DialTimeout("tcp", p.to, 2*time.Second)
	if err != nil {
		_ = in.Close()
		return
	}
	l := &link{in, out}
	p.mu.Lock()
	p.links[l] = struct{}{}
	p.mu.Unlock()
	crumbs := rng.IntN(8) == 0
	if tcp, ok := out.(*net.TCPConn); ok && crumbs {
		_ = tcp.SetReadBuffer(4 << 10) // so that the server soon feels that its reader is slow
	}
	up, down := rand.New(rand.NewPCG(rng.Uint64(), 1)), rand.New(rand.NewPCG(rng.Uint64(), 2))
	var both sync.WaitGroup
	both.Go(func() { p.pipe(l, out, in, up, false) })
	both.Go(func() { p.pipe(l, in, out, down, crumbs) })
	both.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (p *proxy) pipe(l *link, to, from net.Conn, rng *rand.Rand, crumbs bool) {
	defer l.cut(false)
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if !p.wild.Load() {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
			continue
		}
		if !p.torment(l, to, buf[:n], rng, crumbs) {
			return
		}
	}
}

// torment passes on what came, in its way; false: the link is cut.
func (p *proxy) torment(l *link, to net.Conn, data []byte, rng *rand.Rand, crumbs bool) bool {
	switch x := rng.Float64(); {
	case x < 0.012:
		_, _ = to.Write(data[:rng.IntN(len(data))])
		l.cut(rng.IntN(2) == 0)
		return false
	case x < 0.03:
		pause(p.ctx, between(rng, 50*time.Millisecond, 500*time.Millisecond))
	case x < 0.25:
		pause(p.ctx, between(rng, 0, 15*time.Millisecond))
	}
	for len(data) > 0 {
		n := len(data)
		if crumbs {
			n = min(n, 1+rng.IntN(600))
			pause(p.ctx, between(rng, 0, 4*time.Millisecond))
		}
		if _, err := to.Write(data[:n]); err != nil {
			return false
		}
		data = data[n:]
	}
	return true
}
