package chat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// session is a session's row. It is comparable, so that a row is written only when it is another one.
type session struct {
	ID       id.Session
	Property id.Property
	Visitor  id.Visitor
	ChatID   id.Chat // the newest chat
	Version  int64
	Started  int64
	Marks    wire.Marks
	Standing
}

const sessionColumns = `id, property_id, visitor_id, chat_id, version, started_at, visitor_got, visitor_read, team_got, team_read,
	state, ended_by, ended_at, ban_id, chat_state, chat_number, last_seq, last_vseq, visitor_count, unanswered_since, left_at,
	active_at, timeout_at, missed_at, rating, comment`

func (s *session) fields() []any {
	return []any{
		&s.ID, &s.Property, &s.Visitor, &s.ChatID, &s.Version, &s.Started, &s.Marks.VisitorGot, &s.Marks.VisitorRead, &s.Marks.TeamGot, &s.Marks.TeamRead,
		&s.State, &s.EndedBy, &s.EndedAt, &s.Ban, &s.Chat, &s.Number, &s.Seq, &s.VSeq, &s.VisitorCount, &s.UnansweredSince, &s.LeftAt,
		&s.ActiveAt, &s.TimeoutAt, &s.MissedAt, &s.Rating, &s.Comment,
	}
}

// A session is locked and read by an update of its row: one statement that both databases know. For words the update counts
// them already, as nearly every message wants it; what the rules decide differently is written afterwards. $3 is the time.
const (
	lockOnly    = `version = version`
	countWords  = `version = version + 1, last_seq = last_seq + 1, last_vseq = last_vseq + 1, active_at = $3`
	visitorSaid = countWords + `, visitor_count = visitor_count + 1,
		unanswered_since = CASE WHEN unanswered_since = 0 THEN $3 ELSE unanswered_since END`
	agentSaid      = countWords + `, unanswered_since = 0`
	agentWhispered = `version = version + 1, last_seq = last_seq + 1`

	ofVisitor  = ` WHERE property_id = $1 AND visitor_id = $2 AND state = 'active' RETURNING ` + sessionColumns
	ofChat     = ` WHERE property_id = $1 AND id = (SELECT session_id FROM chats WHERE property_id = $1 AND id = $2) RETURNING ` + sessionColumns
	byID       = ` WHERE property_id = $1 AND id = $2 RETURNING ` + sessionColumns
	ofVisitors = ` WHERE property_id = $1 AND visitor_id = $2 AND id = $3 RETURNING ` + sessionColumns

	update = `UPDATE sessions SET `
)

// lock answers none when there is no such session.
func lock(ctx context.Context, tx *db.Tx, none *errs.Error, query string, args ...any) (session, error) {
	var s session
	err := tx.Row(ctx, query, args...).Scan(s.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return session{}, none
	}
	return s, err
}

func insertSession(ctx context.Context, tx *db.Tx, s session) error {
	n, err := tx.Exec(ctx, `
		INSERT INTO sessions (`+sessionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
		ON CONFLICT (visitor_id) WHERE state = 'active' DO NOTHING`, s.values()...)
	if err == nil && n == 0 {
		return errRaced // another tab's first message was faster: this one belongs into its session
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE visitors SET session_count = session_count + 1 WHERE property_id = $1 AND id = $2`, s.Property, s.Visitor)
	return err
}

func (s session) values() []any {
	return []any{
		s.ID, s.Property, s.Visitor, s.ChatID, s.Version, s.Started, s.Marks.VisitorGot, s.Marks.VisitorRead, s.Marks.TeamGot, s.Marks.TeamRead,
		s.State, s.EndedBy, s.EndedAt, s.Ban, s.Chat, s.Number, s.Seq, s.VSeq, s.VisitorCount, s.UnansweredSince, s.LeftAt,
		s.ActiveAt, s.TimeoutAt, s.MissedAt, s.Rating, s.Comment,
	}
}

// updateSession writes what the rules may change; the row is locked. Marks are not theirs.
func updateSession(ctx context.Context, tx *db.Tx, s session) error {
	_, err := tx.Exec(ctx, `
		UPDATE sessions SET chat_id = $3, version = $4, state = $5, ended_by = $6, ended_at = $7, chat_state = $8, chat_number = $9,
			last_seq = $10, last_vseq = $11, visitor_count = $12, unanswered_since = $13, left_at = $14, active_at = $15,
			timeout_at = $16, missed_at = $17, rating = $18, comment = $19, ban_id = $20
		WHERE property_id = $1 AND id = $2`,
		s.Property, s.ID, s.ChatID, s.Version, s.State, s.EndedBy, s.EndedAt, s.Chat, s.Number,
		s.Seq, s.VSeq, s.VisitorCount, s.UnansweredSince, s.LeftAt, s.ActiveAt, s.TimeoutAt, s.MissedAt, s.Rating, s.Comment, s.Ban)
	return err
}

func insertChat(ctx context.Context, tx *db.Tx, s session, firstSeq, at int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO chats (id, property_id, session_id, visitor_id, number, state, first_seq, started_at, served_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $6 = 'served' THEN CAST($8 AS BIGINT) ELSE 0 END)`, s.ChatID, s.Property, s.ID, s.Visitor, s.Number, s.Chat, firstSeq, at)
	return err
}

// updateChat moves the newest chat to its session's word on it.
func updateChat(ctx context.Context, tx *db.Tx, s session, at int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE chats SET state = $3,
			served_at  = CASE WHEN $3 = 'served' AND served_at = 0 THEN $4 ELSE served_at END,
			ended_at   = CASE WHEN $3 IN ('waiting', 'served') THEN 0 ELSE $4 END,
			was_missed = (was_missed OR $3 = 'missed')
		WHERE property_id = $1 AND id = $2`, s.Property, s.ChatID, s.Chat, at)
	return err
}

// members are an agent's part each, in the order of their ids.
func members(ctx context.Context, tx *db.Tx, chat id.Chat) (ms []Member, err error) {
	rows, err := tx.Query(ctx, `SELECT agent_id, state FROM chat_members WHERE chat_id = $1 ORDER BY agent_id`, chat)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Member
		if err := rows.Scan(&m.Agent, &m.State); err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	return ms, rows.Err()
}

func saveMember(ctx context.Context, tx *db.Tx, s session, m Member, at int64) error {
	joined := int64(0)
	if m.State == wire.MemberJoined {
		joined = at
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO chat_members (chat_id, agent_id, property_id, state, changed_at, joined_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (chat_id, agent_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at,
			joined_at = CASE WHEN excluded.joined_at > 0 THEN excluded.joined_at ELSE chat_members.joined_at END`,
		s.ChatID, m.Agent, s.Property, m.State, at, joined)
	return err
}

// message is a row of the thread.
type message struct {
	Entry
	ClientID string
	Author   string // the agent's or visitor's id; empty: nobody
	At       int64
}

// target is whom or what an event is about: the colleague who was invited, or the ban that ended the session.
func (m message) target() string {
	if m.Ban != "" {
		return string(m.Ban)
	}
	return string(m.Target)
}

// insertMessage answers errTwice when its author has sent this client id before, to whatever session.
func insertMessage(ctx context.Context, tx *db.Tx, s session, m message) error {
	card, err := m.Card.Kept()
	if err != nil {
		return fmt.Errorf("card of article %s: %w", m.Card.Article, err)
	}
	n, err := tx.Exec(ctx, `
		INSERT INTO messages (session_id, seq, vseq, chat_id, property_id, kind, sender, author_id, target_id, client_id, text, ended_by, rating, created_at, card)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (author_id, client_id) WHERE sender <> 'system' DO NOTHING`,
		s.ID, m.Seq, m.VSeq, s.ChatID, s.Property, m.Kind, m.From, m.Author, m.target(), m.ClientID, m.Text, m.By, m.Rating, m.At, card)
	if err == nil && n == 0 {
		return errTwice
	}
	return err
}

// first answers the ack of the message that its author sent with this client id before.
func first(ctx context.Context, tx *db.Tx, p id.Property, author, clientID string) (wire.Ack, error) {
	ack := wire.Ack{T: "ack", ID: clientID}
	err := tx.Row(ctx, `
		SELECT session_id, chat_id, seq, vseq, created_at FROM messages
		WHERE author_id = $1 AND client_id = $2 AND sender <> 'system' AND property_id = $3`,
		author, clientID, p).Scan(&ack.Session, &ack.Chat, &ack.Seq, &ack.VSeq, &ack.At)
	if errors.Is(err, sql.ErrNoRows) {
		return wire.Ack{}, ErrIDUsed
	}
	return ack, err
}

// markVisitor answers the session's marks, and whether they moved. Marks beyond what was said are not believed.
func markVisitor(ctx context.Context, tx *db.Tx, who actor.Visitor, s id.Session, got, read int64) (m wire.Marks, moved bool, err error) {
	err = tx.Row(ctx, `
		UPDATE sessions SET visitor_got = CASE WHEN $4 > visitor_got THEN $4 ELSE visitor_got END,
			visitor_read = CASE WHEN $5 > visitor_read THEN $5 ELSE visitor_read END
		WHERE property_id = $1 AND visitor_id = $2 AND id = $3 AND ($4 > visitor_got OR $5 > visitor_read) AND $4 <= last_vseq
		RETURNING visitor_got, visitor_read, team_got, team_read`,
		who.Property, who.ID, s, got, read).Scan(&m.VisitorGot, &m.VisitorRead, &m.TeamGot, &m.TeamRead)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// markTeam is markVisitor for the other side; it also answers whose session it is.
func markTeam(ctx context.Context, tx *db.Tx, p id.Property, chat id.Chat, got, read int64) (s session, moved bool, err error) {
	s, err = lock(ctx, tx, ErrNotFound, `
		UPDATE sessions SET team_got = CASE WHEN $3 > team_got THEN $3 ELSE team_got END,
			team_read = CASE WHEN $4 > team_read THEN $4 ELSE team_read END
		WHERE property_id = $1 AND id = (SELECT session_id FROM chats WHERE property_id = $1 AND id = $2)
			AND ($3 > team_got OR $4 > team_read) AND $3 <= last_vseq
		RETURNING `+sessionColumns, p, chat, got, read)
	if errors.Is(err, ErrNotFound) {
		return s, false, nil
	}
	return s, err == nil, err
}

// moveRead answers the session whose count of seen messages grew for the agent; none: it did not.
func moveRead(ctx context.Context, tx *db.Tx, who actor.Agent, chat id.Chat, count int64) (s id.Session, moved bool, err error) {
	err = tx.Row(ctx, `
		INSERT INTO reads (session_id, agent_id, visitor_count)
		SELECT s.id, CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM sessions s JOIN chats c ON c.session_id = s.id
		WHERE c.property_id = $1 AND c.id = $2 AND s.visitor_count >= $4
		ON CONFLICT (session_id, agent_id) DO UPDATE SET visitor_count = excluded.visitor_count
			WHERE excluded.visitor_count > reads.visitor_count
		RETURNING session_id`, who.Property, chat, who.ID, count).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return s, err == nil, err
}

func sessionOf(ctx context.Context, tx *db.Tx, p id.Property, chat id.Chat) (s id.Session, err error) {
	err = tx.Row(ctx, `SELECT session_id FROM chats WHERE property_id = $1 AND id = $2`, p, chat).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("session of chat %s: %w", chat, err)
	}
	return s, nil
}
