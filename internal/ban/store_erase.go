package ban

import (
	"context"
	"encoding/json"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// about reads the bans that name the visitor, with their records.
func about(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]Ban, error) {
	rows, err := tx.Query(ctx, `SELECT`+banFields+`, b.record`+banTables+` WHERE b.property_id = $1 AND b.visitor_id = $2 ORDER BY b.made_at, b.id`, p, v)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Ban
	for rows.Next() {
		var record string
		b, err := scanBan(rows, &record)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(record), &b.Record); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// wipe leaves of a ban what it decides by. Who reads the list finds it by that alone.
func wipe(ctx context.Context, tx *db.Tx, p id.Property, b Ban) error {
	_, err := tx.Exec(ctx, `UPDATE bans SET record = '{}', search = $1, chat_id = '', session_id = '' WHERE property_id = $2 AND id = $3`,
		b.search(), p, b.ID)
	return err
}

func names(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (yes bool, err error) {
	err = tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM bans WHERE property_id = $1 AND visitor_id = $2)`, p, v).Scan(&yes)
	return yes, err
}
