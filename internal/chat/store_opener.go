package chat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

const (
	openerColumns = `id, property_id, visitor_id, agent_id, client_id, text, state, made_at, seen_at, ended_at, session_id`
	pending       = ` state IN ('sent', 'seen')` // as the index openers_pending has it
)

func (o *Opener) fields() []any {
	return []any{&o.ID, &o.Property, &o.Visitor, &o.Agent, &o.ClientID, &o.Text, &o.State, &o.MadeAt, &o.SeenAt, &o.EndedAt, &o.Session}
}

// findOpener answers a zero Opener when there is none.
func findOpener(ctx context.Context, tx *db.Tx, where string, args ...any) (o Opener, err error) {
	err = tx.Row(ctx, `SELECT `+openerColumns+` FROM openers WHERE `+where, args...).Scan(o.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return Opener{}, nil
	}
	return o, err
}

// pendingOpener is the one that waits for the visitor's answer.
func pendingOpener(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (Opener, error) {
	return findOpener(ctx, tx, `property_id = $1 AND visitor_id = $2 AND`+pending, p, v)
}

// openerOfKey is the one that the agent sent with this client id before.
func openerOfKey(ctx context.Context, tx *db.Tx, a id.Agent, clientID string) (Opener, error) {
	return findOpener(ctx, tx, `agent_id = $1 AND client_id = $2`, a, clientID)
}

// lockOpener keeps others from the opener until the commit; a zero one: it is not the visitor's.
func lockOpener(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor, opener id.Opener) (o Opener, err error) {
	err = tx.Row(ctx, `
		UPDATE openers SET state = state WHERE property_id = $1 AND visitor_id = $2 AND id = $3 RETURNING `+openerColumns,
		p, v, opener).Scan(o.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return Opener{}, nil
	}
	return o, err
}

// insertOpener answers errTwice when its agent has sent this client id before.
func insertOpener(ctx context.Context, tx *db.Tx, o Opener) error {
	n, err := tx.Exec(ctx, `
		INSERT INTO openers (`+openerColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (agent_id, client_id) DO NOTHING`,
		o.ID, o.Property, o.Visitor, o.Agent, o.ClientID, o.Text, o.State, o.MadeAt, o.SeenAt, o.EndedAt, o.Session)
	if err == nil && n == 0 {
		return errTwice
	}
	return err
}

func saveOpener(ctx context.Context, tx *db.Tx, o Opener) error {
	_, err := tx.Exec(ctx, `UPDATE openers SET state = $3, seen_at = $4, ended_at = $5, session_id = $6 WHERE property_id = $1 AND id = $2`,
		o.Property, o.ID, o.State, o.SeenAt, o.EndedAt, o.Session)
	return err
}

// holdVisitor lets one at a time begin something with a visitor who is in no session: an agent an opener, the visitor a
// session. SQLite has one writer anyway. errRaced: the row was deleted meanwhile.
func holdVisitor(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) error {
	if tx.Dialect() == db.SQLite {
		return nil
	}
	n, err := tx.Exec(ctx, `UPDATE visitors SET seen_at = seen_at WHERE property_id = $1 AND id = $2`, p, v)
	if err == nil && n == 0 {
		return errRaced
	}
	return err
}

// activeChat is the newest chat of the visitor's active session; empty: they are in none.
func activeChat(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (chat id.Chat, err error) {
	err = tx.Row(ctx, `SELECT chat_id FROM sessions WHERE property_id = $1 AND visitor_id = $2 AND state = 'active'`, p, v).Scan(&chat)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return chat, err
}

// pendingOpenersOf are those of many visitors.
func pendingOpenersOf(ctx context.Context, tx *db.Tx, p id.Property, visitors []id.Visitor) (list []Opener, err error) {
	var found []id.Opener
	err = inPieces(ctx, tx, `SELECT visitor_id, id FROM openers WHERE property_id = $1 AND`+pending+` AND visitor_id IN `, p, visitors,
		func(_ id.Visitor, opener string) { found = append(found, id.Opener(opener)) })
	for _, opener := range found {
		o, e := findOpener(ctx, tx, `id = $1 AND`+pending, opener)
		if err = errors.Join(err, e); o.ID != "" {
			list = append(list, o)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("pending openers: %w", err)
	}
	return list, nil
}

// view is the opener as its visitor sees it.
func (o Opener) view(by wire.Person) *wire.Opener {
	return &wire.Opener{ID: o.ID, Agent: by, Text: o.Text, At: o.MadeAt, Seen: o.State == wire.OpenerSeen}
}
