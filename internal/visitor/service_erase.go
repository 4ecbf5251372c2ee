package visitor

import (
	"context"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Forgotten reports whether the visitor was erased. Ask it about a visitor with a good token and no row.
func (s *Service) Forgotten(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (bool, error) {
	return forgotten(ctx, tx, p, Hash(v))
}

// Hold locks the visitor's row for the caller's transaction, which is going to erase it. A visitor without a row gets one, so
// that another transaction that gives them one at this moment waits, and then finds that they were erased. ErrForgotten: they
// were erased already.
func (s *Service) Hold(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) error {
	number, err := nextNumber(ctx, tx, p) // locks the property's counter: one erases at a time
	if err != nil {
		return fmt.Errorf("hold visitor %s: %w", v, err)
	}
	switch erased, err := s.Forgotten(ctx, tx, p, v); {
	case err != nil:
		return err
	case erased:
		return ErrForgotten
	}
	return hold(ctx, tx, p, v, number, s.Now())
}

// Erase deletes the visitor's row, with all that still hangs on it, inside the caller's transaction, and lets every node know.
// The caller has deleted what other features hold, and keeps [Hash] of the id in a receipt.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) error {
	if err := deleteRow(ctx, tx, p, v); err != nil {
		return fmt.Errorf("erase visitor %s: %w", v, err)
	}
	Erased.Emit(tx, p, Gone{Visitor: v})
	return nil
}

// Export reads all of the visitor's row inside the caller's transaction; ErrNotFound: there is none.
func (s *Service) Export(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (Export, error) {
	return exportRow(ctx, tx, p, v)
}

// Trim forgets visitors who were not seen since before (unix ms): whoever has no session and no ticket left is deleted; of the
// others the address, place, page and browser go. It takes at most limit of each, in one short transaction; call it until it
// does nothing. Nothing is written where there is nothing to forget.
func (s *Service) Trim(ctx context.Context, p id.Property, before int64, limit int) (done Trimmed, err error) {
	var loose, full []id.Visitor
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if loose, err = looseBefore(ctx, tx, p, before, limit); err == nil {
			full, err = fullBefore(ctx, tx, p, before, limit)
		}
		return err
	})
	if err == nil && len(loose)+len(full) > 0 {
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			done = Trimmed{}
			for _, v := range loose {
				n, err := deleteLoose(ctx, tx, p, v, before)
				if err != nil {
					return err
				}
				done.Deleted += n
			}
			for _, v := range full {
				n, err := empty(ctx, tx, p, v, before)
				if err != nil {
					return err
				}
				done.Emptied += n
			}
			return nil
		})
	}
	if err != nil {
		return Trimmed{}, fmt.Errorf("trim visitors of property %s: %w", p, err)
	}
	return done, nil
}
