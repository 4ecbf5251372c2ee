package ban

import (
	"context"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// eachAllowed reads what was put on or taken off the allow list since; since 0 it is what is on the list now.
func eachAllowed(ctx context.Context, tx *db.Tx, p id.Property, since int64, fn func(Allowed)) error {
	rows, err := tx.Query(ctx, `
		SELECT id, network, removed_at, changed_at FROM allowed_networks
		WHERE property_id = $1 AND changed_at >= $2 AND (removed_at = 0 OR $2 > 0) ORDER BY changed_at, id`, p, since)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a Allowed
		var network string
		if err := rows.Scan(&a.ID, &network, &a.RemovedAt, &a.ChangedAt); err != nil {
			return err
		}
		if a.Network, err = stored(network); err != nil {
			return fmt.Errorf("allowed network %s: %w", a.ID, err)
		}
		fn(a)
	}
	return rows.Err()
}

func listAllowed(ctx context.Context, tx *db.Tx, p id.Property) ([]AllowedNetwork, error) {
	rows, err := tx.Query(ctx, `
		SELECT id, network, note, made_by, made_at, changed_at FROM allowed_networks
		WHERE property_id = $1 AND removed_at = 0 ORDER BY made_at DESC, id DESC`, p)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []AllowedNetwork
	for rows.Next() {
		var a AllowedNetwork
		var network string
		if err := rows.Scan(&a.ID, &network, &a.Note, &a.By, &a.MadeAt, &a.ChangedAt); err != nil {
			return nil, err
		}
		if a.Network, err = stored(network); err != nil {
			return nil, fmt.Errorf("allowed network %s: %w", a.ID, err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// insertAllowed reports false when the network is on the list already.
func insertAllowed(ctx context.Context, tx *db.Tx, p id.Property, a AllowedNetwork) (inserted bool, err error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO allowed_networks (id, property_id, network, note, made_by, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (property_id, network) WHERE removed_at = 0 DO NOTHING`,
		a.ID, p, text(a.Network), a.Note, a.By, a.MadeAt)
	return n > 0, err
}

// removeAllowed reports false when it is not on the list.
func removeAllowed(ctx context.Context, tx *db.Tx, p id.Property, entry id.Network, now int64) (a Allowed, ok bool, err error) {
	a = Allowed{ID: entry}
	var network string
	err = tx.Row(ctx, `
		UPDATE allowed_networks SET removed_at = $1, changed_at = `+later+`
		WHERE property_id = $2 AND id = $3 AND removed_at = 0 RETURNING network, removed_at, changed_at`, now, p, entry).Scan(&network, &a.RemovedAt, &a.ChangedAt)
	if err != nil {
		return Allowed{}, false, none(err)
	}
	a.Network, err = stored(network)
	return a, true, err
}
