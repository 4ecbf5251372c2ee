package ban

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// later gives a row a changed_at that grows, whatever the clock does.
const later = `CASE WHEN changed_at < $1 THEN $1 ELSE changed_at + 1 END`

func exists(ctx context.Context, tx *db.Tx, p id.Property) (ok bool, err error) {
	err = tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM properties WHERE id = $1)`, p).Scan(&ok)
	return ok, err
}

const entryColumns = `id, visitor_id, network, email, domain, reason, made_by, ends_at, lifted_at, changed_at`

// eachInForce reads what the index needs of every ban that is in force at now.
func eachInForce(ctx context.Context, tx *db.Tx, p id.Property, now int64, fn func(Entry)) error {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM bans WHERE property_id = $1 AND lifted_at = 0 AND (ends_at = 0 OR ends_at > $2)`, p, now)
	if err != nil {
		return err
	}
	return eachEntry(rows, fn)
}

// eachChanged reads what was made, edited or lifted since.
func eachChanged(ctx context.Context, tx *db.Tx, p id.Property, since int64, fn func(Entry)) error {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM bans WHERE property_id = $1 AND changed_at >= $2 ORDER BY changed_at, id`, p, since)
	if err != nil {
		return err
	}
	return eachEntry(rows, fn)
}

func eachEntry(rows *sql.Rows, fn func(Entry)) error {
	defer rows.Close()
	same := map[string]string{} // reasons and agents repeat: one copy of each is enough
	one := func(s string) string {
		if kept, ok := same[s]; ok {
			return kept
		}
		same[s] = s
		return s
	}
	for rows.Next() {
		var e Entry
		var network string
		err := rows.Scan(&e.ID, &e.Visitor, &network, &e.Email, &e.Domain, &e.Reason, &e.By, &e.EndsAt, &e.LiftedAt, &e.ChangedAt)
		if err != nil {
			return err
		}
		if e.Network, err = stored(network); err != nil {
			return fmt.Errorf("ban %s: %w", e.ID, err)
		}
		e.Reason, e.By = one(e.Reason), id.Agent(one(string(e.By)))
		fn(e)
	}
	return rows.Err()
}

// stored reads a network that we wrote.
func stored(s string) (netip.Prefix, error) {
	if s == "" {
		return netip.Prefix{}, nil
	}
	return netip.ParsePrefix(s)
}

func text(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}

const banFields = `
	b.id, b.visitor_id, b.network, b.email, b.domain, b.reason, b.made_by, b.ends_at, b.lifted_at, b.changed_at,
	b.chat_id, b.session_id, b.made_at, b.lifted_by, b.hits, b.hit_at,
	COALESCE(v.number, 0), COALESCE(v.name, ''), COALESCE(v.email, '')`

const banTables = ` FROM bans b LEFT JOIN visitors v ON v.id = b.visitor_id`

type scanner interface{ Scan(dest ...any) error }

func scanBan(row scanner, more ...any) (Ban, error) {
	var b Ban
	var network string
	err := row.Scan(append([]any{
		&b.ID, &b.Visitor, &network, &b.Email, &b.Domain, &b.Reason, &b.By, &b.EndsAt, &b.LiftedAt, &b.ChangedAt,
		&b.Chat, &b.Session, &b.MadeAt, &b.LiftedBy, &b.Hits, &b.HitAt, &b.Person.Number, &b.Person.Name, &b.Person.Email,
	}, more...)...)
	if err != nil {
		return Ban{}, err
	}
	b.Person.ID = b.Visitor
	b.Network, err = stored(network)
	return b, err
}

// find reads the ban with its record. It never crosses a property: a neighbour's ban is ErrNotFound.
func find(ctx context.Context, tx *db.Tx, p id.Property, ban id.Ban) (Ban, error) {
	var record string
	b, err := scanBan(tx.Row(ctx, `SELECT`+banFields+`, b.record`+banTables+` WHERE b.property_id = $1 AND b.id = $2`, p, ban), &record)
	if errors.Is(err, sql.ErrNoRows) {
		return Ban{}, ErrNotFound
	}
	if err != nil {
		return Ban{}, err
	}
	return b, json.Unmarshal([]byte(record), &b.Record)
}

func insert(ctx context.Context, tx *db.Tx, p id.Property, b Ban) error {
	record, err := json.Marshal(b.Record)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO bans (id, property_id, visitor_id, network, email, domain, reason, chat_id, session_id, record, search, made_by, made_at, ends_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13)`,
		b.ID, p, b.Visitor, text(b.Network), b.Email, b.Domain, b.Reason, b.Chat, b.Session, string(record), b.search(), b.By, b.MadeAt, b.EndsAt)
	return err
}

// edit changes a ban that is in force at now; false: it is over, or not there.
func edit(ctx context.Context, tx *db.Tx, p id.Property, b Ban, now int64) (changedAt int64, ok bool, err error) {
	err = tx.Row(ctx, `
		UPDATE bans SET reason = $2, search = $3, ends_at = $4, changed_at = `+later+`
		WHERE property_id = $5 AND id = $6 AND lifted_at = 0 AND (ends_at = 0 OR ends_at > $1) RETURNING changed_at`,
		now, b.Reason, b.search(), b.EndsAt, p, b.ID).Scan(&changedAt)
	return changedAt, err == nil, none(err)
}

// lift takes a ban back that is in force at now; false: it is over, or not there.
func lift(ctx context.Context, tx *db.Tx, p id.Property, ban id.Ban, by id.Agent, now int64) (changedAt int64, ok bool, err error) {
	err = tx.Row(ctx, `
		UPDATE bans SET lifted_at = $1, lifted_by = $2, changed_at = `+later+`
		WHERE property_id = $3 AND id = $4 AND lifted_at = 0 AND (ends_at = 0 OR ends_at > $1) RETURNING changed_at`,
		now, by, p, ban).Scan(&changedAt)
	return changedAt, err == nil, none(err)
}

// none is for statements that may well find no row.
func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func addHits(ctx context.Context, tx *db.Tx, all map[hitKey]hit) error {
	keys := make([]hitKey, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b hitKey) int { return strings.Compare(string(a.ban), string(b.ban)) }) // nodes lock in one order
	for _, k := range keys {
		_, err := tx.Exec(ctx, `
			UPDATE bans SET hits = hits + $1, hit_at = CASE WHEN hit_at < $2 THEN $2 ELSE hit_at END WHERE property_id = $3 AND id = $4`,
			all[k].n, all[k].at, k.property, k.ban)
		if err != nil {
			return err
		}
	}
	return nil
}
