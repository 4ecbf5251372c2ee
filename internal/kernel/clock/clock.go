// Package clock is the injected time. It never sleeps.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time, truncated to milliseconds so that a value survives the database.
type Clock func() time.Time

// System is the real clock.
func System() time.Time { return time.Now().UTC().Truncate(time.Millisecond) } //nolint:forbidigo // the one place that reads the wall clock

// Manual is a clock that tests move by hand; safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual starts a manual clock at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t.UTC().Truncate(time.Millisecond)} }

// Now is the Clock.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock forward.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d).Truncate(time.Millisecond)
}
