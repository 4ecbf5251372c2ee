package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// watcher is a dashboard that shows the list of visitors.
type watcher struct {
	*agent

	mu      sync.Mutex
	window  string
	order   []id.Visitor
	rows    map[id.Visitor]bool
	whole   chan struct{} // closed when every row of the window is there
	frames  int
	bytes   int
	largest int
	seen    map[id.Visitor]bool
}

// windowSize is how many visitors a dashboard shows at a time.
const windowSize = 50

func byTime() wire.AgentVisitors { return wire.AgentVisitors{Size: windowSize, Sort: wire.SortTime} }

func (t *Target) newWatcher(ctx context.Context, a *api) (*watcher, error) {
	w := &watcher{rows: map[id.Visitor]bool{}, seen: map[id.Visitor]bool{}}
	var err error
	w.agent, err = t.connectAgent(ctx, a, func(kind string, raw []byte) {
		if kind == "visitors" {
			w.take(raw)
		}
	})
	return w, err
}

// look opens another window, and says how long it took until all of its rows were there.
func (w *watcher) look(ctx context.Context, f wire.AgentVisitors) (time.Duration, error) {
	f.T, f.ID = "visitors", id.New[string]()
	w.mu.Lock()
	whole := make(chan struct{})
	w.window, w.order, w.whole = f.ID, nil, whole
	clear(w.rows)
	w.mu.Unlock()
	began := time.Now()
	raw, err := w.ask(ctx, f.ID, f)
	if err != nil {
		return 0, fmt.Errorf("open a window: %w", err)
	}
	w.take(raw)
	timer := time.NewTimer(answerWait)
	defer timer.Stop()
	select {
	case <-whole:
		return time.Since(began), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-timer.C:
		return 0, fmt.Errorf("the window was not complete within %s", answerWait)
	}
}

func (w *watcher) take(raw []byte) {
	var f struct {
		ID    string       `json:"id"`
		Order []id.Visitor `json:"order"`
		Rows  []struct {
			ID id.Visitor `json:"id"`
		} `json:"rows"`
	}
	if json.Unmarshal(raw, &f) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.ID != w.window {
		return
	}
	w.frames, w.bytes, w.largest = w.frames+1, w.bytes+len(raw), max(w.largest, len(raw))
	w.order = f.Order
	for _, r := range f.Rows {
		w.rows[r.ID], w.seen[r.ID] = true, true
	}
	for _, v := range w.order {
		if !w.rows[v] {
			return
		}
	}
	if w.whole != nil {
		close(w.whole)
		w.whole = nil
	}
}

func (w *watcher) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames, w.bytes, w.largest = 0, 0, 0
	clear(w.seen)
}

func (w *watcher) watched(d time.Duration) Watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Watched{
		BytesPerSecond: float64(w.bytes) / d.Seconds(), FramesPerSecond: float64(w.frames) / d.Seconds(), LargestFrame: w.largest, Seen: len(w.seen),
	}
}

// firstPages opens windows of all kinds.
func (b *presenceBench) firstPages(ctx context.Context, w *watcher) error {
	took, err := w.look(ctx, byTime())
	if err != nil {
		return err
	}
	b.r.FirstWatch = float64(took.Microseconds()) / 1000
	var all samples
	sorts := []wire.VisitSort{wire.SortState, wire.SortTime, wire.SortPage, wire.SortPages, wire.SortCountry, wire.SortReferrer, wire.SortDevice, wire.SortName}
	for i := range 3 * len(sorts) {
		f := wire.AgentVisitors{Size: windowSize, Sort: sorts[i%len(sorts)], Desc: i%2 == 1}
		switch i / len(sorts) {
		case 1:
			f.Filter.Text = "boots"
		case 2:
			f.Group = wire.SortPage
		}
		if took, err = w.look(ctx, f); err != nil {
			return err
		}
		all.add(took)
	}
	b.r.FirstPage = all.millis()
	return nil
}
