package chat

import (
	"context"
	"database/sql"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// lockSessionsOf keeps everybody else from the visitor's sessions until the commit; whoever waited finds them gone.
func lockSessionsOf(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]id.Session, error) {
	return lockAll(ctx, tx, update+lockOnly+` WHERE property_id = $1 AND visitor_id = $2 RETURNING id`, p, v)
}

// lockEndedBefore is a walk of the index sessions_ended.
func lockEndedBefore(ctx context.Context, tx *db.Tx, p id.Property, before int64, limit int) ([]id.Session, error) {
	return lockAll(ctx, tx, update+lockOnly+` WHERE id IN (
		SELECT id FROM sessions WHERE property_id = $1 AND state = 'ended' AND ended_at < $2 ORDER BY ended_at, id LIMIT $3) RETURNING id`,
		p, before, limit)
}

func lockAll(ctx context.Context, tx *db.Tx, query string, args ...any) ([]id.Session, error) {
	return all(ctx, tx, query, args, func(rows *sql.Rows) (s id.Session, err error) { return s, rows.Scan(&s) })
}

// all reads every row of a query.
func all[T any](ctx context.Context, tx *db.Tx, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

// deleteFound takes a session's messages out of the search, those that are in it already.
func deleteFound(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) (int64, error) {
	if tx.Dialect() != db.SQLite {
		return 0, nil // PostgreSQL's index is part of the table
	}
	return tx.Exec(ctx, `
		INSERT INTO messages_search (messages_search, rowid, text)
		SELECT 'delete', n, text FROM messages
		WHERE property_id = $1 AND session_id = $2 AND n IN (SELECT id FROM messages_search_docsize WHERE id = n)`, p, session)
}

func deleteMessages(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM messages WHERE property_id = $1 AND session_id = $2`, p, session)
}

// deleteChats takes their members with it.
func deleteChats(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM chats WHERE property_id = $1 AND session_id = $2`, p, session)
}

// deleteAnswered deletes the opener that became the session.
func deleteAnswered(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM openers WHERE property_id = $1 AND session_id = $2
			AND visitor_id = (SELECT visitor_id FROM sessions WHERE id = $2)`, p, session) // the visitor is what the index knows
}

// deleteSession takes what agents have read of it with it.
func deleteSession(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM sessions WHERE property_id = $1 AND id = $2`, p, session)
}

func deleteOpenersOf(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM openers WHERE property_id = $1 AND visitor_id = $2`, p, v)
}

func deleteOpenersBefore(ctx context.Context, tx *db.Tx, p id.Property, before int64) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM openers WHERE property_id = $1 AND made_at < $2 AND session_id = ''`, p, before)
}

func exportSessions(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]ExportedSession, error) {
	return all(ctx, tx, `
		SELECT id, state, ended_by, started_at, ended_at, rating, comment FROM sessions
		WHERE property_id = $1 AND visitor_id = $2 ORDER BY started_at, id`, []any{p, v},
		func(rows *sql.Rows) (e ExportedSession, err error) {
			return e, rows.Scan(&e.ID, &e.State, &e.EndedBy, &e.StartedAt, &e.EndedAt, &e.Rating, &e.Comment)
		})
}

func exportChats(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) ([]ExportedChat, error) {
	chats, err := all(ctx, tx, `
		SELECT id, number, state, started_at, served_at, ended_at FROM chats
		WHERE property_id = $1 AND session_id = $2 ORDER BY number`, []any{p, session},
		func(rows *sql.Rows) (e ExportedChat, err error) {
			e.Agents = []string{}
			return e, rows.Scan(&e.ID, &e.Number, &e.State, &e.StartedAt, &e.ServedAt, &e.EndedAt)
		})
	if err != nil {
		return nil, err
	}
	at := make(map[id.Chat]int, len(chats))
	for i, c := range chats {
		at[c.ID] = i
	}
	_, err = all(ctx, tx, `
		SELECT x.chat_id, a.name FROM chat_members x JOIN chats c ON c.id = x.chat_id JOIN agents a ON a.id = x.agent_id
		WHERE c.property_id = $1 AND c.session_id = $2 AND x.joined_at > 0 ORDER BY x.joined_at, a.id`, []any{p, session},
		func(rows *sql.Rows) (none struct{}, err error) {
			var chat id.Chat
			var name string
			if err = rows.Scan(&chat, &name); err == nil {
				chats[at[chat]].Agents = append(chats[at[chat]].Agents, name)
			}
			return none, err
		})
	return chats, err
}

func exportMessages(ctx context.Context, tx *db.Tx, p id.Property, session id.Session) ([]ExportedMessage, error) {
	list, err := all(ctx, tx, `
		SELECT m.seq, m.chat_id, m.created_at, m.kind, m.sender, COALESCE(a.name, ''), m.text, m.ended_by, m.rating, m.vseq = 0, m.card
		FROM messages m LEFT JOIN agents a ON a.id = m.author_id
		WHERE m.property_id = $1 AND m.session_id = $2 ORDER BY m.seq`, []any{p, session},
		func(rows *sql.Rows) (e ExportedMessage, err error) {
			var card string
			err = rows.Scan(&e.Seq, &e.Chat, &e.At, &e.Kind, &e.From, &e.Author, &e.Text, &e.EndedBy, &e.Rating, &e.Private, &card)
			e.Card = wire.KeptCard(card).Shown()
			return e, err
		})
	if err != nil {
		return nil, fmt.Errorf("messages of session %s: %w", session, err)
	}
	return list, nil
}

func exportOpeners(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]ExportedOpener, error) {
	return all(ctx, tx, `
		SELECT a.name, o.text, o.state, o.made_at, o.seen_at, o.ended_at, o.session_id FROM openers o JOIN agents a ON a.id = o.agent_id
		WHERE o.property_id = $1 AND o.visitor_id = $2 ORDER BY o.made_at, o.id`, []any{p, v},
		func(rows *sql.Rows) (e ExportedOpener, err error) {
			return e, rows.Scan(&e.Agent, &e.Text, &e.State, &e.MadeAt, &e.SeenAt, &e.EndedAt, &e.Session)
		})
}
