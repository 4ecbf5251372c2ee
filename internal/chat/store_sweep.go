package chat

import (
	"context"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// dueSessions are those of every property whose time-out or missed deadline has come.
func dueSessions(ctx context.Context, tx *db.Tx, now int64, limit int) (list []due, err error) {
	rows, err := tx.Query(ctx, `
		SELECT property_id, id FROM sessions WHERE timeout_at > 0 AND timeout_at <= $1
		UNION
		SELECT property_id, id FROM sessions WHERE missed_at > 0 AND missed_at <= $1
		LIMIT $2`, now, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.property, &d.session); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// nextDue is the nearest deadline, or latest if that is nearer.
func nextDue(ctx context.Context, tx *db.Tx, latest time.Time) (time.Time, error) {
	var timeout, missed int64
	err := tx.Row(ctx, `SELECT
		COALESCE((SELECT min(timeout_at) FROM sessions WHERE timeout_at > 0), $1),
		COALESCE((SELECT min(missed_at) FROM sessions WHERE missed_at > 0), $1)`, latest.UnixMilli()).Scan(&timeout, &missed)
	return time.UnixMilli(min(timeout, missed, latest.UnixMilli())).UTC(), err
}

// setDeadlines changes only rows whose deadlines are others now; timeout_at > 0 is the index of the active sessions.
func setDeadlines(ctx context.Context, tx *db.Tx, p id.Property, timeout, missed int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE sessions SET timeout_at = active_at + $2
		WHERE property_id = $1 AND timeout_at > 0 AND timeout_at <> active_at + $2`, p, timeout)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE sessions SET missed_at = $2 + (SELECT c.started_at FROM chats c WHERE c.id = sessions.chat_id)
		WHERE property_id = $1 AND missed_at > 0`, p, missed)
	return err
}
