package article

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	flushEvery = time.Minute
	lastFlush  = 2 * time.Second // what the end of the process leaves for the counts
	// Memory is bounded when somebody asks for ever new things: what does not fit is not counted.
	mostCounted  = 50_000
	mostSearches = 5_000
	maxPhrase    = 100 // runes of a search that is counted
	keepSearches = 400 // days
	halfLife     = 14  // days after which a view weighs half
	landmark     = 20_000
)

// counter holds what was counted since it was written last.
type counter struct {
	mu       *sync.Mutex
	views    map[viewKey]int64
	searches map[searchKey]searchCount
}

type viewKey struct {
	property id.Property
	article  id.Article
	day      int64
}

type searchKey struct {
	property id.Property
	language string
	day      int64
	words    string
}

type searchCount struct{ searches, found int64 }

func newCounter() counter {
	return counter{mu: &sync.Mutex{}, views: map[viewKey]int64{}, searches: map[searchKey]searchCount{}}
}

func (c *counter) view(p id.Property, a id.Article, day int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := viewKey{p, a, day}
	if _, there := c.views[k]; there || len(c.views) < mostCounted {
		c.views[k]++
	}
}

func (c *counter) search(p id.Property, language string, day int64, words string, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := searchKey{p, language, day, cutRunes(words, maxPhrase)}
	n, there := c.searches[k]
	if !there && len(c.searches) >= mostSearches {
		return
	}
	n.searches++
	if found {
		n.found++
	}
	c.searches[k] = n
}

// take empties the counter.
func (c *counter) take() (map[viewKey]int64, map[searchKey]searchCount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	views, searches := c.views, c.searches
	c.views, c.searches = map[viewKey]int64{}, map[searchKey]searchCount{}
	return views, searches
}

// give puts back what could not be written.
func (c *counter) give(views map[viewKey]int64, searches map[searchKey]searchCount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, n := range views {
		c.views[k] += n
	}
	for k, n := range searches {
		have := c.searches[k]
		c.searches[k] = searchCount{have.searches + n.searches, have.found + n.found}
	}
}

// dayOf is the unix day, UTC.
func dayOf(t time.Time) int64 { return t.Unix() / 86_400 }

// weightOf is how much a view of a day weighs against one of another: twice as much every two weeks. So the sum of all views, each with
// the weight of its day, sorts by what is read of late, and nothing has to be made less as time goes by.
func weightOf(day int64) float64 { return math.Exp2(float64(day-landmark) / halfLife) }

// Run writes what was counted, once a minute and at the end, and deletes once a day the images that nothing shows, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick, sweep := time.NewTicker(flushEvery), time.NewTimer(firstImageSweep)
	defer tick.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			if err := s.Flush(last); err != nil {
				s.o.Log.WarnContext(last, "the last views of articles were not counted", "error", err)
			}
			return nil
		case <-sweep.C:
			if err := s.SweepImages(ctx); err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable {
				s.o.Log.ErrorContext(ctx, "background work failed", "what", "images that nothing shows", "error", err)
			}
			sweep.Reset(sweepImagesEvery)
			continue
		case <-tick.C:
		}
		if err := s.Flush(ctx); err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable {
			s.o.Log.WarnContext(ctx, "views of articles were not counted; trying again", "error", err)
		}
	}
}

// Flush writes what was counted since the last time. What could not be written is kept for the next.
func (s *Service) Flush(ctx context.Context) error {
	views, searches := s.counter.take()
	if len(views)+len(searches) == 0 {
		return nil
	}
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := addViews(ctx, tx, views); err != nil {
			return err
		}
		if err := addSearches(ctx, tx, searches); err != nil {
			return err
		}
		return forgetSearches(ctx, tx, dayOf(s.o.Now())-keepSearches)
	})
	if err != nil {
		s.counter.give(views, searches)
		return fmt.Errorf("write views of articles: %w", err)
	}
	return nil
}
