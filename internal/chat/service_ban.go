package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/ban"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// EndByBan ends the active sessions of visitors inside the transaction that makes the ban, and takes back what was said first to
// those who have none.
// Whoever made it and why is for the agents; the visitors are told nothing.
func (s *Service) EndByBan(ctx context.Context, tx *db.Tx, p id.Property, by ban.Ref, visitors []id.Visitor) error {
	if err := s.dropOpeners(ctx, tx, p, visitors); err != nil {
		return err
	}
	visitors, err := activeOf(ctx, tx, p, visitors) // of a thousand who are covered, few are in a session
	if err != nil || len(visitors) == 0 {
		return err
	}
	who, err := personIn(ctx, tx, by.By)
	if err != nil {
		return fmt.Errorf("who banned: %w", err)
	}
	slices.Sort(visitors) // two bans at once lock in the same order
	for _, v := range slices.Compact(visitors) {
		was, err := lock(ctx, tx, ErrSessionNotFound, update+lockOnly+ofVisitor, p, v)
		if errors.Is(err, ErrSessionNotFound) {
			continue
		}
		if err == nil {
			_, _, err = s.playOn(ctx, tx, was, Command{Kind: BanEnds, Ban: by.ID, Agent: by.By, Text: by.Reason}, who)
		}
		if err != nil {
			return fmt.Errorf("end the session of visitor %s: %w", v, err)
		}
	}
	return nil
}

// LastMessages reads the last n words of a session for the record of a ban: no whispers, no events.
func (s *Service) LastMessages(ctx context.Context, tx *db.Tx, p id.Property, session id.Session, n int) ([]ban.Message, error) {
	return lastWords(ctx, tx, p, session, n)
}

// EndLate is EndByBan for the sessions that a ban did not know of when it was made. Mostly there is none, and nothing is
// written.
func (s *Service) EndLate(ctx context.Context, p id.Property, by id.Ban, visitors []id.Visitor) error {
	var active []id.Visitor
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		active, err = activeOf(ctx, tx, p, visitors)
		return err
	})
	if err != nil || len(active) == 0 {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		ref, err := banRef(ctx, tx, p, by)
		if err != nil {
			return err
		}
		return s.EndByBan(ctx, tx, p, ref, active)
	})
}
