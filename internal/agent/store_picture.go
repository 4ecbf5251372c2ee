package agent

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// replacePicture stores the agent's new picture (nil: none) and deletes the old one.
func replacePicture(ctx context.Context, tx *db.Tx, a id.Agent, p *Picture, at time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM pictures WHERE agent_id = $1`, a); err != nil {
		return err
	}
	var picture id.Picture
	if p != nil {
		picture = p.ID
		_, err := tx.Exec(ctx, `INSERT INTO pictures (id, agent_id, content_type, bytes, created_at) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, a, p.Type, p.Bytes, at.UnixMilli())
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE agents SET picture_id = $1 WHERE id = $2`, picture, a)
	return err
}

func findPicture(ctx context.Context, tx *db.Tx, i id.Picture) (Picture, error) {
	p := Picture{ID: i}
	err := tx.Row(ctx, `SELECT content_type, bytes FROM pictures WHERE id = $1`, i).Scan(&p.Type, &p.Bytes)
	if errors.Is(err, sql.ErrNoRows) {
		return Picture{}, ErrNoPicture
	}
	return p, err
}
