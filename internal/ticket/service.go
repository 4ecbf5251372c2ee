package ticket

import (
	"context"
	"errors"
	"fmt"

	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/visitor"
)

// team knows who works where; the agent feature answers.
type team interface {
	Member(ctx context.Context, agent id.Agent, property id.Property) (actor.Role, error)
}

// Service is the only way to a ticket.
type Service struct {
	DB       *db.DB
	Now      clock.Clock
	Visitors *visitor.Service
	Team     team
	Bans     bans
	Articles articles
	Exempt   func(address string) bool // networks without limits; nil: none
}

// bans decides who may write; the ban feature answers from memory.
type bans interface {
	Check(ctx context.Context, p id.Property, who ban.Who) (ban.Verdict, error)
}

// articles answers what a ticket shows of the article that it came from; the article feature does.
type articles interface {
	Card(ctx context.Context, p id.Property, a id.Article, language string, agents bool) (wire.Card, error)
}

// Leave stores a visitor's form, once: the same id again is answered with the first result.
func (s *Service) Leave(ctx context.Context, who actor.Visitor, facts visitor.Facts, form wire.VisitorTicket) (wire.Ack, error) {
	form, err := check(form, visitor.CheckEmail)
	if err != nil {
		return wire.Ack{}, err
	}
	facts.Name, facts.Email = form.Name, form.Email
	if err := s.refuseBanned(ctx, who, facts); err != nil {
		return wire.Ack{}, fmt.Errorf("leave ticket: %w", err)
	}
	card, err := s.cameFrom(ctx, who.Property, form)
	if err != nil {
		return wire.Ack{}, fmt.Errorf("leave ticket: %w", err)
	}
	var t Ticket
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lock(ctx, tx, who.Property); err != nil {
			return err
		}
		t, err = findByClient(ctx, tx, who, form.ID)
		if !errors.Is(err, ErrNotFound) {
			return err // stored already, or broken
		}
		if err := s.limit(ctx, tx, who); err != nil {
			return err
		}
		t, err = s.create(ctx, tx, who, facts, form, card)
		return err
	})
	if err != nil {
		return wire.Ack{}, fmt.Errorf("leave ticket: %w", err)
	}
	return wire.Ack{T: "ack", ID: form.ID, Session: t.Session, At: t.CreatedAt.UnixMilli()}, nil
}

// cameFrom is the article that a form names, if readers may see it: one that is gone takes nothing from the words.
func (s *Service) cameFrom(ctx context.Context, p id.Property, form wire.VisitorTicket) (wire.Card, error) {
	if !id.Valid(form.Article) {
		return wire.Card{}, nil
	}
	if len(form.Language) > wire.MaxLanguageBytes {
		form.Language = ""
	}
	card, err := s.Articles.Card(ctx, p, form.Article, form.Language, false)
	if errs.KindOf(err) == errs.NotFound {
		return wire.Card{}, nil
	}
	return card, err
}

// refuseBanned asks by the email address that was typed just now. It is remembered, or a new page would let the visitor in
// again; that it changed is news by which their other tabs go.
func (s *Service) refuseBanned(ctx context.Context, who actor.Visitor, facts visitor.Facts) error {
	verdict, err := s.Bans.Check(ctx, who.Property, ban.Who{Visitor: who.ID, Addresses: ban.Addresses(who.Address), Email: facts.Email})
	if err != nil || !verdict.Banned {
		return err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.Visitors.Ensure(ctx, tx, who, facts)
		return err
	})
	if err != nil {
		return err
	}
	return verdict.Err()
}

func (s *Service) create(ctx context.Context, tx *db.Tx, who actor.Visitor, facts visitor.Facts, form wire.VisitorTicket, from wire.Card) (Ticket, error) {
	_, err := s.Visitors.Ensure(ctx, tx, who, facts)
	if err != nil {
		return Ticket{}, err
	}
	t := Ticket{
		ID: id.New[id.Ticket](), Property: who.Property, Visitor: who.ID, ClientID: form.ID, Name: form.Name, Email: form.Email,
		Text: form.Text, Page: visitor.CleanPage(facts.Page), Article: from, State: Open, CreatedAt: s.Now(),
	}
	if t.Session, err = missedSession(ctx, tx, who); err != nil {
		return Ticket{}, err
	}
	if t.Number, err = nextNumber(ctx, tx, who.Property); err != nil {
		return Ticket{}, err
	}
	if err := insert(ctx, tx, t); err != nil {
		return Ticket{}, err
	}
	Created.Emit(tx, who.Property, Change{Ticket: t.ID, Number: t.Number})
	return t, nil
}

// limit counts what is stored, so that it holds on every node and a refused or failed try costs nothing.
func (s *Service) limit(ctx context.Context, tx *db.Tx, who actor.Visitor) error {
	if s.Exempt != nil && s.Exempt(who.Address) {
		return nil
	}
	since := s.Now().Add(-formWindow)
	n, oldest, err := countSince(ctx, tx, who, since)
	if err != nil || n < maxForms {
		return err
	}
	return ErrTooMany.In(oldest.Sub(since))
}

// Get reads one ticket of the agent's property.
func (s *Service) Get(ctx context.Context, who actor.Agent, ticket id.Ticket) (t Ticket, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = find(ctx, tx, who.Property, ticket)
		return err
	})
	return t, err
}

// Filter narrows a list; empty fields narrow nothing.
type Filter struct {
	State State
	Agent id.Agent
}

// List pages through the property's tickets, newest first.
func (s *Service) List(ctx context.Context, who actor.Agent, f Filter, from page.Cursor, limit int) (items []Ticket, next page.Cursor, err error) {
	limit = page.Limit(limit)
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		items, err = list(ctx, tx, who.Property, f, from, limit+1)
		return err
	})
	if len(items) > limit {
		items = items[:limit]
		last := items[limit-1]
		next = page.Cursor{At: last.CreatedAt.UnixMilli(), ID: string(last.ID)}
	}
	return items, next, err
}

// Open counts the property's open tickets, for the badge.
func (s *Service) Open(ctx context.Context, p id.Property) (n int64, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		n, err = countOpen(ctx, tx, p)
		return err
	})
	return n, err
}

// Change opens or closes a ticket, or says who has it. Changing nothing is fine and silent.
func (s *Service) Change(ctx context.Context, who actor.Agent, ticket id.Ticket, p Patch) (now Ticket, err error) {
	if p.Agent != nil && *p.Agent != "" {
		_, err := s.Team.Member(ctx, *p.Agent, who.Property)
		if errs.KindOf(err) == errs.NotFound {
			return Ticket{}, ErrAgent
		}
		if err != nil {
			return Ticket{}, err
		}
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lock(ctx, tx, who.Property); err != nil {
			return err
		}
		was, err := find(ctx, tx, who.Property, ticket)
		if err != nil {
			return err
		}
		if now, err = was.apply(p, s.Now()); err != nil || now == was {
			return err
		}
		Changed.Emit(tx, who.Property, Change{Ticket: now.ID, Number: now.Number})
		return update(ctx, tx, now)
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("change ticket %s: %w", ticket, err)
	}
	return now, nil
}
