package chat

import (
	"context"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// presentVisitors are those of every property whose session is active and does not say that they left the site.
func presentVisitors(ctx context.Context, tx *db.Tx) (list []moved, err error) {
	rows, err := tx.Query(ctx, `SELECT property_id, visitor_id FROM sessions WHERE state = $1 AND left_at = 0`, Active)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m moved
		if err := rows.Scan(&m.property, &m.visitor); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// openChats names the chats of $1 that wait or are served.
const openChats = `(SELECT id FROM chats WHERE property_id = $1 AND state IN ('waiting', 'served') ORDER BY id DESC LIMIT 1000)`

func openRows(ctx context.Context, tx *db.Tx, p id.Property) ([]wire.Row, error) {
	return chatRows(ctx, tx, selectRows("chats")+`WHERE c.id IN `+openChats, openChats, []any{p}, []any{p})
}

// atWork is an agent who is in a chat that goes on, or asked into one.
type atWork struct {
	property id.Property
	agent    id.Agent
}

// agentsAtWork are those of every property.
func agentsAtWork(ctx context.Context, tx *db.Tx) (list []atWork, err error) {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT c.property_id, x.agent_id FROM chats c JOIN chat_members x ON x.chat_id = c.id
		WHERE c.state IN ('waiting', 'served') AND x.state IN ('joined', 'invited')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var w atWork
		if err := rows.Scan(&w.property, &w.agent); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// sessionsOf are the sessions whose open chat the agent is in, or asked into.
func sessionsOf(ctx context.Context, tx *db.Tx, w atWork) (list []id.Session, err error) {
	rows, err := tx.Query(ctx, `
		SELECT c.session_id FROM chat_members x JOIN chats c ON c.id = x.chat_id
		WHERE x.agent_id = $2 AND x.state IN ('joined', 'invited') AND c.property_id = $1 AND c.state IN ('waiting', 'served')`,
		w.property, w.agent)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s id.Session
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
