package chat

import (
	"context"
	"fmt"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// SlotLength is the length of a [Slot]: every time zone's hours and days are made of quarters of an hour.
const SlotLength = 15 * time.Minute

// Slot is what became of the chats that began in one quarter of an hour.
type Slot struct {
	At     int64 // its beginning, unix ms
	Chats  int64
	Served int64 // somebody came, also if only after it was missed
	Missed int64 // nobody came in time, and nobody came later
}

// Wait is how many visitors waited so long for an agent.
type Wait struct {
	Seconds int64
	Chats   int64
}

// Figures are the counts of a time. Those of neighbouring times may be put together.
type Figures struct {
	Slots []Slot // in order; those without a chat are left out
	Waits []Wait // by length. The first answer is when an agent comes into the chat; chats that an agent began have none
}

// Figures counts the chats that began from from (inclusive) to to (exclusive).
func (s *Service) Figures(ctx context.Context, p id.Property, from, to time.Time) (f Figures, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if f.Slots, err = countSlots(ctx, tx, p, from.UnixMilli(), to.UnixMilli()); err != nil {
			return err
		}
		f.Waits, err = countWaits(ctx, tx, p, from.UnixMilli(), to.UnixMilli())
		return err
	})
	if err != nil {
		return Figures{}, fmt.Errorf("count chats: %w", err)
	}
	return f, nil
}

// MaxComments is how many words of visitors [Ratings] holds.
const MaxComments = 3

// Ratings are what visitors thought of the sessions that ended in a time.
type Ratings struct {
	Good, Bad int64
	Comments  []Comment // the newest, newest first
}

// Comment is what a visitor wrote to a rating.
type Comment struct {
	Chat    id.Chat // the last one of the session
	At      int64   // the session ended then, unix ms
	Good    bool
	Text    string
	Visitor string // the name that was given, or empty …
	Number  int64  // … "Visitor 4821"
	Agent   string // who came into the chat last; empty: nobody did
}

// Ratings reads how the sessions went that ended from from (inclusive) to to (exclusive).
func (s *Service) Ratings(ctx context.Context, p id.Property, from, to time.Time) (r Ratings, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if r.Good, r.Bad, err = countRatings(ctx, tx, p, from.UnixMilli(), to.UnixMilli()); err != nil || r.Good+r.Bad == 0 {
			return err
		}
		r.Comments, err = newestComments(ctx, tx, p, from.UnixMilli(), to.UnixMilli())
		return err
	})
	if err != nil {
		return Ratings{}, fmt.Errorf("read ratings: %w", err)
	}
	return r, nil
}

// Began is when the property had its first chat that is still known; zero: it never had one.
func (s *Service) Began(ctx context.Context, p id.Property) (at time.Time, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		at, err = firstChat(ctx, tx, p)
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("look for the first chat: %w", err)
	}
	return at, nil
}
