package agent

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// ListMembers lists the team as the members' page shows it, with the disabled.
func (s *Service) ListMembers(ctx context.Context, who actor.Agent) ([]Member, error) {
	var list []Member
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = members(ctx, tx, who.Property)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list members of property %s: %w", who.Property, err)
	}
	return list, nil
}

// statusOf is the status that colleagues see of a member.
func (s *Service) statusOf(m Member, p id.Property) wire.Status {
	return m.seen(s.Presence.present(m.ID, p))
}

// ChangeMember changes a colleague's role or access. Whoever is disabled loses their sockets in this property at once.
func (s *Service) ChangeMember(ctx context.Context, who actor.Agent, target id.Agent, c MemberChange) (Member, error) {
	err := s.touch(ctx, who, target, func(tx *db.Tx, me, them standing, owners int) (standing, error) {
		next, err := mayChange(me, them, owners, c)
		if err != nil || next == them {
			return next, err
		}
		return next, updateMember(ctx, tx, who.Property, next, s.o.Now())
	})
	if err != nil {
		return Member{}, fmt.Errorf("change member %s of property %s: %w", target, who.Property, err)
	}
	list, err := s.ListMembers(ctx, who)
	if err != nil {
		return Member{}, err
	}
	for _, m := range list {
		if m.ID == target {
			return m, nil
		}
	}
	return Member{}, ErrNotFound // removed in the meantime
}

// RemoveMember takes a colleague out of the team. Their name stays on what they said.
func (s *Service) RemoveMember(ctx context.Context, who actor.Agent, target id.Agent) error {
	err := s.touch(ctx, who, target, func(tx *db.Tx, me, them standing, owners int) (standing, error) {
		if err := mayRemove(me, them, owners); err != nil {
			return them, err
		}
		return standing{}, deleteMember(ctx, tx, who.Property, target)
	})
	if err != nil {
		return fmt.Errorf("remove member %s of property %s: %w", target, who.Property, err)
	}
	return nil
}

// touch runs one change of a team at a time, with places read after the lock, tells of it and writes it down. fn
// returns the target's next place; the zero one is none.
func (s *Service) touch(
	ctx context.Context, who actor.Agent, target id.Agent,
	fn func(tx *db.Tx, me, them standing, owners int) (standing, error),
) error {
	over := Ended{Agent: target, Property: who.Property}
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		owners, err := lockOwners(ctx, tx, who.Property)
		if err != nil {
			return err
		}
		me, err := actingAs(ctx, tx, who)
		if err != nil {
			return err
		}
		them, err := standingOf(ctx, tx, who.Property, target)
		if err != nil {
			return err
		}
		next, err := fn(tx, me, them, owners)
		if err != nil {
			return err
		}
		if next == (standing{}) || next.Disabled && !them.Disabled {
			LoginsEnded.Emit(tx, who.Property, over)
		}
		MembersChanged.Emit(tx, who.Property, Membership{Property: who.Property, Agent: target})
		if err := deleteInvitesBy(ctx, tx, who.Property, target); err != nil {
			return err
		}
		acc, err := account(ctx, tx, target)
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, changeEntries(who, acc, them, next)...)
	})
	if err != nil {
		return err
	}
	s.roles.Forget(place{who.Property, target})
	s.teams.Forget(who.Property)
	return nil
}

// actingAs reads the caller's place anew: the role in the actor may be some seconds old.
func actingAs(ctx context.Context, tx *db.Tx, who actor.Agent) (standing, error) {
	me, err := standingOf(ctx, tx, who.Property, who.ID)
	if errors.Is(err, ErrNotFound) {
		return standing{}, ErrForbidden
	}
	return me, err
}
