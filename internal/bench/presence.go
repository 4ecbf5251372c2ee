package bench

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"
)

// PresenceCmd is `parley bench presence`.
type PresenceCmd struct {
	Target    `embed:""`
	PageEvery time.Duration `help:"How long a visitor stays on a page." default:"60s" env:"-"`
	Loads     float64       `help:"The share of pages that are loaded, with a new connection; the others change within their page." default:"0.5" env:"-"`
	Turnover  float64       `help:"The share of page changes that are somebody leaving for good, and somebody else coming." default:"0.1" env:"-"`
	Chats     int           `help:"How many of the visitors chat with agents, once a second each." default:"50" env:"-"`
	Watchers  int           `help:"How many dashboards show the list of visitors." default:"1" env:"-"`
}

// PresenceResult is what `bench presence --json` prints. It measures in three parts of Duration each: nobody moves; they move and
// nobody watches; they move, chat and are watched.
type PresenceResult struct {
	Visitors      int     `json:"visitors"`
	Failed        int     `json:"failed"` // could not connect, or lost their connection
	ConnectS      float64 `json:"connect_seconds"`
	RSSBefore     int64   `json:"rss_before_bytes"`
	RSSIdle       int64   `json:"rss_idle_bytes"` // everybody is here, nobody has moved
	RSSPerIdle    int64   `json:"rss_per_idle_visitor_bytes"`
	RSS           int64   `json:"rss_bytes"` // at the end, after everything
	RSSPerVisitor int64   `json:"rss_per_visitor_bytes"`

	CPUIdle        float64 `json:"cpu_idle_percent"` // of one core: heartbeats
	PageViews      int64   `json:"page_views"`
	PagesPerSecond float64 `json:"page_views_per_second"`
	CPUPerPageView float64 `json:"cpu_us_per_page_view"` // nobody watches; without what the idle ones cost
	CPUWatched     float64 `json:"cpu_watched_percent"`  // of one core: all of the third part

	FirstWatch float64 `json:"first_watch_ms"` // the first look of anybody: every visitor gets a number
	FirstPage  Millis  `json:"first_page_ms"`  // from asking for 50 rows to having them, by any order, with and without a search
	Watched
	V2A      Millis `json:"v2a_ms"`
	A2V      Millis `json:"a2v_ms"`
	Messages int    `json:"messages"`
	Lost     int    `json:"lost"` // messages that the other side did not get
	Chats    int    `json:"chats"`
	Watchers int    `json:"watchers"`
}

// Watched is what one dashboard gets that shows 50 visitors.
type Watched struct {
	BytesPerSecond  float64 `json:"agent_bytes_per_second"`
	LargestFrame    int     `json:"agent_largest_frame_bytes"`
	FramesPerSecond float64 `json:"agent_frames_per_second"`
	Seen            int     `json:"agent_visitors_seen"` // different ones who were in the window
}

// Run measures and prints.
func (c *PresenceCmd) Run(ctx context.Context) error {
	r, err := c.measure(ctx)
	if err != nil {
		return err
	}
	err = c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%d visitors (%d failed) in %.1f s\nidle            %d bytes a visitor, %.1f %% of a core\n", r.Visitors, r.Failed, r.ConnectS, r.RSSPerIdle, r.CPUIdle)
		_, _ = fmt.Fprintf(w, "moving          %.0f page views a second, %.0f µs of processor each\nall together    %d bytes a visitor, %.1f %% of a core\n",
			r.PagesPerSecond, r.CPUPerPageView, r.RSSPerVisitor, r.CPUWatched)
		_, _ = fmt.Fprintf(w, "first look ever %.1f ms\nfirst page      %s\na dashboard     %.0f bytes and %.2f frames a second, the largest %d bytes\n",
			r.FirstWatch, r.FirstPage, r.BytesPerSecond, r.FramesPerSecond, r.LargestFrame)
		_, _ = fmt.Fprintf(w, "visitor→agent   %s\nagent→visitor   %s\n(%d chats, %d messages, LOST %d)\n", r.V2A, r.A2V, r.Chats, r.Messages, r.Lost)
	})
	if err == nil && r.Lost > 0 {
		err = fmt.Errorf("%d messages lost", r.Lost)
	}
	return err
}

// presenceBench is one run.
type presenceBench struct {
	*PresenceCmd
	r    PresenceResult
	team *team
	walk *walk
}

func (c *PresenceCmd) measure(ctx context.Context) (PresenceResult, error) {
	c.spread()
	b := &presenceBench{PresenceCmd: c}
	var err error
	if c.PID > 0 {
		if b.r.RSSBefore, err = rss(c.PID); err != nil {
			return b.r, err
		}
	}
	began := time.Now()
	crowd := c.gather(ctx, max(0, c.Visitors-c.Chats))
	b.walk = &walk{PresenceCmd: c, crowd: crowd}
	defer crowd.leave()
	b.r.ConnectS = time.Since(began).Seconds()
	debug.FreeOSMemory() // ours, not the server's: the two share the machine
	for _, part := range []func(context.Context) error{b.idle, b.move, b.together} {
		if err := part(ctx); err != nil {
			return b.r, err
		}
	}
	b.r.Visitors = crowd.here() + b.r.Chats
	b.r.Failed = int(crowd.failed.Load()) + int(b.walk.failed.Load())
	return b.r, nil
}

// idle is what it costs that they are here.
func (b *presenceBench) idle(ctx context.Context) error {
	used, err := b.during(ctx, func(context.Context) error { return nil })
	if err != nil || b.PID == 0 {
		return err
	}
	b.r.CPUIdle = 100 * used.Seconds() / b.Duration.Seconds()
	b.r.RSSIdle, err = rss(b.PID)
	b.r.RSSPerIdle = (b.r.RSSIdle - b.r.RSSBefore) / int64(max(1, b.walk.crowd.here()))
	return err
}

// move is what it costs that they move.
func (b *presenceBench) move(ctx context.Context) error {
	used, err := b.during(ctx, func(ctx context.Context) error { b.walk.run(ctx); return nil })
	b.r.PageViews = b.walk.views.Load()
	b.r.PagesPerSecond = float64(b.r.PageViews) / b.Duration.Seconds()
	if b.PID > 0 && b.r.PageViews > 0 {
		idle := b.r.CPUIdle / 100 * b.Duration.Seconds()
		b.r.CPUPerPageView = 1e6 * (used.Seconds() - idle) / float64(b.r.PageViews)
	}
	return err
}

// together is everything at once: they move, some chat, agents watch.
func (b *presenceBench) together(ctx context.Context) error {
	chat := newDialogues()
	var err error
	if b.team, err = b.assemble(ctx, b.Agents, func(int) func(string, []byte) { return chat.atAgent }); err != nil {
		return err // not before: a login takes more memory for a moment than a thousand visitors
	}
	defer b.team.dismiss(context.WithoutCancel(ctx))
	if err := chat.start(ctx, b); err != nil {
		return err
	}
	defer chat.end(context.WithoutCancel(ctx))
	watchers := make([]*watcher, 0, b.Watchers)
	defer func() {
		for _, w := range watchers {
			w.close()
		}
	}()
	for range max(1, b.Watchers) {
		w, err := b.newWatcher(ctx, b.team.owner)
		if err != nil {
			return err
		}
		watchers = append(watchers, w)
	}
	if err := b.firstPages(ctx, watchers[0]); err != nil {
		return err
	}
	for _, w := range watchers {
		if _, err := w.look(ctx, byTime()); err != nil {
			return err
		}
		w.reset()
	}
	used, err := b.during(ctx, func(ctx context.Context) error {
		done := make(chan struct{})
		go func() { defer close(done); b.walk.run(ctx) }()
		err := chat.run(ctx)
		<-done
		return err
	})
	if err != nil {
		return err
	}
	b.r.Watched, b.r.Watchers = watchers[0].watched(b.Duration), len(watchers)
	b.r.V2A, b.r.A2V, b.r.Messages, b.r.Lost, b.r.Chats = chat.toAgent.millis(), chat.toVisitor.millis(), chat.messages(), chat.lost(), len(chat.list)
	if b.PID > 0 {
		b.r.CPUWatched = 100 * used.Seconds() / b.Duration.Seconds()
		if b.r.RSS, err = rss(b.PID); err != nil {
			return err
		}
		b.r.RSSPerVisitor = (b.r.RSS - b.r.RSSBefore) / int64(max(1, b.walk.crowd.here()+b.r.Chats))
	}
	return nil
}

// during lets fn work for Duration, and tells what processor time the server took meanwhile.
func (b *presenceBench) during(ctx context.Context, fn func(context.Context) error) (used time.Duration, err error) {
	var before time.Duration
	if b.PID > 0 {
		if before, err = cpu(b.PID); err != nil {
			return 0, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, b.Duration)
	defer cancel()
	if err := fn(limited); err != nil {
		return 0, err
	}
	<-limited.Done()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if b.PID > 0 {
		used, err = cpu(b.PID)
	}
	return used - before, err
}
