package ban

import (
	"context"
	"database/sql"
	"errors"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// subject is whom a ban is made from.
type subject struct {
	Visitor id.Visitor
	Chat    id.Chat
	Session id.Session
	Person  Person
	Record  Record
	Known   bool // has a row
}

func findChat(ctx context.Context, tx *db.Tx, p id.Property, chat id.Chat) (v id.Visitor, session id.Session, err error) {
	err = tx.Row(ctx, `SELECT visitor_id, session_id FROM chats WHERE property_id = $1 AND id = $2`, p, chat).Scan(&v, &session)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrChat
	}
	return v, session, err
}

// newestChat is the newest chat of the visitor; empty for none.
func newestChat(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (chat id.Chat, session id.Session, err error) {
	err = tx.Row(ctx, `
		SELECT chat_id, id FROM sessions WHERE property_id = $1 AND visitor_id = $2 ORDER BY started_at DESC, id DESC LIMIT 1`,
		p, v).Scan(&chat, &session)
	return chat, session, none(err)
}

// describe fills in what is known of the visitor.
func describe(ctx context.Context, tx *db.Tx, p id.Property, s *subject) error {
	r := &s.Record
	err := tx.Row(ctx, `
		SELECT number, name, email, address, country, browser, system, language, page_url, page_title FROM visitors WHERE property_id = $1 AND id = $2`,
		p, s.Visitor).Scan(&s.Person.Number, &r.Name, &r.Email, &r.Address, &r.Country, &r.Browser, &r.System, &r.Language, &r.Page.URL, &r.Page.Title)
	s.Known = err == nil
	s.Person.ID, s.Person.Name, s.Person.Email = s.Visitor, r.Name, r.Email
	return none(err)
}

// soul is a visitor whom a ban might cover.
type soul struct {
	Who
	InChat bool // waiting or served
}

// talking reads the visitors whose session is active.
func talking(ctx context.Context, tx *db.Tx, p id.Property) ([]soul, error) {
	return souls(ctx, tx, `
		SELECT v.id, v.email, v.address, s.chat_state IN ('waiting', 'served') FROM sessions s JOIN visitors v ON v.id = s.visitor_id
		WHERE s.property_id = $1 AND s.state = 'active'`, p)
}

// seen reads the visitors with a row who were here since.
func seen(ctx context.Context, tx *db.Tx, p id.Property, since int64) ([]soul, error) {
	return souls(ctx, tx, `
		SELECT v.id, v.email, v.address, FALSE FROM visitors v WHERE v.property_id = $1 AND v.seen_at >= $2`, p, since)
}

func souls(ctx context.Context, tx *db.Tx, query string, args ...any) ([]soul, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []soul
	for rows.Next() {
		var s soul
		var address string
		if err := rows.Scan(&s.Visitor, &s.Email, &address, &s.InChat); err != nil {
			return nil, err
		}
		if address != "" {
			s.Addresses = Addresses(address)
		}
		s.Who = s.Canonical()
		all = append(all, s)
	}
	return all, rows.Err()
}
