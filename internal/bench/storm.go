package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"parley/internal/kernel/wire"
)

// StormCmd is `parley bench storm`.
type StormCmd struct {
	Target  `embed:""`
	Chats   int           `help:"How many of the visitors chat the whole time." default:"50" env:"-"`
	Restart string        `help:"A shell command that ends the server and starts it again. What it prints is the new process id. Without it: restart the server by hand, soon." env:"-"`
	Within  time.Duration `help:"How long everybody may take to come back." default:"120s" env:"-"`
}

// StormResult is what `bench storm --json` prints. Times are from the moment of the restart.
type StormResult struct {
	Visitors  int     `json:"visitors"`
	Failed    int     `json:"failed"`         // not back within the limit
	FirstS    float64 `json:"first_seconds"`  // … until the first was back
	HalfS     float64 `json:"half_seconds"`   // … half of them
	MostS     float64 `json:"p99_seconds"`    // … 99 of 100
	AllS      float64 `json:"all_seconds"`    // … everybody
	MostPerS  int     `json:"most_in_second"` // came back in the busiest second
	Attempts  int64   `json:"attempts"`       // connections that were tried, the ones that succeeded included
	RSSBefore int64   `json:"rss_before_bytes"`
	RSSPeak   int64   `json:"rss_peak_bytes"` // of the new process
	RSSAfter  int64   `json:"rss_after_bytes"`

	Chats    int     `json:"chats"`
	Acked    int     `json:"acked"`
	Lost     int     `json:"lost"`         // acknowledged, but not stored
	Doubled  int     `json:"doubled"`      // stored more than once
	Broken   int     `json:"broken"`       // chats that could not go on
	LongestS float64 `json:"longest_wait"` // that a message waited for its acknowledgement, in seconds
}

// Run measures and prints. It fails when somebody is not back, or a chat lost anything.
func (c *StormCmd) Run(ctx context.Context) error {
	r, err := c.measure(ctx)
	if err != nil {
		return err
	}
	err = c.print(r, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%d visitors back after %.1f s (first %.1f, half %.1f, 99 %% %.1f; at most %d in a second), %d not; %d attempts\n",
			r.Visitors, r.AllS, r.FirstS, r.HalfS, r.MostS, r.MostPerS, r.Failed, r.Attempts)
		_, _ = fmt.Fprintf(w, "server memory before %.1f MB, at most %.1f MB, at last %.1f MB\n", float64(r.RSSBefore)/1e6, float64(r.RSSPeak)/1e6, float64(r.RSSAfter)/1e6)
		_, _ = fmt.Fprintf(w, "%d chats, %d messages, LOST %d, DOUBLED %d, BROKEN %d; a message waited %.1f s at most\n", r.Chats, r.Acked, r.Lost, r.Doubled, r.Broken, r.LongestS)
	})
	if bad := r.Failed + r.Lost + r.Doubled + r.Broken; err == nil && bad > 0 {
		err = fmt.Errorf("%d visitors not back, %d messages lost, %d doubled, %d chats broken", r.Failed, r.Lost, r.Doubled, r.Broken)
	}
	return err
}

// storm is one run.
type storm struct {
	*StormCmd
	attempts atomic.Int64
	began    atomic.Int64 // unix ns of the restart; 0: not yet
	back     samples      // each visitor's return

	mu    sync.Mutex
	ended bool
	first chan struct{} // closed when the first connection was lost
}

// settle is how long the server is left in peace before and after.
const settle = 3 * time.Second

func (c *StormCmd) measure(ctx context.Context) (r StormResult, err error) {
	c.spread()
	s := &storm{StormCmd: c, first: make(chan struct{})}
	ctx, stop := context.WithCancel(ctx)
	var everybody sync.WaitGroup
	defer everybody.Wait()
	defer stop()
	talks, err := s.assembleTalks(ctx, &everybody)
	if err != nil {
		return r, err
	}
	crowd := c.gather(ctx, max(0, c.Visitors-c.Chats))
	if failed := crowd.failed.Load(); failed > 0 {
		crowd.leave()
		return r, fmt.Errorf("%d of %d visitors could not connect", failed, c.Visitors)
	}
	for _, v := range crowd.visitors {
		everybody.Go(func() { s.stay(ctx, v) })
	}
	if err := pause(ctx, settle); err != nil {
		return r, err
	}
	if c.PID > 0 {
		if r.RSSBefore, err = rss(c.PID); err != nil {
			return r, err
		}
	}
	pid, err := s.strike(ctx)
	if err != nil {
		return r, err
	}
	r.Visitors = s.awaitAll(ctx, len(crowd.visitors)) + len(talks.list)
	r.Failed = c.Visitors - r.Visitors
	if err := pause(ctx, settle); err != nil {
		return r, err
	}
	s.sum(&r)
	if pid > 0 {
		if r.RSSPeak, err = peak(pid); err != nil {
			return r, err
		}
		if r.RSSAfter, err = rss(pid); err != nil {
			return r, err
		}
	}
	return r, talks.finish(ctx, &r)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// strike restarts the server, and tells its new process id if it is known.
func (s *storm) strike(ctx context.Context) (pid int, err error) {
	if s.Restart == "" {
		_, _ = fmt.Fprintln(s.writer(), "restart the server now")
		select {
		case <-s.first:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		s.began.Store(time.Now().UnixNano())
		return 0, nil
	}
	s.began.Store(time.Now().UnixNano())
	out, err := exec.CommandContext(ctx, "/bin/sh", "-c", s.Restart).Output() //nolint:gosec // the operator's own command
	if err != nil {
		return 0, fmt.Errorf("restart the server: %w", err)
	}
	pid, _ = strconv.Atoi(strings.TrimSpace(string(out))) // anything else: the memory is not measured
	return pid, nil
}

// awaitAll waits until everybody who was here has gone and come back, or the time is over; it tells how many are.
func (s *storm) awaitAll(ctx context.Context, n int) int {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(s.Within)
	defer limit.Stop()
	for s.back.count() < int64(n) {
		select {
		case <-tick.C:
		case <-limit.C:
			return int(s.back.count())
		case <-ctx.Done():
			return int(s.back.count())
		}
	}
	return n
}

// sum puts the returns in order.
func (s *storm) sum(r *StormResult) {
	m := s.back.sorted()
	r.Attempts = s.attempts.Load()
	if len(m) == 0 {
		return
	}
	r.FirstS, r.HalfS, r.MostS, r.AllS = m[0].Seconds(), m[len(m)/2].Seconds(), m[(len(m)-1)*99/100].Seconds(), m[len(m)-1].Seconds()
	for i, j := 0, 0; j < len(m); j++ {
		for m[j]-m[i] >= time.Second {
			i++
		}
		r.MostPerS = max(r.MostPerS, j-i+1)
	}
}

// stay keeps a visitor connected as the loader does.
func (s *storm) stay(ctx context.Context, v *visitor) {
	for {
		select {
		case <-ctx.Done():
			v.close()
			return
		case <-v.closed:
		}
		if v = s.comeBack(ctx, v, true); v == nil {
			return
		}
		if began := s.began.Load(); began != 0 {
			s.back.add(time.Since(time.Unix(0, began)))
		}
	}
}

// comeBack waits until the visitor's connection has ended, and tries until the visitor is welcome again; nil: the bench is over. calm: nobody waits for it.
func (s *storm) comeBack(ctx context.Context, was *visitor, calm bool) *visitor {
	s.mu.Lock()
	if !s.ended {
		s.ended = true
		close(s.first)
	}
	s.mu.Unlock()
	why := was.reason()
	for attempt := 0; ; attempt++ {
		if pause(ctx, delay(why, attempt, calm)) != nil {
			return nil
		}
		s.attempts.Add(1)
		var v *visitor
		if v, why = s.connectAs(ctx, was.person, was.welcome.Token, nil); why == nil {
			return v
		}
	}
}

// delay is how long the loader waits before its next attempt: the same as in web/core/src/connection.ts.
func delay(why error, attempt int, calm bool) time.Duration {
	ms := func(from, spread float64) time.Duration {
		return time.Duration((from + rand.Float64()*spread) * float64(time.Millisecond)) //nolint:gosec // nobody guesses it
	}
	least := 0.0
	if end, ok := errors.AsType[*gws.CloseError](why); ok {
		switch end.Code {
		case wire.CloseGoingAway:
			least = 5000
		case wire.CloseBanned:
			return ms(35_000, 20_000)
		case wire.CloseFlood:
			return ms(30_000, 0)
		default:
		}
	}
	if calm {
		least = 15_000
	}
	return ms(300, max(least, min(29_700, 700*float64(int64(1)<<min(attempt, 10)))))
}
