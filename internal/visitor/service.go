package visitor

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// errKey means that somebody changed the installation's row by hand: without the key every visitor would be forgotten.
var errKey = errors.New("installation: the visitors' key is damaged")

// Service is the only way to a visitor's row.
type Service struct {
	DB   *db.DB
	Now  clock.Clock
	Node string // this node's name on the bus, for [Change]

	// Number is the one under which agents see somebody without a row already; 0: they do not. nil: nobody is seen.
	Number func(p id.Property, v id.Visitor) int64
}

// LoadTokens reads the installation's key, making it on the first start. Nodes that start together agree on one.
func LoadTokens(ctx context.Context, d *db.DB) (Tokens, error) {
	fresh := make([]byte, keyBytes)
	if _, err := rand.Read(fresh); err != nil {
		return Tokens{}, fmt.Errorf("make the visitors' key: %w", err)
	}
	var stored string
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		stored, err = findKey(ctx, tx)
		return err
	})
	if err == nil && stored == "" {
		err = d.Write(ctx, func(tx *db.Tx) (err error) {
			if err = insertKey(ctx, tx, base64.StdEncoding.EncodeToString(fresh)); err != nil {
				return err
			}
			stored, err = findKey(ctx, tx)
			return err
		})
	}
	if err != nil {
		return Tokens{}, fmt.Errorf("load the visitors' key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(stored)
	if err != nil || len(key) < keyBytes {
		return Tokens{}, errKey
	}
	return NewTokens(key), nil
}

// Ensure gives the visitor a row with a number, inside the caller's transaction, or refreshes the row that is there.
// Nothing is written when nothing changed. Call it before the session's row is locked.
func (s *Service) Ensure(ctx context.Context, tx *db.Tx, who actor.Visitor, facts Facts) (Visitor, error) {
	return s.EnsureNumbered(ctx, tx, who, facts, 0)
}

// EnsureNumbered is Ensure for a visitor whom agents see on another node, under this number already; 0: not so.
func (s *Service) EnsureNumbered(ctx context.Context, tx *db.Tx, who actor.Visitor, facts Facts, number int64) (Visitor, error) {
	facts = facts.Clean()
	v, err := find(ctx, tx, who.Property, who.ID)
	switch {
	case err == nil:
		return s.refresh(ctx, tx, v, facts)
	case !errors.Is(err, ErrNotFound):
		return Visitor{}, err
	}
	now := s.Now()
	v = Visitor{ID: who.ID, Property: who.Property, Number: number, Facts: facts, CreatedAt: now, SeenAt: now}
	if v.Number == 0 {
		if v.Number, err = s.number(ctx, tx, who); err != nil {
			return Visitor{}, err
		}
	}
	inserted, err := insert(ctx, tx, v)
	if err != nil {
		return Visitor{}, fmt.Errorf("insert visitor %s: %w", who.ID, err)
	}
	if !inserted { // another tab was faster; its number holds
		return find(ctx, tx, who.Property, who.ID)
	}
	// Asked after the row was written: whoever erases the visitor at this moment holds the row, and this one waited for them.
	switch erased, err := s.Forgotten(ctx, tx, who.Property, who.ID); {
	case err != nil:
		return Visitor{}, err
	case erased:
		return Visitor{}, ErrForgotten
	}
	Made.Emit(tx, who.Property, Birth{Visitor: who.ID, Number: v.Number})
	return v, nil
}

func (s *Service) number(ctx context.Context, tx *db.Tx, who actor.Visitor) (int64, error) {
	if s.Number != nil {
		if n := s.Number(who.Property, who.ID); n > 0 {
			return n, nil
		}
	}
	return nextNumber(ctx, tx, who.Property)
}

// Refresh tells what a visitor's browser says now. A visitor without a row stays without one.
func (s *Service) Refresh(ctx context.Context, who actor.Visitor, facts Facts) error {
	facts = facts.Clean()
	var same bool
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := find(ctx, tx, who.Property, who.ID)
		same = errors.Is(err, ErrNotFound) || (err == nil && v.Facts.merge(facts) == v.Facts)
		if same {
			return nil
		}
		return err
	})
	if err != nil || same {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := find(ctx, tx, who.Property, who.ID)
		if err != nil {
			return err
		}
		_, err = s.refresh(ctx, tx, v, facts)
		return err
	})
}

// Get reads one visitor of the property.
func (s *Service) Get(ctx context.Context, p id.Property, v id.Visitor) (out Visitor, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = find(ctx, tx, p, v)
		return err
	})
	return out, err
}

// Update lets an agent put a visitor's name or email address right; nil leaves it, empty removes it.
func (s *Service) Update(ctx context.Context, who actor.Agent, visitor id.Visitor, name, email *string) (out Visitor, err error) {
	var facts Facts
	if name != nil {
		if facts.Name, err = CheckName(*name); err != nil {
			return Visitor{}, err
		}
	}
	if email != nil {
		if facts.Email, err = CheckEmail(*email); err != nil {
			return Visitor{}, err
		}
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := find(ctx, tx, who.Property, visitor)
		if err != nil {
			return err
		}
		out = was
		if name != nil {
			out.Facts.Name = facts.Name
		}
		if email != nil {
			out.Facts.Email = facts.Email
		}
		return s.save(ctx, tx, was, out)
	})
	if err != nil {
		return Visitor{}, fmt.Errorf("update visitor %s: %w", visitor, err)
	}
	return out, nil
}

func (s *Service) refresh(ctx context.Context, tx *db.Tx, was Visitor, facts Facts) (Visitor, error) {
	now := was
	now.Facts = was.Facts.merge(facts)
	return now, s.save(ctx, tx, was, now)
}

func (s *Service) save(ctx context.Context, tx *db.Tx, was, now Visitor) error {
	if now.Facts == was.Facts {
		return nil
	}
	now.SeenAt = s.Now()
	if err := update(ctx, tx, now); err != nil {
		return fmt.Errorf("refresh visitor %s: %w", now.ID, err)
	}
	Changed.Emit(tx, now.Property, Change{
		Visitor: now.ID, Node: s.Node,
		Email: now.Facts.Email != was.Facts.Email, Name: now.Facts.Name != was.Facts.Name,
	})
	return nil
}
