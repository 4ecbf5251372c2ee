package visitor

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// forgotten looks for the receipt, the only thing that is left.
func forgotten(ctx context.Context, tx *db.Tx, p id.Property, hash string) (yes bool, err error) {
	err = tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM erasures WHERE property_id = $1 AND visitor_hash = $2)`, p, hash).Scan(&yes)
	return yes, err
}

func hold(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor, number int64, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO visitors (id, property_id, number, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)
		ON CONFLICT (id) DO UPDATE SET seen_at = visitors.seen_at`,
		v, p, number, now.UnixMilli())
	return err
}

func deleteRow(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) error {
	n, err := tx.Exec(ctx, `DELETE FROM visitors WHERE property_id = $1 AND id = $2`, p, v)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

func exportRow(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (e Export, err error) {
	err = tx.Row(ctx, `
		SELECT id, number, name, email, address, country, city, device, browser, system, language, time_zone, page_url, page_title,
			referrer, session_count, visit_count, created_at, seen_at, last_visit_at
		FROM visitors WHERE property_id = $1 AND id = $2`, p, v).Scan(
		&e.ID, &e.Number, &e.Name, &e.Email, &e.Address, &e.Country, &e.City, &e.Device, &e.Browser, &e.System, &e.Language, &e.TimeZone,
		&e.PageURL, &e.PageTitle, &e.Referrer, &e.Sessions, &e.Visits, &e.FirstSeen, &e.LastSeen, &e.LastVisit)
	if errors.Is(err, sql.ErrNoRows) {
		return Export{}, ErrNotFound
	}
	return e, err
}

// Who was not seen since $2, and of whom there is nothing else; and whose row holds more than a chat needs.
const (
	notSeen  = ` v.property_id = $1 AND v.seen_at < $2 AND v.last_visit_at < $2`
	nothing  = ` NOT EXISTS (SELECT 1 FROM sessions s WHERE s.visitor_id = v.id) AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.visitor_id = v.id)`
	somewhat = ` v.address || v.country || v.city || v.device || v.browser || v.system || v.language || v.time_zone || v.page_url || v.page_title || v.referrer <> ''`
)

func looseBefore(ctx context.Context, tx *db.Tx, p id.Property, before int64, limit int) ([]id.Visitor, error) {
	return visitorsOf(ctx, tx, `SELECT v.id FROM visitors v WHERE`+notSeen+` AND`+nothing+` ORDER BY v.seen_at, v.id LIMIT $3`, p, before, limit)
}

func fullBefore(ctx context.Context, tx *db.Tx, p id.Property, before int64, limit int) ([]id.Visitor, error) {
	return visitorsOf(ctx, tx, `SELECT v.id FROM visitors v WHERE`+notSeen+` AND`+somewhat+` AND NOT (`+nothing+`) ORDER BY v.seen_at, v.id LIMIT $3`,
		p, before, limit)
}

func visitorsOf(ctx context.Context, tx *db.Tx, query string, args ...any) (all []id.Visitor, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v id.Visitor
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// deleteLoose asks again: the visitor may have come back meanwhile.
func deleteLoose(ctx context.Context, tx *db.Tx, p id.Property, visitor id.Visitor, before int64) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM visitors AS v WHERE`+notSeen+` AND v.id = $3 AND`+nothing, p, before, visitor)
}

func empty(ctx context.Context, tx *db.Tx, p id.Property, visitor id.Visitor, before int64) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE visitors AS v SET address = '', country = '', city = '', device = '', browser = '', system = '', language = '', time_zone = '',
			page_url = '', page_title = '', referrer = ''
		WHERE`+notSeen+` AND v.id = $3`, p, before, visitor)
}
