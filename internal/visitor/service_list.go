package visitor

import (
	"context"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Find reads one visitor's row, inside the caller's transaction.
func (s *Service) Find(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (Visitor, error) {
	return find(ctx, tx, p, v)
}

// List reads the visitors among ids who have a row: who they are and how often they came, without the facts of their browser.
func (s *Service) List(ctx context.Context, p id.Property, ids []id.Visitor) (list []Visitor, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = listed(ctx, tx, p, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list visitors: %w", err)
	}
	return list, nil
}

// masked reports whether agents are shown addresses without their last part.
func (s *Service) masked(ctx context.Context, p id.Property) (yes bool, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		yes, err = masks(ctx, tx, p)
		return err
	})
	return yes, err
}
