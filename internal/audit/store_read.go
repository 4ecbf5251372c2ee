package audit

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

// list reads entries of one property only, the newest first.
func list(ctx context.Context, tx *db.Tx, p id.Property, f Filter, from page.Cursor, limit int) ([]Logged, error) {
	first, err := before(from)
	if err != nil {
		return nil, err
	}
	q := query{text: `
		SELECT l.n, l.at, l.agent_id, COALESCE(a.name, ''), l.address, l.action, l.target, l.detail
		FROM audit l LEFT JOIN agents a ON a.id = l.agent_id WHERE l.property_id = $1`, args: []any{p}}
	q.and(first > 0, ` AND l.n < `, first)
	q.and(f.Agent != "", ` AND l.agent_id = `, f.Agent)
	q.and(!f.From.IsZero(), ` AND l.at >= `, f.From.UnixMilli())
	q.and(!f.To.IsZero(), ` AND l.at < `, f.To.UnixMilli())
	for i, action := range f.Actions {
		q.and(i == 0, ` AND l.action IN (`, action)
		q.and(i > 0, `, `, action)
	}
	if len(f.Actions) > 0 {
		q.text += `)`
	}
	q.and(true, ` ORDER BY l.n DESC LIMIT `, limit)
	rows, err := tx.Query(ctx, q.text, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := []Logged{}
	for rows.Next() {
		var e Logged
		var at int64
		if err := rows.Scan(&e.N, &at, &e.Agent, &e.Name, &e.Address, &e.Action, &e.Target, &e.Detail); err != nil {
			return nil, err
		}
		e.At = time.UnixMilli(at).UTC()
		items = append(items, e)
	}
	return items, rows.Err()
}

// query is a statement with the conditions that were asked for; only values of ours become text of it.
type query struct {
	text string
	args []any
}

func (q *query) and(asked bool, text string, value any) {
	if asked {
		q.args = append(q.args, value)
		q.text += text + "$" + strconv.Itoa(len(q.args))
	}
}

// The cursor holds the number of the last entry seen.
func after(e Logged) page.Cursor {
	return page.Cursor{At: e.At.UnixMilli(), ID: strconv.FormatInt(e.N, 10)}
}

func before(c page.Cursor) (int64, error) {
	if c.Zero() {
		return 0, nil
	}
	n, err := strconv.ParseInt(c.ID, 10, 64)
	if err != nil || n < 1 {
		return 0, page.ErrCursor
	}
	return n, nil
}

// chains names every chain that has a head or an entry: either may have been taken away.
func chains(ctx context.Context, tx *db.Tx) (map[id.Property]bool, error) {
	rows, err := tx.Query(ctx, `SELECT property_id FROM audit_heads UNION SELECT property_id FROM audit`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[id.Property]bool{}
	for rows.Next() {
		var p id.Property
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		names[p] = true
	}
	return names, rows.Err()
}

// headOf reads the end of a chain as it is stored; nil: it is not.
func headOf(ctx context.Context, tx *db.Tx, p id.Property) (*Head, error) {
	h := Head{Property: p}
	err := tx.Row(ctx, `SELECT n, hash FROM audit_heads WHERE property_id = $1`, p).Scan(&h.N, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // that there is none is an answer
	}
	return &h, err
}

// walk reads a chain from its first entry to its last, one at a time.
func walk(ctx context.Context, tx *db.Tx, p id.Property, fn func(row) error) error {
	rows, err := tx.Query(ctx, `
		SELECT n, at, agent_id, address, action, target, detail, hash FROM audit WHERE property_id = $1 ORDER BY n`, p)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := row{Property: p}
		if err := rows.Scan(&r.N, &r.At, &r.Agent, &r.Address, &r.Action, &r.Target, &r.Detail, &r.Hash); err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return rows.Err()
}
