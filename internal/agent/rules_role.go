package agent

import (
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
)

// standing is an agent's place in a property's team.
type standing struct {
	Agent    id.Agent
	Role     actor.Role
	Disabled bool
}

// owns reports whether this is an owner who can act as one.
func (s standing) owns() bool { return s.Role == actor.Owner && !s.Disabled }

// MemberChange is a change of a colleague's place; what is nil stays as it is.
type MemberChange struct {
	Role     *actor.Role
	Disabled *bool
}

// apply is the place after the change.
func (c MemberChange) apply(s standing) standing {
	if c.Role != nil {
		s.Role = *c.Role
	}
	if c.Disabled != nil {
		s.Disabled = *c.Disabled
	}
	return s
}

// mayInvite: owners invite anybody, admins anybody but owners.
func mayInvite(who standing, role actor.Role) error {
	switch {
	case !role.Valid():
		return ErrRole
	case who.Disabled || !who.Role.Manages():
		return ErrForbidden
	case role == actor.Owner && who.Role != actor.Owner:
		return ErrOwners
	}
	return nil
}

// mayChange decides over a change of a role or of access. owners counts the property's owners who are not disabled.
func mayChange(who, target standing, owners int, c MemberChange) (standing, error) {
	next := c.apply(target)
	if !next.Role.Valid() {
		return target, ErrRole
	}
	if err := mayTouch(who, target, owners, !next.owns()); err != nil {
		return target, err
	}
	if next.Role == actor.Owner && who.Role != actor.Owner {
		return target, ErrOwners
	}
	return next, nil
}

// mayRemove decides over taking somebody out of the team.
func mayRemove(who, target standing, owners int) error { return mayTouch(who, target, owners, true) }

// mayTouch holds for every change; ceases: the target would be no acting owner afterwards.
func mayTouch(who, target standing, owners int, ceases bool) error {
	switch {
	case who.Disabled || !who.Role.Manages():
		return ErrForbidden
	case target.Role == actor.Owner && who.Role != actor.Owner:
		return ErrOwners
	case target.owns() && ceases && owners <= 1:
		return ErrLastOwner
	case who.Agent == target.Agent:
		return ErrSelf
	}
	return nil
}
