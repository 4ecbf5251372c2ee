package chat

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
		SELECT m.created_at, m.sender, COALESCE(a.name, ''), m.text, m.card FROM messages m LEFT JOIN agents a ON a.id = m.author_id
		WHERE m.property_id = $1 AND m.session_id = $2 AND m.vseq > 0 AND m.kind = 'text' ORDER BY m.vseq DESC LIMIT $3`, p, session, n)
	if err != nil {
		return nil, fmt.Errorf("last words of session %s: %w", session, err)
	}
	defer rows.Close()
	list := []ban.Message{}
	for rows.Next() {
		var m ban.Message
		var card string
		if err := rows.Scan(&m.At, &m.From, &m.Author, &m.Text, &card); err != nil {
			return nil, fmt.Errorf("last words of session %s: %w", session, err)
		}
		m.Text = titled(m.Text, wire.KeptCard(card))
		list = append(list, m)
	}
	slices.Reverse(list)
	return list, rows.Err()
}

// banRef reads who made a ban, and why.
func banRef(ctx context.Context, tx *db.Tx, p id.Property, by id.Ban) (ban.Ref, error) {
	ref := ban.Ref{ID: by}
	err := tx.Row(ctx, `SELECT made_by, reason FROM bans WHERE property_id = $1 AND id = $2`, p, by).Scan(&ref.By, &ref.Reason)
	if err != nil {
		return ref, fmt.Errorf("read ban %s: %w", by, err)
	}
	return ref, nil
}

// activeOf are those of the visitors who are in a session.
func activeOf(ctx context.Context, tx *db.Tx, p id.Property, visitors []id.Visitor) (active []id.Visitor, err error) {
	err = inPieces(ctx, tx, `SELECT visitor_id, '' FROM sessions WHERE property_id = $1 AND state = 'active' AND visitor_id IN `, p, visitors,
		func(v id.Visitor, _ string) { active = append(active, v) })
	return active, err
}

// emailsOf are the email addresses of those of the visitors who gave one.
func emailsOf(ctx context.Context, tx *db.Tx, p id.Property, visitors []id.Visitor) (map[id.Visitor]string, error) {
	emails := map[id.Visitor]string{}
	err := inPieces(ctx, tx, `SELECT id, email FROM visitors WHERE property_id = $1 AND email <> '' AND id IN `, p, visitors,
		func(v id.Visitor, email string) { emails[v] = email })
	return emails, err
}

// pieceSize is how many visitors are asked about at once.
const pieceSize = 256

// inPieces asks about many visitors in statements of one length, so that few have to be kept prepared.
func inPieces(ctx context.Context, tx *db.Tx, query string, p id.Property, visitors []id.Visitor, each func(id.Visitor, string)) error {
	marks := make([]string, pieceSize)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	query += "(" + strings.Join(marks, ", ") + ")"
	for piece := range slices.Chunk(visitors, pieceSize) {
		args := make([]any, pieceSize+1)
		args[0] = p
		for i := range pieceSize {
			args[i+1] = piece[min(i, len(piece)-1)]
		}
		if err := eachVisitor(ctx, tx, query, args, each); err != nil {
			return fmt.Errorf("look for %d visitors: %w", len(piece), err)
		}
	}
	return nil
}

func eachVisitor(ctx context.Context, tx *db.Tx, query string, args []any, each func(id.Visitor, string)) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var v id.Visitor
		var text string
		if err := rows.Scan(&v, &text); err != nil {
			return err
		}
		each(v, text)
	}
	return rows.Err()
}
