package ticket

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

const columns = `
	t.id, t.number, t.visitor_id, t.session_id, t.client_id, t.name, t.email, t.text, t.page_url, t.page_title, t.state, t.agent_id,
	t.created_at, t.closed_at, t.card, COALESCE(s.chat_id, ''), v.country
	FROM tickets t JOIN visitors v ON v.id = t.visitor_id LEFT JOIN sessions s ON s.id = t.session_id`

// lock takes the property's row: tickets are rare, and their numbers have neither holes nor doubles.
func lock(ctx context.Context, tx *db.Tx, p id.Property) error {
	n, err := tx.Exec(ctx, `UPDATE properties SET version = version WHERE id = $1`, p)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

func nextNumber(ctx context.Context, tx *db.Tx, p id.Property) (n int64, err error) {
	err = tx.Row(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM tickets WHERE property_id = $1`, p).Scan(&n)
	return n, err
}

// missedSession is the visitor's newest session, if nobody served its newest chat in time; else empty.
func missedSession(ctx context.Context, tx *db.Tx, who actor.Visitor) (id.Session, error) {
	var session id.Session
	var state string
	err := tx.Row(ctx, `
		SELECT id, chat_state FROM sessions WHERE property_id = $1 AND visitor_id = $2 ORDER BY started_at DESC, id DESC LIMIT 1`,
		who.Property, who.ID).Scan(&session, &state)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && state != "missed") {
		return "", nil
	}
	return session, err
}

func countSince(ctx context.Context, tx *db.Tx, who actor.Visitor, since time.Time) (n int, oldest time.Time, err error) {
	var ms int64
	err = tx.Row(ctx, `
		SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM tickets WHERE property_id = $1 AND visitor_id = $2 AND created_at > $3`,
		who.Property, who.ID, since.UnixMilli()).Scan(&n, &ms)
	return n, time.UnixMilli(ms).UTC(), err
}

func countOpen(ctx context.Context, tx *db.Tx, p id.Property) (n int64, err error) {
	err = tx.Row(ctx, `SELECT COUNT(*) FROM tickets WHERE property_id = $1 AND state = $2`, p, Open).Scan(&n)
	return n, err
}

// find never crosses a property: a neighbour's ticket is ErrNotFound.
func find(ctx context.Context, tx *db.Tx, p id.Property, ticket id.Ticket) (Ticket, error) {
	return scan(tx.Row(ctx, `SELECT`+columns+` WHERE t.property_id = $1 AND t.id = $2`, p, ticket), p)
}

func findByClient(ctx context.Context, tx *db.Tx, who actor.Visitor, clientID string) (Ticket, error) {
	return scan(tx.Row(ctx, `SELECT`+columns+` WHERE t.property_id = $1 AND t.visitor_id = $2 AND t.client_id = $3`,
		who.Property, who.ID, clientID), who.Property)
}

func list(ctx context.Context, tx *db.Tx, p id.Property, f Filter, from page.Cursor, limit int) ([]Ticket, error) {
	rows, err := tx.Query(ctx, `
		SELECT`+columns+`
		WHERE t.property_id = $1 AND ($2 = '' OR t.state = $2) AND ($3 = '' OR t.agent_id = $3)
			AND ($4 = '' OR (t.created_at, t.id) < ($5, $4))
		ORDER BY t.created_at DESC, t.id DESC LIMIT $6`,
		p, string(f.State), string(f.Agent), from.ID, from.At, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Ticket
	for rows.Next() {
		t, err := scan(rows, p)
		if err != nil {
			return nil, err
		}
		items = append(items, t)
	}
	return items, rows.Err()
}

func scan(row interface{ Scan(...any) error }, p id.Property) (Ticket, error) {
	t := Ticket{Property: p}
	var created, closed int64
	var card string
	err := row.Scan(&t.ID, &t.Number, &t.Visitor, &t.Session, &t.ClientID, &t.Name, &t.Email, &t.Text, &t.Page.URL, &t.Page.Title,
		&t.State, &t.Agent, &created, &closed, &card, &t.Chat, &t.Country)
	if errors.Is(err, sql.ErrNoRows) {
		return Ticket{}, ErrNotFound
	}
	t.Article = wire.KeptCard(card)
	t.CreatedAt = time.UnixMilli(created).UTC()
	if closed != 0 {
		t.ClosedAt = time.UnixMilli(closed).UTC()
	}
	return t, err
}

func insert(ctx context.Context, tx *db.Tx, t Ticket) error {
	card, err := t.Article.Kept()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO tickets (id, property_id, number, visitor_id, session_id, client_id, name, email, text, page_url, page_title, card, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		t.ID, t.Property, t.Number, t.Visitor, t.Session, t.ClientID, t.Name, t.Email, t.Text, t.Page.URL, t.Page.Title, card, t.State,
		t.CreatedAt.UnixMilli())
	return err
}

func update(ctx context.Context, tx *db.Tx, t Ticket) error {
	var closed int64
	if !t.ClosedAt.IsZero() {
		closed = t.ClosedAt.UnixMilli()
	}
	n, err := tx.Exec(ctx, `UPDATE tickets SET state = $1, agent_id = $2, closed_at = $3 WHERE property_id = $4 AND id = $5`,
		t.State, t.Agent, closed, t.Property, t.ID)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
