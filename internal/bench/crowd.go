package bench

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// crowd is many visitors who are online and silent.
type crowd struct {
	mu       sync.Mutex
	visitors []*visitor
	failed   atomic.Int64
}

// gather connects n visitors, a bounded number at a time so that the listen queue does not overflow.
func (t *Target) gather(ctx context.Context, n int) *crowd {
	c := &crowd{}
	next := make(chan struct{}, n)
	for range n {
		next <- struct{}{}
	}
	close(next)
	var wg sync.WaitGroup
	for range min(n, 64) {
		wg.Go(func() {
			for range next {
				v, err := t.connectVisitor(ctx, nil)
				if err != nil {
					c.failed.Add(1)
					continue
				}
				c.mu.Lock()
				c.visitors = append(c.visitors, v)
				c.mu.Unlock()
			}
		})
	}
	wg.Wait()
	return c
}

// here is how many of them are still connected.
func (c *crowd) here() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.visitors {
		select {
		case <-v.closed:
		default:
			n++
		}
	}
	return n
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.visitors {
		v.close()
	}
}

// Idle connects Visitors silent visitors, holds them for Duration and reads the server's memory.
func Idle(ctx context.Context, t Target) (IdleResult, error) {
	var r IdleResult
	t.spread()
	if t.PID > 0 {
		before, err := rss(t.PID)
		if err != nil {
			return r, err
		}
		r.RSSBefore = before
	}
	began := time.Now()
	c := t.gather(ctx, t.Visitors)
	defer c.leave()
	r.ConnectS = time.Since(began).Seconds()
	r.Visitors, r.Failed = len(c.visitors), int(c.failed.Load())
	if r.Visitors == 0 {
		return r, fmt.Errorf("none of %d visitors could connect", t.Visitors)
	}
	debug.FreeOSMemory() // ours, not the server's: the two share the machine
	select {
	case <-time.After(t.Duration):
	case <-ctx.Done():
		return r, ctx.Err()
	}
	here := c.here()
	r.Failed, r.Visitors = r.Failed+r.Visitors-here, here
	if t.PID > 0 {
		after, err := rss(t.PID)
		if err != nil {
			return r, err
		}
		r.RSS = after
		r.RSSPerVisitor = (after - r.RSSBefore) / int64(max(r.Visitors, 1))
	}
	return r, nil
}
