// Package memo remembers answers for a while, so that a hot path does not ask the database each time.
// It is not a store: whoever changes the truth says Forget, and everything is asked again after a time anyway.
package memo

import (
	"context"
	"sync"
	"time"

	"parley/internal/kernel/clock"
)

// loadLimit bounds a load that has lost its caller; databases answer in milliseconds or not at all.
const loadLimit = 10 * time.Second

// Cache answers from memory what load said less than a time ago. Errors are never remembered.
type Cache[K comparable, V any] struct {
	now  clock.Clock
	keep time.Duration
	max  int
	load func(context.Context, K) (V, error)

	mu      sync.Mutex
	entries map[K]*entry[V]
}

type entry[V any] struct {
	done  chan struct{} // closed when value and err are set
	until time.Time     // written before done is closed
	value V
	err   error
}

// New makes a cache of at most limit answers, each kept for a while.
func New[K comparable, V any](now clock.Clock, keep time.Duration, limit int, load func(context.Context, K) (V, error)) *Cache[K, V] {
	return &Cache[K, V]{now: now, keep: keep, max: limit, load: load, entries: map[K]*entry[V]{}}
}

// Get answers from memory, or loads. Callers that ask for one key at the same time share one load.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	c.mu.Lock()
	e := c.entries[key]
	if e != nil {
		select {
		case <-e.done:
			if c.now().Before(e.until) {
				c.mu.Unlock()
				return e.value, nil
			}
		default:
			c.mu.Unlock()
			return wait(ctx, e)
		}
	}
	if e == nil && len(c.entries) >= c.max {
		c.makeRoom()
	}
	e = &entry[V]{done: make(chan struct{})}
	c.entries[key] = e
	c.mu.Unlock()
	return c.fill(ctx, key, e)
}

// fill loads in the first caller's goroutine, but not on its leash: others wait for the same answer.
func (c *Cache[K, V]) fill(ctx context.Context, key K, e *entry[V]) (V, error) {
	loaded := false
	defer func() { // also when load panics, or everybody who asks later would wait for ever
		c.mu.Lock()
		if (!loaded || e.err != nil) && c.entries[key] == e {
			delete(c.entries, key)
		}
		if !loaded {
			e.err = context.Canceled
		}
		c.mu.Unlock()
		close(e.done)
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
	defer cancel()
	e.value, e.err = c.load(ctx, key)
	e.until = c.now().Add(c.keep)
	loaded = true
	return e.value, e.err
}

func wait[V any](ctx context.Context, e *entry[V]) (V, error) {
	select {
	case <-e.done:
		return e.value, e.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// Forget drops one answer. A load that is under way answers those who wait for it, but is not remembered:
// it may have read the truth before it changed.
func (c *Cache[K, V]) Forget(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

// ForgetIf drops the answers that match, and every load under way, whose answer nobody knows yet.
func (c *Cache[K, V]) ForgetIf(match func(K, V) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.entries {
		select {
		case <-e.done:
			if match(key, e.value) {
				delete(c.entries, key)
			}
		default:
			delete(c.entries, key)
		}
	}
}

// Clear drops everything: news may have been lost.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
}

// makeRoom drops what has run out, and if that is not enough a tenth of the rest, whichever come first.
func (c *Cache[K, V]) makeRoom() {
	now := c.now()
	for key, e := range c.entries {
		select {
		case <-e.done:
			if !now.Before(e.until) {
				delete(c.entries, key)
			}
		default:
		}
	}
	for key := range c.entries {
		if len(c.entries) < c.max-c.max/10 {
			return
		}
		delete(c.entries, key)
	}
}
