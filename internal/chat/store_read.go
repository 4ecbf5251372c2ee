package chat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/visitor"
)

// lastSeq is the number of the last message of chat c: the end of the session, or for an earlier chat what stands before the
// next one's first message.
const lastSeq = `CASE WHEN s.chat_id = c.id THEN s.last_seq ELSE
		(SELECT n.first_seq - 1 FROM chats n WHERE n.session_id = c.session_id AND n.number = c.number + 1) END`

// selectRows reads chats as agents see them, with the visitor and the last words. chats is the table, or a few rows of it.
func selectRows(chats string) string {
	return `
	SELECT c.id, c.session_id, c.number, s.version, c.state, s.ended_by, c.started_at, c.served_at, c.ended_at,
		s.chat_id = c.id, s.unanswered_since, s.visitor_count, s.rating,
		s.visitor_got, s.visitor_read, s.team_got, s.team_read, s.state, s.left_at,
		v.id, v.number, v.name, v.email, v.page_url, v.page_title, v.referrer, v.browser, v.system, v.address, v.language, v.time_zone,
		v.country, v.city, v.device, v.created_at, v.session_count, ` + lastSeq + `, m.kind, m.sender, m.text, m.card, m.created_at,
		s.ban_id, COALESCE(b.reason, ''), COALESCE(g.id, ''), COALESCE(g.name, ''), COALESCE(g.picture_id, ''), p.mask_addresses
	FROM ` + chats + ` c
	JOIN sessions s ON s.id = c.session_id
	JOIN visitors v ON v.id = c.visitor_id
	JOIN properties p ON p.id = c.property_id
	JOIN messages m ON m.session_id = c.session_id AND m.seq = (
		SELECT t.seq FROM messages t WHERE t.session_id = c.session_id AND t.kind = 'text' AND t.seq <= ` + lastSeq + ` ORDER BY t.seq DESC LIMIT 1)
	LEFT JOIN bans b ON b.id = s.ban_id
	LEFT JOIN agents g ON g.id = b.made_by
	`
}

// listed names the chats of an agent's list; Life.Listed says the same. $1 the property, $2 the agent.
const listed = `
	(SELECT id FROM (
		SELECT c.id FROM chats c
		WHERE c.property_id = $1 AND c.state IN ('waiting', 'served') AND NOT EXISTS (
			SELECT 1 FROM chat_members x WHERE x.chat_id = c.id AND x.agent_id = $2 AND x.state = 'closed')
		UNION ALL
		SELECT c.id FROM chat_members x JOIN chats c ON c.id = x.chat_id JOIN sessions s ON s.id = c.session_id
		WHERE x.agent_id = $2 AND x.state = 'joined' AND c.property_id = $1 AND c.state = 'ended' AND s.ended_by IN ('visitor', 'ban')
	) l ORDER BY id DESC LIMIT 1000)` // a screen is lost long before

func scanRow(rows *sql.Rows) (wire.Row, error) {
	var r wire.Row
	var p wire.Page
	var state State
	var newest bool
	var left int64
	m, v, l := &r.Marks, &r.Visitor, &r.Last
	var by wire.Person
	var picture, card string
	var masked bool
	err := rows.Scan(&r.ID, &r.Session, &r.Number, &r.Version, &r.State, &r.EndedBy, &r.StartedAt, &r.ServedAt, &r.EndedAt,
		&newest, &r.UnansweredSince, &r.VisitorCount, &r.Rating, &m.VisitorGot, &m.VisitorRead, &m.TeamGot, &m.TeamRead, &state, &left,
		&v.ID, &v.Number, &v.Name, &v.Email, &p.URL, &p.Title, &p.Referrer, &v.Browser, &v.System, &v.Address, &v.Language, &v.TimeZone,
		&v.Country, &v.City, &v.Device, &v.FirstSeen, &v.Sessions, &l.Seq, &l.Kind, &l.From, &l.Text, &card, &l.At,
		&r.Ban, &r.BanReason, &by.ID, &by.Name, &picture, &masked)
	if masked {
		v.Address = visitor.Mask(v.Address)
	}
	if p != (wire.Page{}) {
		v.Page = &p
	}
	if state == Active {
		v.Away = left
	}
	if by.ID != "" {
		by.Picture = picturePath(picture)
		r.BannedBy = &by
	}
	if !newest { // they are of the newest chat
		r.UnansweredSince, r.EndedBy, r.Rating = 0, "", 0
		r.Ban, r.BannedBy, r.BanReason = "", nil, ""
	}
	l.Text = cut(titled(l.Text, wire.KeptCard(card)), maxLastWords)
	r.Members = []wire.ChatMember{}
	return r, err
}

// chatRows reads the rows of query, and in a second query who is in them.
func chatRows(ctx context.Context, tx *db.Tx, query, ids string, args, idArgs []any) ([]wire.Row, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read chats: %w", err)
	}
	defer rows.Close()
	list := []wire.Row{}
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return nil, fmt.Errorf("read chats: %w", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return list, err
	}
	if ids == "" {
		ids, idArgs = idList(list)
	}
	return list, addMembers(ctx, tx, list, ids, idArgs)
}

// readWords reads what was said last in a session whose newest message is number newest.
func readWords(ctx context.Context, tx *db.Tx, p id.Property, s id.Session, newest int64) (wire.LastWords, error) {
	w := wire.LastWords{Seq: newest}
	var card string
	err := tx.Row(ctx, `
		SELECT kind, sender, text, card, created_at FROM messages
		WHERE property_id = $1 AND session_id = $2 AND kind = 'text' ORDER BY seq DESC LIMIT 1`, p, s).Scan(&w.Kind, &w.From, &w.Text, &card, &w.At)
	if err != nil {
		return w, fmt.Errorf("read last words of session %s: %w", s, err)
	}
	w.Text = cut(titled(w.Text, wire.KeptCard(card)), maxLastWords)
	return w, nil
}

func addMembers(ctx context.Context, tx *db.Tx, list []wire.Row, ids string, args []any) error {
	at := make(map[id.Chat]int, len(list))
	for i, r := range list {
		at[r.ID] = i
	}
	rows, err := tx.Query(ctx, `
		SELECT x.chat_id, x.state, a.id, a.name, a.picture_id FROM chat_members x JOIN agents a ON a.id = x.agent_id
		WHERE x.chat_id IN `+ids+` ORDER BY x.changed_at, a.id`, args...)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m wire.ChatMember
		var chat id.Chat
		var picture string
		if err := rows.Scan(&chat, &m.State, &m.ID, &m.Name, &picture); err != nil {
			return fmt.Errorf("read members: %w", err)
		}
		m.Picture = picturePath(picture)
		if i, ok := at[chat]; ok {
			list[i].Members = append(list[i].Members, m)
		}
	}
	return rows.Err()
}

// idList is the rows' ids as a list of parameters. Its length is one of few, so that few statements have to be kept prepared.
func idList(list []wire.Row) (string, []any) {
	size := 1
	for size < len(list) {
		size *= 4
	}
	marks, args := make([]string, size), make([]any, size)
	for i := range size {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), list[min(i, len(list)-1)].ID
	}
	return "(" + strings.Join(marks, ", ") + ")", args
}

func getRow(ctx context.Context, tx *db.Tx, p id.Property, chat id.Chat) (wire.Row, error) {
	list, err := chatRows(ctx, tx, selectRows("chats")+`WHERE c.property_id = $1 AND c.id = $2`, "", []any{p, chat}, nil)
	if err != nil {
		return wire.Row{}, err
	}
	if len(list) == 0 {
		return wire.Row{}, ErrNotFound
	}
	return list[0], nil
}

func listRows(ctx context.Context, tx *db.Tx, who actor.Agent) ([]wire.Row, error) {
	args := []any{who.Property, who.ID}
	return chatRows(ctx, tx, selectRows("chats")+`WHERE c.id IN `+listed+` ORDER BY c.started_at DESC, c.id DESC`, listed, args, args)
}

func listReads(ctx context.Context, tx *db.Tx, who actor.Agent) (map[id.Session]int64, error) {
	rows, err := tx.Query(ctx, `
		SELECT r.session_id, r.visitor_count FROM reads r
		WHERE r.agent_id = $2 AND r.session_id IN (SELECT session_id FROM chats WHERE id IN `+listed+`)`, who.Property, who.ID)
	if err != nil {
		return nil, fmt.Errorf("read reads: %w", err)
	}
	defer rows.Close()
	reads := map[id.Session]int64{}
	for rows.Next() {
		var s id.Session
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return nil, fmt.Errorf("read reads: %w", err)
		}
		reads[s] = n
	}
	return reads, rows.Err()
}

func countMissed(ctx context.Context, tx *db.Tx, p id.Property, since int64) (n int64, err error) {
	err = tx.Row(ctx, `SELECT count(*) FROM chats WHERE property_id = $1 AND state = 'missed' AND started_at >= $2`, p, since).Scan(&n)
	return n, err
}

// span is a piece of a session: the limit last messages between after and before, or the first ones if fromStart.
type span struct {
	after, before int64 // exclusive; before 0: no bound
	limit         int
	fromStart     bool
	visible       bool // only what the visitor sees, counted by vseq
}

// stored is a message as it was written, with the names of today.
type stored struct {
	message
	Chat           id.Chat
	Author, Target *wire.Person
}

// query is a walk of an index in both orders.
func (w span) query() string {
	number, order, only := "m.seq", "DESC", ""
	if w.visible {
		number, only = "m.vseq", " AND m.vseq > 0" // as the index has it
	}
	if w.fromStart {
		order = "ASC"
	}
	return `
		SELECT m.seq, m.vseq, m.client_id, m.chat_id, m.created_at, m.kind, m.sender, m.author_id, m.target_id, m.text, m.ended_by, m.rating, m.card,
			COALESCE(a.name, ''), COALESCE(a.picture_id, ''), COALESCE(b.name, ''), COALESCE(b.picture_id, '')
		FROM messages m LEFT JOIN agents a ON a.id = m.author_id LEFT JOIN agents b ON b.id = m.target_id
		WHERE m.session_id = $1 AND ` + number + ` > $2 AND ` + number + ` < $3` + only + `
		ORDER BY ` + number + ` ` + order + ` LIMIT $4`
}

// thread reads one more than the limit to see whether there are more.
func thread(ctx context.Context, tx *db.Tx, s id.Session, w span) (ms []stored, more bool, err error) {
	if w.before == 0 {
		w.before = math.MaxInt64
	}
	rows, err := tx.Query(ctx, w.query(), s, w.after, w.before, w.limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read messages of %s: %w", s, err)
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, false, fmt.Errorf("read messages of %s: %w", s, err)
		}
		ms = append(ms, m)
	}
	if more = len(ms) > w.limit; more {
		ms = ms[:w.limit]
	}
	if !w.fromStart {
		slices.Reverse(ms)
	}
	return ms, more, rows.Err()
}

func scanMessage(rows *sql.Rows) (stored, error) {
	var m stored
	var author, target wire.Person
	var picture, targetPicture, card string
	err := rows.Scan(&m.Seq, &m.VSeq, &m.ClientID, &m.Chat, &m.At, &m.Kind, &m.From, &author.ID, &target.ID, &m.Text, &m.By, &m.Rating, &card,
		&author.Name, &picture, &target.Name, &targetPicture)
	m.Card = wire.KeptCard(card)
	if author.ID != "" && m.From != wire.FromVisitor {
		author.Picture = picturePath(picture)
		m.Author = &author
	}
	switch {
	case m.By == wire.EndedByBan:
		m.Ban = id.Ban(target.ID)
	case target.ID != "":
		target.Picture = picturePath(targetPicture)
		m.Target = &target
	}
	return m, err
}

func picturePath(picture string) string {
	if picture == "" {
		return ""
	}
	return "/pictures/" + picture
}

// findSession answers the visitor's session; an empty id means the newest.
func findSession(ctx context.Context, tx *db.Tx, who actor.Visitor, want id.Session) (session, error) {
	query, args := `SELECT `+sessionColumns+` FROM sessions WHERE property_id = $1 AND visitor_id = $2`, []any{who.Property, who.ID}
	if want != "" {
		query, args = query+` AND id = $3`, append(args, want)
	}
	var s session
	err := tx.Row(ctx, query+` ORDER BY started_at DESC, id DESC LIMIT 1`, args...).Scan(s.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return session{}, ErrSessionNotFound
	}
	return s, err
}

// lastSeen reads a column of what the visitor was told or said last in a session.
func lastSeen(column string) string {
	return `SELECT m.` + column + ` FROM messages m WHERE m.session_id = sessions.id AND m.vseq > 0 AND m.kind = 'text' ORDER BY m.vseq DESC LIMIT 1`
}

// listSessions answers a page of the visitor's sessions with their last text, newest first.
func listSessions(ctx context.Context, tx *db.Tx, who actor.Visitor, from page.Cursor, limit int) ([]wire.VisitorSession, error) {
	if from.Zero() {
		from = page.Cursor{At: math.MaxInt64}
	}
	rows, err := tx.Query(ctx, `
		SELECT `+sessionColumns+`, COALESCE((`+lastSeen("text")+`), ''), COALESCE((`+lastSeen("card")+`), '')
		FROM sessions
		WHERE property_id = $1 AND visitor_id = $2 AND (started_at, id) < ($3, $4)
		ORDER BY started_at DESC, id DESC LIMIT $5`, who.Property, who.ID, from.At, from.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	list := []wire.VisitorSession{}
	for rows.Next() {
		var s session
		var last, card string
		if err := rows.Scan(append(s.fields(), &last, &card)...); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		v := s.view()
		v.LastText = cut(titled(last, wire.KeptCard(card)), maxLastWords)
		list = append(list, v)
	}
	return list, rows.Err()
}
