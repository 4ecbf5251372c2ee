package ticket

import (
	"context"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

func ofVisitor(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]Ticket, error) {
	rows, err := tx.Query(ctx, `SELECT`+columns+` WHERE t.property_id = $1 AND t.visitor_id = $2 ORDER BY t.created_at, t.id`, p, v)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Ticket
	for rows.Next() {
		t, err := scan(rows, p)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

func deleteOf(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM tickets WHERE property_id = $1 AND visitor_id = $2`, p, v)
}
