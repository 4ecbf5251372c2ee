package visit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	firstBlock  = 16
	largeBlock  = 1024
	numberAgain = 5 * time.Second // after numbers could not be had
	largeWrite  = 200             // visitors' rows in one transaction
	lastWrite   = 2 * time.Second // what the end of the process leaves for the counts
)

// counted tells the other nodes how many visitors this one has, so that every node knows the sum.
var counted = event.New[census]("visit.counted")

type census struct {
	Node string              `json:"node"`
	Here map[id.Property]int `json:"here"`
}

// writeCounts writes what was counted, once a minute and at the end.
func (s *Service) writeCounts(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			if err := s.Flush(last); err != nil {
				s.o.Log.WarnContext(last, "the last visits were not counted", "error", err)
			}
			return
		case <-tick.C:
		}
		if len(s.bus.Nodes()) > 0 {
			s.bus.Publish([]event.Event{counted.Of("", census{Node: s.bus.Node(), Here: s.here()})})
		}
		if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "visits were not counted; trying again", "error", err)
		}
	}
}

// Flush writes what was counted since the last time. What could not be written is kept for the next.
func (s *Service) Flush(ctx context.Context) error {
	list := s.take(s.now().UnixMilli())
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b written) int { return cmp.Compare(a.property, b.property) })
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		for _, w := range list {
			if err := addHours(ctx, tx, w.property, w.hours); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range list {
		if err == nil {
			list[i].hours = nil
			err = s.flushVisits(ctx, list[i])
		}
	}
	if err != nil {
		s.give(list)
		return fmt.Errorf("write visits: %w", err)
	}
	return nil
}

// flushVisits counts visits with their visitors, not too many at a time: chats are written in between. What was written is taken
// out of w.
func (s *Service) flushVisits(ctx context.Context, w written) error {
	for some := range slices.Chunk(slices.Sorted(maps.Keys(w.begun)), largeWrite) {
		err := s.o.DB.Write(ctx, func(tx *db.Tx) error { return addVisits(ctx, tx, w.property, some, w.begun) })
		if err != nil {
			return err
		}
		for _, v := range some {
			delete(w.begun, v)
		}
	}
	return nil
}

func (s *Service) heardCounts(_ id.Property, c census) {
	if c.Node != s.bus.Node() {
		s.elsewhere(c.Node, c.Here)
	}
}

// block is the numbers of visitors that this node may give; h.mu guards it.
type block struct {
	next, last int64
	size       int64
	again      int64     // unix ms: no more are taken before then
	look       time.Time // … nor is looked who has none
}

// number gives numbers to the visits that have none: they are shown now.
func (s *Service) number(ctx context.Context, h *house) {
	now := s.now().UnixMilli()
	h.mu.Lock()
	short := h.give()
	if short == 0 || now < h.block.again {
		h.mu.Unlock()
		return
	}
	h.block.size = min(largeBlock, max(firstBlock, h.block.size*2))
	n := max(short, h.block.size)
	h.mu.Unlock()
	var last int64
	err := s.o.DB.Write(ctx, func(tx *db.Tx) (err error) {
		last, err = reserve(ctx, tx, h.property, n)
		return err
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil || last == 0 {
		h.block.again = now + numberAgain.Milliseconds()
		if err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "visitors could not be numbered; trying again", "property", h.property, "error", err)
		}
		return
	}
	h.block.next, h.block.last = last-n+1, last
	h.give()
}

// give numbers from the block, and says how many more are needed; h.mu is held.
func (h *house) give() (short int64) {
	var list []*Visit
	for _, v := range h.visits {
		if v.number == 0 && v.flags.has(isKnown) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b *Visit) int { return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id, b.id)) })
	for _, v := range list {
		if v.number = h.block.take(); v.number == 0 {
			short++
			continue
		}
		h.touch(v)
	}
	return short
}

// take is the next number of the block; 0: there is none.
func (b *block) take() (n int64) {
	if b.next == 0 || b.next > b.last {
		return 0
	}
	n = b.next
	b.next++
	return n
}
