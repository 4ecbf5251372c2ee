package agent

import (
	"context"
	"database/sql"
	"errors"

	"parley/internal/platform/db"
)

// findFact reads a fact about the installation; empty: it is not known yet.
func findFact(ctx context.Context, tx *db.Tx, name string) (value string, err error) {
	err = tx.Row(ctx, `SELECT value FROM installation WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// keepFact writes a fact that is not known yet.
func keepFact(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, value)
	return err
}
