package chat

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/ban"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// personIn is a person as the open transaction sees them: memory may have to ask the database, and must not do so in there.
func personIn(ctx context.Context, tx *db.Tx, a id.Agent) (wire.Person, error) {
	p := wire.Person{ID: a}
	var picture string
	err := tx.Row(ctx, `SELECT name, picture_id FROM agents WHERE id = $1`, a).Scan(&p.Name, &picture)
	p.Picture = picturePath(picture)
	return p, err
}

// lastWords are the last n messages that somebody wrote for both sides, in their order.
func lastWords(ctx context.Context, tx *db.Tx, p id.Property, session id.Session, n int) ([]ban.Message, error) {
	rows, err := tx.Query(ctx, `
		SELECT m.created_at, m.sender, COALESCE(a.name, ''), m.text FROM messages m LEFT JOIN agents a ON a.id = m.author_id
		WHERE m.property_id = $1 AND m.session_id = $2 AND m.vseq > 0 AND m.kind = 'text' ORDER BY m.vseq DESC LIMIT $3`, p, session, n)
	if err != nil {
		return nil, fmt.Errorf("last words of session %s: %w", session, err)
	}
	defer rows.Close()
	list := []ban.Message{}
	for rows.Next() {
		var m ban.Message
		if err := rows.Scan(&m.At, &m.From, &m.Author, &m.Text); err != nil {
			return nil, fmt.Errorf("last words of session %s: %w", session, err)
		}
		list = append(list, m)
	}
	slices.Reverse(list)
	return list, rows.Err()
}
