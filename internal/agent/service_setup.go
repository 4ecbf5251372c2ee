package agent

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// NewSetupLink makes the link that makes the first owner: valid once, for an hour; an older one stops working.
// It returns "" once the installation has an owner.
func (s *Service) NewSetupLink(ctx context.Context) (string, error) {
	token, hash := newToken()
	owned := false
	err := s.o.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if owned, err = anyOwner(ctx, tx); err != nil || owned {
			return err
		}
		return putSetup(ctx, tx, hash, s.o.Now().Add(SetupFor))
	})
	if err != nil {
		return "", fmt.Errorf("make set-up link: %w", err)
	}
	if owned {
		return "", nil
	}
	return s.link("/setup?token=" + url.QueryEscape(token)), nil
}

func (s *Service) link(path string) string { return strings.TrimSuffix(s.o.BaseURL, "/") + path }

// CheckSetup reports whether the token is the one of the set-up link; ErrSetupGone if not.
func (s *Service) CheckSetup(ctx context.Context, token string) error {
	hash, ok := tokenHash(token)
	if !ok {
		return ErrSetupGone
	}
	err := s.o.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := checkSetup(ctx, tx, hash, s.o.Now())
		return err
	})
	if err != nil {
		return fmt.Errorf("check set-up link: %w", err)
	}
	return nil
}

// NewAccount is what a person says about themselves to get an account.
type NewAccount struct {
	Email    string
	Name     string
	Password string
}

// make checks what was said and hashes the password.
func (s *Service) make(ctx context.Context, n NewAccount) (Account, error) {
	email, err := NormalEmail(n.Email)
	if err != nil {
		return Account{}, err
	}
	name, err := NormalName(n.Name)
	if err != nil {
		return Account{}, err
	}
	if err := checkPassword(n.Password, email); err != nil {
		return Account{}, err
	}
	hash, err := s.secrets.hash(ctx, n.Password)
	if err != nil {
		return Account{}, err
	}
	return Account{ID: id.New[id.Agent](), Email: email, Name: name, hash: hash}, nil
}

// Setup uses the set-up link: it makes the owner, the first property and the owner's login, or nothing.
func (s *Service) Setup(ctx context.Context, token string, n NewAccount, propertyName string, from Client) (Grant, error) {
	if err := s.CheckSetup(ctx, token); err != nil { // before a stranger may make us hash
		return Grant{}, err
	}
	acc, err := s.make(ctx, n)
	if err != nil {
		return Grant{}, err
	}
	g, info, hash := s.newGrant(acc.ID, from)
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		fact, err := checkSetup(ctx, tx, hashOf(token), s.o.Now())
		if err != nil {
			return err
		}
		if err := takeSetup(ctx, tx, fact); err != nil {
			return err
		}
		p, entries, err := s.own(ctx, tx, acc, propertyName, acc.ID)
		if err != nil {
			return err
		}
		if err := insertLogin(ctx, tx, acc.ID, hash, info); err != nil {
			return err
		}
		return s.audit(ctx, tx, append(entries, loggedIn(acc.ID, info).Each([]id.Property{p})...)...)
	})
	if err != nil {
		return Grant{}, fmt.Errorf("set up: %w", err)
	}
	return g, nil
}

// own makes an account and a property that it owns. by is who does it, for the audit log; the caller writes the entries.
func (s *Service) own(
	ctx context.Context, tx *db.Tx, acc Account, propertyName string, by id.Agent,
) (id.Property, []audit.Entry, error) {
	if err := insertAccount(ctx, tx, acc, s.o.Now()); err != nil {
		return "", nil, err
	}
	return s.found(ctx, tx, acc, propertyName, by)
}

// found makes a property with its first owner. by is who does it, for the audit log; the caller writes the entries.
func (s *Service) found(
	ctx context.Context, tx *db.Tx, owner Account, name string, by id.Agent,
) (id.Property, []audit.Entry, error) {
	p, err := s.o.Properties.Create(ctx, tx, name)
	if err != nil {
		if e := errs.Find(err); e != nil && e.Kind == errs.Invalid {
			err = e.At("property_name")
		}
		return "", nil, err
	}
	entries, err := s.join(ctx, tx, p, owner, actor.Owner, joined{By: by})
	made := audit.Entry{Property: p, Agent: by, Action: audit.PropertyMade, Target: string(p), Detail: named{strings.TrimSpace(name)}}
	return p, append([]audit.Entry{made}, entries...), err
}

// CreateOwner makes an owner with a property of their own, and ends the set-up link. For `parley admin` and the demo.
func (s *Service) CreateOwner(ctx context.Context, n NewAccount, propertyName string) (id.Agent, id.Property, error) {
	acc, err := s.make(ctx, n)
	if err != nil {
		return "", "", err
	}
	var p id.Property
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := dropSetup(ctx, tx); err != nil {
			return err
		}
		var entries []audit.Entry
		var err error
		if p, entries, err = s.own(ctx, tx, acc, propertyName, ""); err != nil {
			return err
		}
		return s.audit(ctx, tx, entries...)
	})
	if err != nil {
		return "", "", fmt.Errorf("create owner: %w", err)
	}
	return acc.ID, p, nil
}

// CreateMember makes an account in a property's team without an invite. For the demo and tests.
func (s *Service) CreateMember(ctx context.Context, p id.Property, n NewAccount, role actor.Role) (id.Agent, error) {
	acc, err := s.make(ctx, n)
	if err != nil {
		return "", err
	}
	if !role.Valid() {
		return "", ErrRole
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := insertAccount(ctx, tx, acc, s.o.Now()); err != nil {
			return err
		}
		entries, err := s.join(ctx, tx, p, acc, role, joined{})
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, entries...)
	})
	if err != nil {
		return "", fmt.Errorf("create member of property %s: %w", p, err)
	}
	return acc.ID, nil
}

// Found makes a further property for an agent who owns one already.
func (s *Service) Found(ctx context.Context, who actor.Login, name string) (Place, error) {
	made := Place{Role: actor.Owner}
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		owner, err := ownsAny(ctx, tx, who.Agent)
		if err != nil {
			return err
		}
		if !owner {
			return ErrOwnersMake
		}
		me, err := account(ctx, tx, who.Agent)
		if err != nil {
			return err
		}
		var entries []audit.Entry
		if made.ID, entries, err = s.found(ctx, tx, me, name, who.Agent); err != nil {
			return renamed(err)
		}
		places, err := placesOf(ctx, tx, who.Agent)
		if err != nil {
			return err
		}
		for _, p := range places {
			if p.ID == made.ID {
				made = p
			}
		}
		return s.audit(ctx, tx, entries...)
	})
	if err != nil {
		return Place{}, fmt.Errorf("make property: %w", err)
	}
	return made, nil
}
