package ticket

import (
	"context"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// Export is a ticket as it is stored. Times are unix ms.
type Export struct {
	Number    int64      `json:"number"`
	Name      string     `json:"name"`
	Email     string     `json:"email"`
	Text      string     `json:"text"`
	PageURL   string     `json:"page_url,omitempty"`
	PageTitle string     `json:"page_title,omitempty"`
	Article   *wire.Card `json:"article,omitempty"`
	State     State      `json:"state"`
	CreatedAt int64      `json:"created_at"`
	ClosedAt  int64      `json:"closed_at,omitempty"`
}

// Export reads all of the visitor's tickets inside the caller's transaction, oldest first.
func (s *Service) Export(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]Export, error) {
	all, err := ofVisitor(ctx, tx, p, v)
	if err != nil {
		return nil, fmt.Errorf("export tickets of visitor %s: %w", v, err)
	}
	list := make([]Export, len(all))
	for i, t := range all {
		list[i] = Export{
			Number: t.Number, Name: t.Name, Email: t.Email, Text: t.Text, PageURL: t.Page.URL, PageTitle: t.Page.Title, Article: t.Article.Shown(),
			State: t.State, CreatedAt: t.CreatedAt.UnixMilli(),
		}
		if !t.ClosedAt.IsZero() {
			list[i].ClosedAt = t.ClosedAt.UnixMilli()
		}
	}
	return list, nil
}

// Erase deletes all of the visitor's tickets inside the caller's transaction, and answers how many they were.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (int64, error) {
	n, err := deleteOf(ctx, tx, p, v)
	if err != nil {
		return 0, fmt.Errorf("erase tickets of visitor %s: %w", v, err)
	}
	if n > 0 {
		Changed.Emit(tx, p, Change{}) // of no ticket that is still there: the counts are others
	}
	return n, nil
}
