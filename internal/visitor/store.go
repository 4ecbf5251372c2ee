package visitor

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const keyName = "visitor_key"

// findKey answers "" where there is no key yet.
func findKey(ctx context.Context, tx *db.Tx) (key string, err error) {
	err = tx.Row(ctx, `SELECT value FROM installation WHERE name = $1`, keyName).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return key, err
}

func insertKey(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, keyName, key)
	return err
}

// find never crosses a property: a neighbour's visitor is ErrNotFound.
func find(ctx context.Context, tx *db.Tx, p id.Property, visitor id.Visitor) (Visitor, error) {
	v := Visitor{ID: visitor, Property: p}
	f := &v.Facts
	var created, seen int64
	err := tx.Row(ctx, `
		SELECT number, name, email, address, browser, system, language, time_zone, page_url, page_title, referrer,
			session_count, created_at, seen_at, visit_count, last_visit_at, country, city, device
		FROM visitors WHERE property_id = $1 AND id = $2`, p, visitor).Scan(
		&v.Number, &f.Name, &f.Email, &f.Address, &f.Browser, &f.System, &f.Language, &f.TimeZone, &f.Page.URL, &f.Page.Title, &f.Page.Referrer,
		&v.Sessions, &created, &seen, &v.Visits, &v.LastVisit, &f.Country, &f.City, &f.Device)
	if errors.Is(err, sql.ErrNoRows) {
		return Visitor{}, ErrNotFound
	}
	v.CreatedAt, v.SeenAt = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC()
	return v, err
}

// nextNumber also locks the property's counter until the commit, so numbers have no doubles.
func nextNumber(ctx context.Context, tx *db.Tx, p id.Property) (n int64, err error) {
	err = tx.Row(ctx, `UPDATE properties SET visitor_count = visitor_count + 1 WHERE id = $1 RETURNING visitor_count`, p).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNotFound
	}
	return n, err
}

// insert reports false when another tab was faster.
func insert(ctx context.Context, tx *db.Tx, v Visitor) (inserted bool, err error) {
	f := v.Facts
	n, err := tx.Exec(ctx, `
		INSERT INTO visitors (id, property_id, number, name, email, address, browser, system, language, time_zone,
			page_url, page_title, referrer, created_at, seen_at, country, city, device)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17)
		ON CONFLICT (id) DO NOTHING`,
		v.ID, v.Property, v.Number, f.Name, f.Email, f.Address, f.Browser, f.System, f.Language, f.TimeZone,
		f.Page.URL, f.Page.Title, f.Page.Referrer, v.CreatedAt.UnixMilli(), f.Country, f.City, f.Device)
	return n > 0, err
}

func update(ctx context.Context, tx *db.Tx, v Visitor) error {
	f := v.Facts
	n, err := tx.Exec(ctx, `
		UPDATE visitors SET name = $1, email = $2, address = $3, browser = $4, system = $5, language = $6, time_zone = $7,
			page_url = $8, page_title = $9, referrer = $10, seen_at = $11, country = $12, city = $13, device = $14
		WHERE property_id = $15 AND id = $16`,
		f.Name, f.Email, f.Address, f.Browser, f.System, f.Language, f.TimeZone, f.Page.URL, f.Page.Title, f.Page.Referrer,
		v.SeenAt.UnixMilli(), f.Country, f.City, f.Device, v.Property, v.ID)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

func masks(ctx context.Context, tx *db.Tx, p id.Property) (yes bool, err error) {
	err = tx.Row(ctx, `SELECT mask_addresses FROM properties WHERE id = $1`, p).Scan(&yes)
	return yes, err
}
