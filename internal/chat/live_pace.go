package chat

import (
	"context"
	"sync"
	"time"
)

// pace does something for each key that was marked, all of them together and then not again for a while. It needs a timer
// only after it did something, and none while nothing happens.
type pace[K comparable] struct {
	every time.Duration
	wake  chan struct{}

	mu    sync.Mutex
	dirty map[K]struct{}
}

func newPace[K comparable](every time.Duration) *pace[K] {
	return &pace[K]{every: every, wake: make(chan struct{}, 1), dirty: map[K]struct{}{}}
}

// mark never blocks; marking twice is marking once.
func (p *pace[K]) mark(key K) {
	p.mu.Lock()
	p.dirty[key] = struct{}{}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (p *pace[K]) take() map[K]struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.dirty
	p.dirty = map[K]struct{}{}
	return taken
}

// run calls do for what was marked, until ctx ends.
func (p *pace[K]) run(ctx context.Context, do func(context.Context, K)) {
	timer := time.NewTimer(p.every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		for key := range p.take() {
			do(ctx, key)
		}
		timer.Reset(p.every)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}
