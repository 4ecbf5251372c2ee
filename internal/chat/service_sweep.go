package chat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	// maxNap bounds how long the sweeper sleeps. No deadline is nearer than a minute when it is set, so none is missed.
	maxNap = 15 * time.Second
	// retryNap is the pause after a sweep that could not do everything.
	retryNap = time.Second
	// sweepPage is how many due sessions are read at once, sweepers how many are decided side by side: on SQLite they
	// share a commit.
	sweepPage = 256
	sweepers  = 16
	// indexNap is how far the search may be behind what was said.
	indexNap = 500 * time.Millisecond
)

// Run sweeps and indexes until ctx ends. Every node may do it: they go through the same locks.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { s.repeat(ctx, s.sweepAndNap) })
	if s.DB.Dialect() == db.SQLite {
		s.unindexed.Store(true) // what was said just before the last stop
		wg.Go(func() { s.repeat(ctx, s.indexAndNap) })
	}
	wg.Wait()
	return nil
}

func (s *Service) repeat(ctx context.Context, work func(context.Context) time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(work(ctx))
		}
	}
}

func (s *Service) sweepAndNap(ctx context.Context) time.Duration {
	next, err := s.Sweep(ctx)
	if err != nil {
		s.failed(ctx, "sweep chats", err)
		return retryNap
	}
	return min(maxNap, max(next.Sub(s.Now()), time.Millisecond))
}

// failed logs what went wrong behind everybody's back. That the database is away is told once, by itself.
func (s *Service) failed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable {
		s.Log.ErrorContext(ctx, "background work failed", "what", what, "err", err)
	}
}

func (s *Service) indexAndNap(ctx context.Context) time.Duration {
	if err := s.Index(ctx); err != nil {
		s.failed(ctx, "index messages", err)
		return retryNap
	}
	return indexNap
}

// due is a session that has to be looked at.
type due struct {
	property id.Property
	session  id.Session
}

// Sweep ends the sessions that time out and misses the chats that nobody served in time. It answers when the next one is
// due; none: in a nap's time. One that fails does not keep the others.
func (s *Service) Sweep(ctx context.Context) (time.Time, error) {
	for {
		var list []due
		now, next := s.Now(), time.Time{}
		err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
			if list, err = dueSessions(ctx, tx, now.UnixMilli(), sweepPage); err != nil || len(list) > 0 {
				return err
			}
			next, err = nextDue(ctx, tx, now.Add(maxNap))
			return err
		})
		if err != nil {
			return time.Time{}, fmt.Errorf("find due chats: %w", err)
		}
		if len(list) == 0 {
			return next, nil
		}
		if err := s.sweep(ctx, list); err != nil {
			return time.Time{}, err
		}
	}
}

func (s *Service) sweep(ctx context.Context, list []due) error {
	var mu sync.Mutex
	var failed []error
	var group errgroup.Group
	group.SetLimit(sweepers)
	for _, d := range list {
		group.Go(func() error {
			if err := s.sweepOne(ctx, d); err != nil {
				mu.Lock()
				failed = append(failed, fmt.Errorf("sweep session %s: %w", d.session, err))
				mu.Unlock()
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in failed: all of them, not only the first
	return errors.Join(failed...)
}

// sweepOne decides under the lock: what was due a moment ago may have changed since.
func (s *Service) sweepOne(ctx context.Context, d due) error {
	times, err := s.times(ctx, d.property)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lock(ctx, tx, ErrSessionNotFound, update+lockOnly+byID, d.property, d.session)
		if err != nil {
			return err
		}
		if now := s.Now().UnixMilli(); was.MissedAt > 0 && was.MissedAt <= now {
			if was, _, err = s.playOn(ctx, tx, was, Command{Kind: MissedDue}); err != nil {
				return err
			}
		}
		if now := s.Now().UnixMilli(); was.TimeoutAt > 0 && was.TimeoutAt <= now {
			_, _, err = s.playOn(ctx, tx, was, Command{Kind: TimeOut, Times: times})
		}
		return err
	})
}

// SettingsChanged sets the deadlines of the property's active sessions anew. Every node may call it on property.Changed.
func (s *Service) SettingsChanged(ctx context.Context, p id.Property) error {
	times, err := s.times(ctx, p)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		return setDeadlines(ctx, tx, p, times.Timeout.Milliseconds(), times.Missed.Milliseconds())
	})
	if err != nil {
		return fmt.Errorf("new deadlines in property %s: %w", p, err)
	}
	return nil
}
