package chat

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// TakeOut takes agents who were disabled or removed out of their chats, as if they had left: where one was the last, the
// chat waits again, with an alert, and does not rot with somebody who cannot answer. Every node may do it.
func (s *Service) TakeOut(ctx context.Context) error {
	var list []atWork
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = agentsAtWork(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("find agents at work: %w", err)
	}
	var failed []error
	for _, w := range list {
		serves, err := s.People.Serves(ctx, w.agent, w.property)
		if err == nil && !serves {
			err = s.takeOut(ctx, w)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("take agent %s out of the chats of property %s: %w", w.agent, w.property, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) takeOut(ctx context.Context, w atWork) error {
	person, err := s.People.Person(ctx, w.agent)
	if err != nil {
		return err
	}
	var sessions []id.Session
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		sessions, err = sessionsOf(ctx, tx, w)
		return err
	})
	if err != nil {
		return err
	}
	for _, session := range sessions { // one short transaction each: visitors are writing in them
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			was, err := lock(ctx, tx, ErrSessionNotFound, update+lockOnly+byID, w.property, session)
			if err != nil {
				return err
			}
			_, _, err = s.playOn(ctx, tx, was, Command{Kind: AgentLeaves, Agent: w.agent}, person)
			return err
		})
		if err != nil {
			return fmt.Errorf("session %s: %w", session, err)
		}
	}
	return nil
}
