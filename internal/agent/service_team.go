package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// Team is who answers, as visitors see it; from memory.
func (s *Service) Team(ctx context.Context, p id.Property) (wire.Team, error) {
	members, err := s.teams.Get(ctx, p)
	if err != nil {
		return wire.Team{}, err
	}
	return teamOf(members, s.presentIn(p)), nil
}

// Members is the team as colleagues see it, without those who are disabled; from memory.
func (s *Service) Members(ctx context.Context, p id.Property) ([]wire.Member, error) {
	members, err := s.teams.Get(ctx, p)
	if err != nil {
		return nil, err
	}
	return membersOf(members, s.presentIn(p)), nil
}

func (s *Service) presentIn(p id.Property) func(colleague) bool {
	return func(c colleague) bool { return s.Presence.present(c.ID, p) }
}

// Person is an agent as others see them, from memory: also one who left every team. Of an id that nobody has,
// the person has the id and no name.
func (s *Service) Person(ctx context.Context, a id.Agent) (wire.Person, error) {
	return s.people.Get(ctx, a)
}

// Member is the agent's role in the property, from memory; ErrNotFound for strangers and the disabled.
func (s *Service) Member(ctx context.Context, a id.Agent, p id.Property) (actor.Role, error) {
	return s.roles.Get(ctx, place{p, a})
}

// Serves reports whether the agent works in the property and is not disabled; from memory.
func (s *Service) Serves(ctx context.Context, a id.Agent, p id.Property) (bool, error) {
	_, err := s.Member(ctx, a, p)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Reachable reports whether the agent works in the property, and is online or away there; from memory.
func (s *Service) Reachable(ctx context.Context, a id.Agent, p id.Property) (bool, error) {
	members, err := s.Members(ctx, p)
	return err == nil && slices.ContainsFunc(members, func(m wire.Member) bool {
		return m.ID == a && (m.Status == wire.Online || m.Status == wire.Away)
	}), err
}

func (s *Service) loadTeam(ctx context.Context, p id.Property) ([]colleague, error) {
	var members []colleague
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		members, err = colleagues(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load team of property %s: %w", p, err)
	}
	return members, nil
}

func (s *Service) loadPerson(ctx context.Context, a id.Agent) (wire.Person, error) {
	person := wire.Person{ID: a}
	err := s.o.DB.Read(ctx, func(tx *db.Tx) error {
		acc, err := account(ctx, tx, a)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		person.Name, person.Picture = acc.Name, picturePath(acc.Picture)
		return err
	})
	if err != nil {
		return wire.Person{}, fmt.Errorf("load agent %s: %w", a, err)
	}
	return person, nil
}

func (s *Service) loadRole(ctx context.Context, at place) (actor.Role, error) {
	var st standing
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		st, err = standingOf(ctx, tx, at.Property, at.Agent)
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("load role of agent %s in property %s: %w", at.Agent, at.Property, err)
	case st.Disabled:
		return "", ErrNotFound
	}
	return st.Role, nil
}
