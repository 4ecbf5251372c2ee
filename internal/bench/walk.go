package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/wire"
)

// walk makes a crowd go from page to page: each visitor once in PageEvery, in turn.
type walk struct {
	*PresenceCmd
	crowd  *crowd
	next   int // whose turn it is
	views  atomic.Int64
	failed atomic.Int64
}

// movers is how many visitors change their page at the same moment at most.
const movers = 32

// run walks until ctx ends, and waits for those who are under way.
func (w *walk) run(ctx context.Context) {
	n := len(w.crowd.visitors)
	if n == 0 || w.PageEvery <= 0 {
		<-ctx.Done()
		return
	}
	turns := make(chan int, n)
	var wg sync.WaitGroup
	for range movers {
		wg.Go(func() {
			for i := range turns {
				w.step(context.WithoutCancel(ctx), i) // what was begun is finished
			}
		})
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began, done := time.Now(), 0
	for ctx.Err() == nil {
		due := int(float64(n) * float64(time.Since(began)) / float64(w.PageEvery))
		for ; done < due && len(turns) < cap(turns); done++ {
			turns <- w.next
			w.next = (w.next + 1) % n
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	close(turns)
	wg.Wait()
}

// step is one visitor's next page. Nobody else has that visitor now: a turn comes once in PageEvery.
func (w *walk) step(ctx context.Context, i int) {
	w.crowd.mu.Lock()
	v := w.crowd.visitors[i]
	w.crowd.mu.Unlock()
	v.goOn(w.site())
	switch chance := v.chance.Float64(); {
	case chance < w.Turnover:
		v.close()
		w.arrive(ctx, i, w.someone(), "")
	case chance < w.Turnover+w.Loads:
		v.close()
		w.arrive(ctx, i, v.person, v.welcome.Token)
	default:
		if err := v.send(wire.VisitorPage{T: "page", Page: v.page}); err != nil {
			w.failed.Add(1)
			w.arrive(ctx, i, v.person, v.welcome.Token)
			return
		}
		w.views.Add(1)
	}
}

func (w *walk) arrive(ctx context.Context, i int, who *person, token string) {
	v, err := w.connectAs(ctx, who, token, nil)
	if err != nil {
		w.failed.Add(1)
		return // the next turn finds the old connection closed, and tries again
	}
	w.views.Add(1)
	w.crowd.mu.Lock()
	w.crowd.visitors[i] = v
	w.crowd.mu.Unlock()
}
