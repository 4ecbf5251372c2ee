package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"parley/internal/kernel/clock"
)

// maxBuckets bounds the memory of one limiter: about 20 MB when an attacker owns as many addresses.
const maxBuckets = 100_000

// Limiter is a bounded set of token buckets, one a key; safe for concurrent use. A bucket that is full again is as good as
// none and is dropped; when there are too many, the one that was asked longest ago goes, and its key begins with a full bucket.
type Limiter struct {
	rate  float64 // tokens a second
	burst float64
	now   clock.Clock
	max   int

	mu      sync.Mutex
	buckets map[string]*list.Element
	recent  *list.List // of *bucket, most recently asked first
}

type bucket struct {
	key    string
	tokens float64
	at     time.Time
}

// NewLimiter makes buckets of burst tokens that fill with rate tokens a second.
func NewLimiter(rate float64, burst int, now clock.Clock) *Limiter {
	return &Limiter{rate: rate, burst: float64(burst), now: now, max: maxBuckets, buckets: map[string]*list.Element{}, recent: list.New()}
}

// Allow takes a token from key's bucket. Without one it says how long it takes until there is; asking costs nothing.
func (l *Limiter) Allow(key string) (ok bool, retry time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.evict(now)
	b := l.bucket(key, now)
	b.tokens = l.filled(b, now)
	b.at = now
	if b.tokens < 1 {
		return false, time.Duration((1 - b.tokens) / l.rate * float64(time.Second))
	}
	b.tokens--
	return true, 0
}

// Len is the number of buckets that are kept.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}

func (l *Limiter) bucket(key string, now time.Time) *bucket {
	if e, ok := l.buckets[key]; ok {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket) // the list holds nothing else
	}
	b := &bucket{key: key, tokens: l.burst, at: now}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}

func (l *Limiter) filled(b *bucket, now time.Time) float64 {
	passed := max(0, now.Sub(b.at).Seconds()) // a clock set back takes nothing away
	return min(l.burst, b.tokens+passed*l.rate)
}

// evict drops a few full buckets from the quiet end, and makes room when there is none. Two a call keep up with any flood.
func (l *Limiter) evict(now time.Time) {
	for range 2 {
		last := l.recent.Back()
		if last == nil {
			return
		}
		b := last.Value.(*bucket) // the list holds nothing else
		if l.filled(b, now) < l.burst && len(l.buckets) < l.max {
			return
		}
		l.recent.Remove(last)
		delete(l.buckets, b.key)
	}
}

// Limits names the networks that have no limits: load tests, monitoring.
type Limits struct{ Exempt []netip.Prefix }

// Exempts reports whether a canonical address has no limits.
func (l Limits) Exempts(address string) bool {
	addr, ok := parseHop(address)
	return ok && within(addr, canonical(l.Exempt))
}

// Network is what one client address is counted as in limits: a household or a server has a whole IPv6 /64.
func Network(address string) string {
	addr, ok := parseHop(address)
	if !ok {
		return address
	}
	if addr.Is4() {
		return addr.String()
	}
	p, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
