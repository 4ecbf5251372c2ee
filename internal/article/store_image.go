package article

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

func insertImage(ctx context.Context, tx *db.Tx, who actor.Agent, i Image, at time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO help_images (id, property_id, type, width, height, bytes, agent_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO NOTHING`, i.ID, who.Property, i.Type, i.Width, i.Height, i.Bytes, who.ID, at.UnixMilli())
	return err
}

// findImage never crosses a property: a neighbour's image is ErrNoImage.
func findImage(ctx context.Context, tx *db.Tx, p id.Property, image id.Image) (i Image, err error) {
	err = tx.Row(ctx, `SELECT id, type, width, height, bytes FROM help_images WHERE property_id = $1 AND id = $2`, p, image).
		Scan(&i.ID, &i.Type, &i.Width, &i.Height, &i.Bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return Image{}, ErrNoImage
	}
	return i, err
}
