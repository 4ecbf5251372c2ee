package privacy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"parley/internal/article"
	"parley/internal/audit"
	"parley/internal/ban"
	"parley/internal/chat"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/clock"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/property"
	"parley/internal/ticket"
	"parley/internal/visitor"
)

// ErrNoReceipt is also the answer for another property's receipt.
var ErrNoReceipt = errs.New(errs.NotFound, "erasure.not_found", "There is no such receipt.")

// visits knows who is on the site now; the visit feature answers.
type visits interface {
	// Whole is everything that is known of a visitor who is on the site, on whichever node; nil: they are not.
	Whole(ctx context.Context, p id.Property, v id.Visitor) (*wire.Visit, error)
}

// people knows agents' names; the agent feature answers, from memory.
type people interface {
	Person(ctx context.Context, a id.Agent) (wire.Person, error)
}

// Service exports and erases visitors, and forgets by age.
type Service struct {
	DB         *db.DB
	Now        clock.Clock
	Log        *slog.Logger
	People     people
	Properties *property.Service
	Visitors   *visitor.Service
	Chats      *chat.Service
	Tickets    *ticket.Service
	Bans       *ban.Service
	Articles   *article.Service
	Visits     visits
}

// Document is everything that Parley holds of a visitor. Times are unix ms, UTC.
type Document struct {
	Property   string                 `json:"property"`
	ExportedAt int64                  `json:"exported_at"`
	Visitor    *visitor.Export        `json:"visitor,omitempty"` // absent: never wrote, nothing is stored
	Visit      *wire.Visit            `json:"visit,omitempty"`   // absent: is not on the site now
	Sessions   []chat.ExportedSession `json:"sessions"`
	Openers    []chat.ExportedOpener  `json:"openers"`
	Tickets    []ticket.Export        `json:"tickets"`
	Bans       []ban.Export           `json:"bans"`
	Votes      []article.VoteExport   `json:"votes"`
}

// Export reads everything that is held of a visitor, and writes down that somebody took it out of the house.
func (s *Service) Export(ctx context.Context, who actor.Agent, v id.Visitor) (Document, error) {
	d, err := s.document(ctx, who.Property, v)
	if err == nil {
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			return audit.Write(ctx, tx, audit.Entry{
				Property: who.Property, At: s.Now(), Agent: who.ID, Action: audit.VisitorExported, Detail: exportDetail{d.number()},
			})
		})
	}
	if err != nil {
		return Document{}, fmt.Errorf("export visitor %s: %w", v, err)
	}
	return d, nil
}

// exportDetail is what the audit log keeps of an export: no id, so that the visitor can be erased.
type exportDetail struct {
	Number int64 `json:"number"`
}

func (d Document) number() int64 {
	switch {
	case d.Visitor != nil:
		return d.Visitor.Number
	case d.Visit != nil:
		return d.Visit.Number
	}
	return 0
}

func (s *Service) document(ctx context.Context, p id.Property, v id.Visitor) (Document, error) {
	if !id.Valid(v) {
		return Document{}, visitor.ErrNotFound
	}
	here, err := s.Visits.Whole(ctx, p, v)
	if err != nil {
		return Document{}, err
	}
	settings, err := s.Properties.Settings(ctx, p)
	if err != nil {
		return Document{}, err
	}
	d := Document{Property: settings.Name, ExportedAt: s.Now().UnixMilli(), Visit: here}
	err = s.DB.Read(ctx, func(tx *db.Tx) error { return s.read(ctx, tx, p, v, &d) })
	if err == nil && d.Visitor == nil && d.Visit == nil && len(d.Bans)+len(d.Votes) == 0 {
		err = visitor.ErrNotFound
	}
	return d, err
}

// read fills in what is stored.
func (s *Service) read(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor, d *Document) error {
	row, err := s.Visitors.Export(ctx, tx, p, v)
	switch {
	case err == nil:
		d.Visitor = &row
	case !errors.Is(err, visitor.ErrNotFound):
		return err
	}
	said, err := s.Chats.Export(ctx, tx, p, v)
	if err != nil {
		return err
	}
	d.Sessions, d.Openers = said.Sessions, said.Openers
	if d.Tickets, err = s.Tickets.Export(ctx, tx, p, v); err != nil {
		return err
	}
	if d.Bans, err = s.Bans.ExportVisitor(ctx, tx, p, v); err != nil {
		return err
	}
	d.Votes, err = s.Articles.ExportVotes(ctx, tx, p, v)
	return err
}

// Erase deletes everything that is held of a visitor, in one transaction, and answers the receipt. Their pages start anew as
// somebody else's. Erasing somebody again answers the first receipt.
func (s *Service) Erase(ctx context.Context, who actor.Agent, v id.Visitor) (Receipt, error) {
	r, err := s.erase(ctx, who, v)
	if err != nil {
		return Receipt{}, fmt.Errorf("erase visitor %s: %w", v, err)
	}
	return r, nil
}

func (s *Service) erase(ctx context.Context, who actor.Agent, v id.Visitor) (Receipt, error) {
	stored, err := s.known(ctx, who.Property, v)
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{ID: id.New[id.Erasure](), By: who.ID, VisitorHash: visitor.Hash(v)}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Visitors.Hold(ctx, tx, who.Property, v); err != nil {
			return err
		}
		r.At = s.Now()
		if r.Counts, err = s.delete(ctx, tx, who.Property, v); err != nil {
			return err
		}
		if stored {
			r.Counts.Visitor = 1
		}
		if err := insert(ctx, tx, who.Property, r); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			Property: who.Property, At: r.At, Agent: who.ID, Action: audit.VisitorErased, Target: string(r.ID), Detail: r.Counts,
		})
	})
	if errors.Is(err, visitor.ErrForgotten) { // done already
		err = s.DB.Read(ctx, func(tx *db.Tx) error {
			r, err = findByHash(ctx, tx, who.Property, visitor.Hash(v))
			return err
		})
	}
	return r, err
}

// known refuses a visitor of whom nobody has ever heard; stored: they have a row.
func (s *Service) known(ctx context.Context, p id.Property, v id.Visitor) (stored bool, err error) {
	if !id.Valid(v) {
		return false, visitor.ErrNotFound
	}
	var other bool
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := s.Visitors.Export(ctx, tx, p, v)
		if stored = err == nil; stored || !errors.Is(err, visitor.ErrNotFound) {
			return err
		}
		if other, err = s.Visitors.Forgotten(ctx, tx, p, v); err == nil && !other {
			other, err = s.Bans.Names(ctx, tx, p, v)
		}
		if err == nil && !other {
			other, err = s.Articles.Voted(ctx, tx, p, v)
		}
		return err
	})
	if stored || other || err != nil {
		return stored, err
	}
	here, err := s.Visits.Whole(ctx, p, v)
	if err == nil && here == nil {
		err = visitor.ErrNotFound
	}
	return false, err
}

// delete lets every feature delete what it holds. The row goes last: the others hang on it.
func (s *Service) delete(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (n Counts, err error) {
	said, err := s.Chats.Erase(ctx, tx, p, v)
	if err != nil {
		return n, err
	}
	n.Sessions, n.Chats, n.Messages, n.Openers = said.Sessions, said.Chats, said.Messages, said.Openers
	if n.Tickets, err = s.Tickets.Erase(ctx, tx, p, v); err != nil {
		return n, err
	}
	if n.Bans, err = s.Bans.EraseVisitor(ctx, tx, p, v); err != nil {
		return n, err
	}
	if n.Votes, err = s.Articles.EraseVotes(ctx, tx, p, v); err != nil {
		return n, err
	}
	return n, s.Visitors.Erase(ctx, tx, p, v)
}

// Receipts lists the property's receipts, newest first.
func (s *Service) Receipts(ctx context.Context, who actor.Agent, from page.Cursor, limit int) (items []Receipt, next page.Cursor, err error) {
	limit = page.Limit(limit)
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		items, err = list(ctx, tx, who.Property, from, limit+1)
		return err
	})
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list receipts: %w", err)
	}
	if len(items) > limit {
		items = items[:limit]
		last := items[limit-1]
		next = page.Cursor{At: last.At.UnixMilli(), ID: string(last.ID)}
	}
	return items, next, nil
}

// Receipt reads one receipt of the property.
func (s *Service) Receipt(ctx context.Context, who actor.Agent, erasure id.Erasure) (r Receipt, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		r, err = find(ctx, tx, who.Property, erasure)
		return err
	})
	return r, err
}
