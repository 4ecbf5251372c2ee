package privacy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

const columns = `SELECT id, at, agent_id, visitor_hash, counts FROM erasures WHERE property_id = $1`

func insert(ctx context.Context, tx *db.Tx, p id.Property, r Receipt) error {
	counts, err := json.Marshal(r.Counts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO erasures (id, property_id, at, agent_id, visitor_hash, counts) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.ID, p, r.At.UnixMilli(), r.By, r.VisitorHash, string(counts))
	return err
}

// find never crosses a property: a neighbour's receipt is ErrNoReceipt.
func find(ctx context.Context, tx *db.Tx, p id.Property, erasure id.Erasure) (Receipt, error) {
	return scan(tx.Row(ctx, columns+` AND id = $2`, p, erasure))
}

func findByHash(ctx context.Context, tx *db.Tx, p id.Property, hash string) (Receipt, error) {
	return scan(tx.Row(ctx, columns+` AND visitor_hash = $2`, p, hash))
}

func list(ctx context.Context, tx *db.Tx, p id.Property, from page.Cursor, limit int) ([]Receipt, error) {
	rows, err := tx.Query(ctx, columns+` AND ($2 = '' OR (at, id) < ($3, $2)) ORDER BY at DESC, id DESC LIMIT $4`, p, from.ID, from.At, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Receipt
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, r)
	}
	return items, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (r Receipt, err error) {
	var at int64
	var counts string
	err = row.Scan(&r.ID, &at, &r.By, &r.VisitorHash, &counts)
	if errors.Is(err, sql.ErrNoRows) {
		return Receipt{}, ErrNoReceipt
	}
	if err == nil {
		r.At, err = time.UnixMilli(at).UTC(), json.Unmarshal([]byte(counts), &r.Counts)
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt %s: %w", r.ID, err)
	}
	return r, nil
}

// deleteHours deletes the counts of hours that ended before at. Mostly there are none, or one.
func deleteHours(ctx context.Context, tx *db.Tx, p id.Property, at time.Time) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM visit_counts WHERE property_id = $1 AND hour < $2`, p, at.Unix()/3600)
}
