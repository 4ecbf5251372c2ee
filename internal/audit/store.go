package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"parley/internal/platform/db"
	"parley/internal/platform/web"
)

// Write adds an entry to the chain of its property, in the transaction of what it records: both happen, or neither.
// Call it last, and once: from here to the commit nobody else can write to that chain, and whoever locks something after
// it may meet somebody who does it the other way round. Several entries are written in the order of their properties.
func Write(ctx context.Context, tx *db.Tx, entries ...Entry) error {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Property, b.Property) })
	for _, e := range entries {
		if e.Address == "" {
			e.Address = web.Address(ctx)
		}
		r, err := newRow(e)
		if err == nil {
			err = add(ctx, tx, r)
		}
		if err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
	}
	return nil
}

// add locks the chain's end, puts the row there and moves the end.
func add(ctx context.Context, tx *db.Tx, r row) error {
	var previous string
	err := tx.Row(ctx, `
		INSERT INTO audit_heads (property_id, n, hash) VALUES ($1, 1, '')
		ON CONFLICT (property_id) DO UPDATE SET n = audit_heads.n + 1 RETURNING n, hash`, r.Property).Scan(&r.N, &previous)
	if err != nil {
		return err
	}
	if r.Hash, err = r.hashAfter(previous); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO audit (property_id, n, at, agent_id, address, action, target, detail, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.Property, r.N, r.At, r.Agent, r.Address, r.Action, r.Target, r.Detail, r.Hash)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE audit_heads SET hash = $1 WHERE property_id = $2`, r.Hash, r.Property)
	return err
}
