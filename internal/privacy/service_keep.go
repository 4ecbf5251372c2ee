package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
	"parley/internal/property"
)

const (
	sweepEvery = time.Hour
	firstSweep = time.Minute // after the start, when the storm of those who come back is over
	// A transaction holds SQLite's only writer: so few sessions and rows take some milliseconds.
	sessionsAtOnce = 20
	rowsAtOnce     = 200
)

// Run forgets by age once an hour until ctx ends. Every node may do it: what one has deleted another does not find.
func (s *Service) Run(ctx context.Context) error {
	timer := time.NewTimer(firstSweep)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Unavailable {
			s.Log.ErrorContext(ctx, "background work failed", "what", "forget by age", "error", err)
		}
		timer.Reset(sweepEvery)
	}
}

// Swept is what a sweep deleted of one property.
type Swept struct {
	Sessions int64
	Messages int64
	Openers  int64
	Visitors int64
	Emptied  int64 // rows of visitors that lost all but what chats need
	Hours    int64 // of counts
}

// Sweep deletes what is older than the properties' owners want to keep. One property that fails does not keep the others.
func (s *Service) Sweep(ctx context.Context) error {
	all, err := s.Properties.All(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, p := range all {
		settings, err := s.Properties.Settings(ctx, p)
		if err == nil {
			err = s.sweep(ctx, p, settings)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("property %s: %w", p, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

func (s *Service) sweep(ctx context.Context, p id.Property, settings property.Settings) error {
	var done Swept
	var first, second error
	if at, ok := before(s.Now(), settings.ChatDays); ok {
		first = s.forgetChats(ctx, p, at.UnixMilli(), &done)
	}
	if at, ok := before(s.Now(), settings.VisitDays); ok && first == nil {
		second = s.forgetVisits(ctx, p, at, &done)
	}
	if done != (Swept{}) {
		s.Log.InfoContext(ctx, "forgot by age", "property", p, "sessions", done.Sessions, "messages", done.Messages, "openers", done.Openers,
			"visitors", done.Visitors, "emptied", done.Emptied, "hours", done.Hours)
	}
	return errors.Join(first, second)
}

func (s *Service) forgetChats(ctx context.Context, p id.Property, at int64, done *Swept) error {
	for {
		gone, err := s.Chats.EraseEndedBefore(ctx, p, at, sessionsAtOnce)
		if err != nil {
			return err
		}
		done.Sessions += gone.Sessions
		done.Messages += gone.Messages
		done.Openers += gone.Openers
		if gone.Sessions == 0 {
			return nil
		}
	}
}

func (s *Service) forgetVisits(ctx context.Context, p id.Property, at time.Time, done *Swept) error {
	for {
		gone, err := s.Visitors.Trim(ctx, p, at.UnixMilli(), rowsAtOnce)
		if err != nil {
			return err
		}
		done.Visitors += gone.Deleted
		done.Emptied += gone.Emptied
		if gone.Deleted+gone.Emptied == 0 {
			break
		}
	}
	return s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		done.Hours, err = deleteHours(ctx, tx, p, at)
		return err
	})
}
