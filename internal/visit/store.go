package visit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// addHours adds to the counts by the hour. A property that was deleted meanwhile has none.
func addHours(ctx context.Context, tx *db.Tx, p id.Property, hours []Hour) error {
	for _, h := range hours {
		_, err := tx.Exec(ctx, `
			INSERT INTO visit_counts (property_id, hour, visits, pages, most)
			SELECT id, $2, $3, $4, $5 FROM properties WHERE id = $1
			ON CONFLICT (property_id, hour) DO UPDATE SET visits = visit_counts.visits + excluded.visits,
				pages = visit_counts.pages + excluded.pages,
				most = CASE WHEN visit_counts.most > excluded.most THEN visit_counts.most ELSE excluded.most END`,
			p, h.Hour, h.Visits, h.Pages, h.Most)
		if err != nil {
			return fmt.Errorf("count visits: %w", err)
		}
	}
	return nil
}

// addVisits counts visits with the visitors who have a row. The list is in order, so that two nodes that write at once do not
// wait for each other.
func addVisits(ctx context.Context, tx *db.Tx, p id.Property, list []id.Visitor, begun map[id.Visitor]begin) error {
	for _, v := range list {
		b := begun[v]
		_, err := tx.Exec(ctx, `
			UPDATE visitors SET visit_count = visit_count + $3, last_visit_at = $4
			WHERE property_id = $1 AND id = $2`, p, v, b.n, b.at)
		if err != nil {
			return fmt.Errorf("count the visits of %s: %w", v, err)
		}
	}
	return nil
}

// reserve takes n numbers of visitors for this node, and answers the last of them. 0: there is no such property.
func reserve(ctx context.Context, tx *db.Tx, p id.Property, n int64) (last int64, err error) {
	err = tx.Row(ctx, `UPDATE properties SET visitor_count = visitor_count + $2 WHERE id = $1 RETURNING visitor_count`, p, n).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return last, err
}
