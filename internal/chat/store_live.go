package chat

import (
	"context"

	"parley/internal/platform/db"
)

// presentVisitors are those of every property whose session is active and does not say that they left the site.
func presentVisitors(ctx context.Context, tx *db.Tx) (list []moved, err error) {
	rows, err := tx.Query(ctx, `SELECT property_id, visitor_id FROM sessions WHERE state = $1 AND left_at = 0`, Active)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m moved
		if err := rows.Scan(&m.property, &m.visitor); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}
