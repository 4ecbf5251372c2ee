package agent

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// Me is an account with the properties that it works in.
type Me struct {
	Account
	Places []Place
}

// Me is the caller's own account, from the database.
func (s *Service) Me(ctx context.Context, who actor.Login) (Me, error) {
	var me Me
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if me.Account, err = account(ctx, tx, who.Agent); err != nil {
			return err
		}
		me.Places, err = placesOf(ctx, tx, who.Agent)
		return err
	})
	if err != nil {
		return Me{}, fmt.Errorf("read agent %s: %w", who.Agent, err)
	}
	return me, nil
}

// AccountChange is what an agent may change about themselves; what is nil stays as it is.
type AccountChange struct {
	Name     *string
	Theme    *string
	Language *string
	Status   *wire.Status
}

func (c AccountChange) apply(a Account) (Account, error) {
	if c.Name != nil {
		name, err := NormalName(*c.Name)
		if err != nil {
			return a, err
		}
		a.Name = name
	}
	if c.Theme != nil {
		if a.Theme = *c.Theme; !slices.Contains([]string{"system", "light", "dark"}, a.Theme) {
			return a, ErrTheme
		}
	}
	if c.Language != nil {
		if a.Language = *c.Language; !slices.Contains([]string{"auto", "en", "ar"}, a.Language) {
			return a, ErrLanguage
		}
	}
	if c.Status != nil {
		if a.Status = *c.Status; !slices.Contains([]wire.Status{wire.Online, wire.Away, wire.Invisible}, a.Status) {
			return a, ErrStatus
		}
	}
	return a, nil
}

// ChangeMe changes the caller's own account.
func (s *Service) ChangeMe(ctx context.Context, who actor.Login, c AccountChange) (Me, error) {
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := account(ctx, tx, who.Agent)
		if err != nil {
			return err
		}
		next, err := c.apply(was)
		if err != nil || next == was {
			return err
		}
		if next.Name != was.Name || next.Status != was.Status {
			if err := s.tellTeams(ctx, tx, who.Agent, next.Name != was.Name); err != nil {
				return err
			}
		}
		return updateAccount(ctx, tx, next)
	})
	if err != nil {
		return Me{}, fmt.Errorf("change agent %s: %w", who.Agent, err)
	}
	s.people.Forget(who.Agent)
	return s.Me(ctx, who)
}

// tellTeams says after the commit that the agent looks different, to every team that they are in.
func (s *Service) tellTeams(ctx context.Context, tx *db.Tx, a id.Agent, person bool) error {
	teams, err := teamsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	if person {
		PersonChanged.Emit(tx, "", Renamed{Agent: a})
	}
	for _, p := range teams {
		MembersChanged.Emit(tx, p, Membership{Property: p, Agent: a})
	}
	return nil
}

// ChangePassword proves the current password, sets the next one and ends the caller's other logins.
func (s *Service) ChangePassword(ctx context.Context, who actor.Login, current, next, address string) error {
	me, err := s.Me(ctx, who)
	if err != nil {
		return err
	}
	// The caller is in already: their tries are this login's, and no stranger's guesses keep them from a new password.
	tries, err := s.mayTry(ctx, ofAccount(me.Email, string(who.Login)), address)
	if err != nil {
		return fmt.Errorf("change password of agent %s: %w", who.Agent, err)
	}
	ok, err := s.secrets.matches(ctx, current, me.hash)
	switch {
	case err != nil:
		return fmt.Errorf("change password of agent %s: %w", who.Agent, err)
	case !ok:
		return cmp.Or(s.auditWrong(ctx, me.ID, tries, address), error(ErrCurrent))
	}
	if err := checkPassword(next, me.Email); err != nil {
		return fieldNew(err)
	}
	return s.putPassword(ctx, me.Account, next, who.Login, audit.Entry{Agent: who.Agent, Action: audit.PasswordChanged})
}

// putPassword stores a password and ends all logins but one (empty: all). what is written down of it.
func (s *Service) putPassword(ctx context.Context, acc Account, password string, but id.Login, what audit.Entry) error {
	hash, err := s.secrets.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.end(ctx, acc.ID, func(tx *db.Tx) ([]id.Login, error) {
		if err := setPassword(ctx, tx, acc.ID, acc.hash, hash); err != nil {
			return nil, err
		}
		if err := forgetAllTries(ctx, tx, hashOf(acc.Email)); err != nil {
			return nil, err
		}
		ended, err := deleteLogins(ctx, tx, acc.ID, but)
		if err != nil {
			return nil, err
		}
		what.Target, what.Detail = string(acc.ID), loginsEnded{len(ended)}
		return ended, s.auditAgent(ctx, tx, acc.ID, what)
	})
}

// ResetPassword sets a password (empty: a random one), ends all logins, and returns the password. For `parley admin`.
func (s *Service) ResetPassword(ctx context.Context, email, password string) (string, error) {
	email, err := NormalEmail(email)
	if err != nil {
		return "", err
	}
	if password == "" {
		token, _ := newToken()
		password = token[:20]
	}
	if err := checkPassword(password, email); err != nil {
		return "", err
	}
	var acc Account
	err = s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		acc, err = accountByEmail(ctx, tx, email)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reset password: %w", err)
	}
	return password, s.putPassword(ctx, acc, password, "", audit.Entry{Action: audit.PasswordReset})
}
