package article

import (
	"context"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Readable reports whether readers find anything in the property's help centre, in whatever language. It asks the database: the
// widget's side, which wants to know, remembers it until [Changed] says that pages are others.
func (s *Service) Readable(ctx context.Context, p id.Property) (readable bool, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM article_pages WHERE property_id = $1 AND audience = 'public')`, p).Scan(&readable)
	})
	if err != nil {
		return false, fmt.Errorf("is there something to read in property %s: %w", p, err)
	}
	return readable, nil
}
