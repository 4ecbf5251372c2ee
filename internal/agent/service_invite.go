package agent

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Invite asks somebody to join by a link: valid once, for 7 days. Inviting an address again replaces its open invite.
func (s *Service) Invite(ctx context.Context, who actor.Agent, email string, role actor.Role) (Invite, string, error) {
	email, err := NormalEmail(email)
	if err != nil {
		return Invite{}, "", err
	}
	token, hash := newToken()
	made := Invite{ID: id.New[id.Invite](), Property: who.Property, Email: email, Role: role, InvitedBy: who.ID, CreatedAt: s.o.Now()}
	made.ExpiresAt = made.CreatedAt.Add(InviteFor)
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := lockOwners(ctx, tx, who.Property); err != nil {
			return err
		}
		me, err := actingAs(ctx, tx, who)
		if err != nil {
			return err
		}
		if err := mayInvite(me, role); err != nil {
			return err
		}
		if err := notInTeam(ctx, tx, who.Property, email); err != nil {
			return err
		}
		if err := keepOwnersInvite(ctx, tx, me, who.Property, email); err != nil {
			return err
		}
		if err := upsertInvite(ctx, tx, made, hash); err != nil {
			return err
		}
		return s.audit(ctx, tx, inviteEntry(who, audit.MemberInvited, made))
	})
	if err != nil {
		return Invite{}, "", fmt.Errorf("invite to property %s: %w", who.Property, err)
	}
	return made, s.link("/invite/" + token), nil
}

func notInTeam(ctx context.Context, tx *db.Tx, p id.Property, email string) error {
	acc, err := accountByEmail(ctx, tx, email)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	st, err := standingOf(ctx, tx, p, acc.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case st.Disabled:
		return ErrIsDisabled
	}
	return ErrIsMember
}

// keepOwnersInvite refuses to let an admin withdraw an owner's invite by renewing it as something less.
func keepOwnersInvite(ctx context.Context, tx *db.Tx, me standing, p id.Property, email string) error {
	open, err := inviteFor(ctx, tx, p, email)
	if errors.Is(err, ErrNoInvite) {
		return nil
	}
	if err == nil {
		err = mayInvite(me, open.Role)
	}
	return err
}

// Invites lists the open invites of the property, newest first.
func (s *Service) Invites(ctx context.Context, who actor.Agent) ([]Invite, error) {
	var list []Invite
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = listInvites(ctx, tx, who.Property, s.o.Now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list invites of property %s: %w", who.Property, err)
	}
	return list, nil
}

// Uninvite takes an open invite back; only owners take back an invite to be an owner.
func (s *Service) Uninvite(ctx context.Context, who actor.Agent, invite id.Invite) error {
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		me, err := actingAs(ctx, tx, who)
		if err != nil {
			return err
		}
		v, err := findInvite(ctx, tx, who.Property, invite)
		if err != nil {
			return err
		}
		if err := mayInvite(me, v.Role); err != nil {
			return err
		}
		if err := deleteInvite(ctx, tx, who.Property, invite); err != nil {
			return err
		}
		return s.audit(ctx, tx, inviteEntry(who, audit.InviteTaken, v))
	})
	if err != nil {
		return fmt.Errorf("take back invite %s: %w", invite, err)
	}
	return nil
}

// Invited is what the holder of a link may know, and whether there is an account with the invited address.
func (s *Service) Invited(ctx context.Context, token string) (Invite, bool, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return Invite{}, false, ErrInviteGone
	}
	var v Invite
	known := true
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if v, err = openInvite(ctx, tx, hash, s.o.Now()); err != nil {
			return err
		}
		_, err = accountByEmail(ctx, tx, v.Email)
		if errors.Is(err, ErrNotFound) {
			known, err = false, nil
		}
		return err
	})
	if err != nil {
		return Invite{}, false, fmt.Errorf("read an invite: %w", err)
	}
	return v, known, nil
}

// Accept joins the team: with a new account; with the one that has the invited address, by its password; or, logged in
// as that account (cookie), without one. It answers with a login.
func (s *Service) Accept(ctx context.Context, token, cookie string, n NewAccount, from Client) (Grant, error) {
	v, known, err := s.Invited(ctx, token)
	if err != nil {
		return Grant{}, err
	}
	n.Email = v.Email
	var acc Account
	var mine *Grant
	by := s.guesser(v.Email, from)
	if known {
		acc, mine, err = s.acceptor(ctx, cookie, n, from)
	} else {
		acc, err = s.make(ctx, n)
	}
	if err != nil {
		return Grant{}, err
	}
	g, info, hash := s.newGrant(acc.ID, from)
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := useInvite(ctx, tx, hashOf(token), s.o.Now()); err != nil {
			return err
		}
		if !known {
			if err := insertAccount(ctx, tx, acc, s.o.Now()); err != nil {
				return err
			}
		}
		entries, err := s.join(ctx, tx, v.Property, acc, v.Role, joined{By: acc.ID, Invite: v.ID, InvitedBy: v.InvitedBy})
		if err != nil {
			return err
		}
		if mine == nil {
			if err := forgetTries(ctx, tx, by.tries); err != nil {
				return err
			}
			if err := insertLogin(ctx, tx, acc.ID, hash, info); err != nil {
				return err
			}
			teams, err := worksIn(ctx, tx, acc.ID)
			if err != nil {
				return err
			}
			entries = append(entries, loggedIn(acc.ID, info).Each(teams)...)
		}
		return s.audit(ctx, tx, entries...)
	})
	if err != nil {
		return Grant{}, fmt.Errorf("accept invite %s: %w", v.ID, err)
	}
	s.roles.Forget(place{v.Property, acc.ID})
	if mine != nil {
		return *mine, nil
	}
	return g, nil
}

// acceptor finds the existing account that accepts: by its login, or by its password.
func (s *Service) acceptor(ctx context.Context, cookie string, n NewAccount, from Client) (Account, *Grant, error) {
	if l, err := s.Login(ctx, cookie); err == nil {
		me, err := s.Me(ctx, l)
		if err != nil {
			return Account{}, nil, err
		}
		if me.Email == n.Email {
			return me.Account, &Grant{Login: l, Token: cookie}, nil
		}
	} else if !errors.Is(err, ErrLoginRequired) {
		return Account{}, nil, err
	}
	acc, _, err := s.prove(ctx, n.Email, n.Password, from)
	return acc, nil, err
}
