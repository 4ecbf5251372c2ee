package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// Write adds an entry to the chain of its property, in the transaction of what it records: both happen, or neither.
// Call it last, and once: from here to the commit nobody else can write to that chain, and whoever locks something after
// it may meet somebody who does it the other way round. Several entries are written in the order of their properties.
func Write(ctx context.Context, tx *db.Tx, entries ...Entry) error {
	chains := map[id.Property][]row{}
	for _, e := range entries {
		if e.Address == "" {
			e.Address = web.Address(ctx)
		}
		r, err := newRow(e)
		if err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
		chains[e.Property] = append(chains[e.Property], r)
	}
	for _, p := range slices.Sorted(maps.Keys(chains)) {
		if err := add(ctx, tx, p, chains[p]); err != nil {
			return fmt.Errorf("audit %s: %w", chains[p][0].Action, err)
		}
	}
	return nil
}

// add locks the chain's end, puts the rows there and moves the end.
func add(ctx context.Context, tx *db.Tx, p id.Property, rows []row) error {
	var last int64
	var previous string
	err := tx.Row(ctx, `
		INSERT INTO audit_heads (property_id, n, hash) VALUES ($1, $2, '')
		ON CONFLICT (property_id) DO UPDATE SET n = audit_heads.n + excluded.n RETURNING n, hash`, p, len(rows)).Scan(&last, &previous)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].N = last - int64(len(rows)-1-i)
		if rows[i].Hash, err = rows[i].hashAfter(previous); err != nil {
			return err
		}
		previous = rows[i].Hash
	}
	for many := range slices.Chunk(rows, rowsAtOnce) {
		if err := insert(ctx, tx, many); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE audit_heads SET hash = $1 WHERE property_id = $2`, previous, p)
	return err
}

// rowsAtOnce are written by one statement: an import makes thousands.
const rowsAtOnce = 100

func insert(ctx context.Context, tx *db.Tx, rows []row) error {
	var text strings.Builder
	text.WriteString(`INSERT INTO audit (property_id, n, at, agent_id, address, action, target, detail, hash) VALUES `)
	args := make([]any, 0, 9*len(rows))
	for i, r := range rows {
		if i > 0 {
			text.WriteString(`, `)
		}
		n := 9 * i
		fmt.Fprintf(&text, `($%d, $%d, $%d, $%d, $%d, $%d, $%d, $%d, $%d)`, n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8, n+9)
		args = append(args, r.Property, r.N, r.At, r.Agent, r.Address, r.Action, r.Target, r.Detail, r.Hash)
	}
	_, err := tx.Exec(ctx, text.String(), args...)
	return err
}
