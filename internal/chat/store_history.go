package chat

import (
	"context"
	"fmt"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// wanted is a filter as the store needs it.
type wanted struct {
	Filter
	query string // for matching; empty: whatever was said
	from  page.Cursor
	limit int
}

// history reads a page of chats. The state stands in the text, where it was checked to be one of five words: only so can
// the databases use the indexes that hold one state.
func history(ctx context.Context, tx *db.Tx, p id.Property, f wanted) ([]wire.Row, error) {
	where, args := []string{"c.property_id = $1"}, []any{p}
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	if f.State != "" {
		where = append(where, "c.state = '"+string(f.State)+"'")
	}
	if f.Agent != "" {
		and(`EXISTS (SELECT 1 FROM chat_members x WHERE x.chat_id = c.id AND x.agent_id = ? AND x.joined_at > 0)`, f.Agent)
	}
	if f.Visitor != "" {
		and(`c.session_id IN (SELECT s.id FROM sessions s WHERE s.property_id = $1 AND s.visitor_id = ?)`, f.Visitor)
	}
	if f.From > 0 {
		and(`c.started_at >= ?`, f.From)
	}
	if f.To > 0 {
		and(`c.started_at < ?`, f.To)
	}
	if f.query != "" {
		and(`c.id IN (SELECT m.chat_id FROM messages m WHERE m.property_id = $1 AND `+matching(tx.Dialect(), "?")+`)`, f.query)
	}
	if !f.from.Zero() {
		and(`(c.started_at, c.id) < (?, ?)`, f.from.At, f.from.ID)
	}
	args = append(args, f.limit)
	// The page is cut before anything is joined to it: PostgreSQL would rather join all chats with all messages.
	const order = ` ORDER BY c.started_at DESC, c.id DESC`
	cut := `(SELECT * FROM chats c WHERE ` + strings.Join(where, " AND ") + order + fmt.Sprintf(` LIMIT $%d)`, len(args))
	return chatRows(ctx, tx, selectRows(cut)+order, "", args, nil)
}

// matchingTexts is the newest matching message of every chat.
func matchingTexts(ctx context.Context, tx *db.Tx, p id.Property, list []wire.Row, query string) (map[id.Chat]string, error) {
	texts := map[id.Chat]string{}
	if len(list) == 0 {
		return texts, nil
	}
	ids, args := idList(list)
	args = append(args, p, query)
	rows, err := tx.Query(ctx, fmt.Sprintf(`
		SELECT chat_id, text FROM (
			SELECT m.chat_id, m.text, row_number() OVER (PARTITION BY m.chat_id ORDER BY m.seq DESC) AS nth FROM messages m
			WHERE m.chat_id IN %s AND m.property_id = $%d AND %s) x
		WHERE nth = 1`, ids, len(args)-1, matching(tx.Dialect(), fmt.Sprintf("$%d", len(args)))), args...)
	if err != nil {
		return nil, fmt.Errorf("read matching words: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var chat id.Chat
		var text string
		if err := rows.Scan(&chat, &text); err != nil {
			return nil, fmt.Errorf("read matching words: %w", err)
		}
		texts[chat] = text
	}
	return texts, rows.Err()
}
