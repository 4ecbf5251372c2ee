package visit

import (
	"context"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// listHours reads the stored counts from hour from (inclusive) to hour to (exclusive).
func listHours(ctx context.Context, tx *db.Tx, p id.Property, from, to int64) (list []Hour, err error) {
	rows, err := tx.Query(ctx, `
		SELECT hour, visits, pages, most FROM visit_counts
		WHERE property_id = $1 AND hour >= $2 AND hour < $3 ORDER BY hour`, p, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h Hour
		if err := rows.Scan(&h.Hour, &h.Visits, &h.Pages, &h.Most); err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, rows.Err()
}
