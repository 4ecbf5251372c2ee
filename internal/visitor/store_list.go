package visitor

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// maxListed is how many visitors one query reads; fewer are asked for with the last one again, so that one statement does.
const maxListed = 64

func listed(ctx context.Context, tx *db.Tx, p id.Property, ids []id.Visitor) (list []Visitor, err error) {
	for some := range slices.Chunk(ids, maxListed) {
		if list, err = appendListed(ctx, tx, list, p, some); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func appendListed(ctx context.Context, tx *db.Tx, list []Visitor, p id.Property, ids []id.Visitor) ([]Visitor, error) {
	marks, args := make([]string, maxListed), make([]any, maxListed+1)
	args[0] = p
	for i := range maxListed {
		marks[i], args[i+1] = "$"+strconv.Itoa(i+2), ids[min(i, len(ids)-1)]
	}
	rows, err := tx.Query(ctx, `
		SELECT id, number, name, email, session_count, created_at, visit_count, last_visit_at
		FROM visitors WHERE property_id = $1 AND id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v := Visitor{Property: p}
		var created int64
		if err := rows.Scan(&v.ID, &v.Number, &v.Facts.Name, &v.Facts.Email, &v.Sessions, &created, &v.Visits, &v.LastVisit); err != nil {
			return nil, err
		}
		v.CreatedAt = time.UnixMilli(created).UTC()
		list = append(list, v)
	}
	return list, rows.Err()
}
