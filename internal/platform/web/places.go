package web

import "sync"

// Places bounds how many things of one key are open at the same time; safe for concurrent use. It remembers only keys that
// have something open, so it is as large as what it counts.
type Places struct {
	most int

	mu    sync.Mutex
	taken map[string]int
}

// NewPlaces makes room for most things of every key; 0 or less is no limit.
func NewPlaces(most int) *Places { return &Places{most: most, taken: map[string]int{}} }

// Take counts one in, and says whether there was room. Every Take that was true is followed by one Free.
func (p *Places) Take(key string) bool {
	if p.most <= 0 {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[key] >= p.most {
		return false
	}
	p.taken[key]++
	return true
}

// Free counts one out.
func (p *Places) Free(key string) {
	if p.most <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[key]--; p.taken[key] <= 0 {
		delete(p.taken, key)
	}
}

// Len is the number of keys that have something open.
func (p *Places) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.taken)
}
