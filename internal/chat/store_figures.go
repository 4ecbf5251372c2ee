package chat

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// countSlots walks chats_history, which is in the order of started_at.
func countSlots(ctx context.Context, tx *db.Tx, p id.Property, from, to int64) (list []Slot, err error) {
	rows, err := tx.Query(ctx, `
		SELECT started_at / 900000, count(*), count(CASE WHEN served_at > 0 THEN 1 END), count(CASE WHEN state = 'missed' THEN 1 END)
		FROM chats WHERE property_id = $1 AND started_at >= $2 AND started_at < $3
		GROUP BY 1 ORDER BY 1`, p, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s Slot
		if err := rows.Scan(&s.At, &s.Chats, &s.Served, &s.Missed); err != nil {
			return nil, err
		}
		s.At *= SlotLength.Milliseconds()
		list = append(list, s)
	}
	return list, rows.Err()
}

// countWaits leaves out the chats that an agent began: they were served in the moment they were there.
func countWaits(ctx context.Context, tx *db.Tx, p id.Property, from, to int64) (list []Wait, err error) {
	rows, err := tx.Query(ctx, `
		SELECT (served_at - started_at) / 1000, count(*)
		FROM chats WHERE property_id = $1 AND started_at >= $2 AND started_at < $3 AND served_at > started_at
		GROUP BY 1 ORDER BY 1`, p, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w Wait
		if err := rows.Scan(&w.Seconds, &w.Chats); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// rated is the condition of a rated session that ended in a time, as sessions_ended has them. $1 the property, $2 and $3 the time.
const rated = `s.property_id = $1 AND s.state = 'ended' AND s.ended_at >= $2 AND s.ended_at < $3 AND s.rating <> 0`

func countRatings(ctx context.Context, tx *db.Tx, p id.Property, from, to int64) (good, bad int64, err error) {
	err = tx.Row(ctx, `SELECT count(CASE WHEN s.rating > 0 THEN 1 END), count(CASE WHEN s.rating < 0 THEN 1 END) FROM sessions s WHERE `+rated,
		p, from, to).Scan(&good, &bad)
	return good, bad, err
}

func newestComments(ctx context.Context, tx *db.Tx, p id.Property, from, to int64) (list []Comment, err error) {
	rows, err := tx.Query(ctx, `
		SELECT s.chat_id, s.ended_at, s.rating > 0, s.comment, v.name, v.number, COALESCE((
			SELECT a.name FROM chat_members x JOIN agents a ON a.id = x.agent_id
			WHERE x.chat_id = s.chat_id AND x.joined_at > 0 ORDER BY x.joined_at DESC, a.id LIMIT 1), '')
		FROM sessions s JOIN visitors v ON v.id = s.visitor_id
		WHERE `+rated+` AND s.comment <> '' ORDER BY s.ended_at DESC, s.id DESC LIMIT $4`, p, from, to, MaxComments)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Comment
		if err := rows.Scan(&c.Chat, &c.At, &c.Good, &c.Text, &c.Visitor, &c.Number, &c.Agent); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func firstChat(ctx context.Context, tx *db.Tx, p id.Property) (time.Time, error) {
	var ms int64
	err := tx.Row(ctx, `SELECT started_at FROM chats WHERE property_id = $1 ORDER BY started_at, id LIMIT 1`, p).Scan(&ms)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, err
	}
	return time.UnixMilli(ms), nil
}
