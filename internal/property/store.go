package property

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const columns = `p.id, p.name, p.settings, p.version`

func find(ctx context.Context, tx *db.Tx, p id.Property) (Property, error) {
	found, err := scan(tx.Row(ctx, `SELECT `+columns+` FROM properties p WHERE p.id = $1`, p))
	if errors.Is(err, sql.ErrNoRows) {
		return Property{}, ErrNotFound
	}
	return found, err
}

// scan reads settings over the defaults, so that one added by a newer version has its default in older rows.
func scan(row interface{ Scan(dest ...any) error }) (Property, error) {
	var p Property
	var settings string
	if err := row.Scan(&p.ID, &p.Name, &settings, &p.Version); err != nil {
		return Property{}, err
	}
	p.Settings = Defaults(p.Name)
	if err := json.Unmarshal([]byte(settings), &p.Settings); err != nil {
		return Property{}, fmt.Errorf("settings of property %s: %w", p.ID, err)
	}
	return p, nil
}

func insert(ctx context.Context, tx *db.Tx, p Property, at time.Time) error {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO properties (id, name, settings, mask_addresses, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, p.Name, string(settings), p.Settings.MaskAddresses, p.Version, at.UnixMilli())
	return err
}

// update writes the next version, unless somebody wrote one since the property was read.
func update(ctx context.Context, tx *db.Tx, next Property) error {
	settings, err := json.Marshal(next.Settings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE properties SET name = $1, settings = $2, mask_addresses = $3, version = $4 WHERE id = $5 AND version = $6`,
		next.Name, string(settings), next.Settings.MaskAddresses, next.Version, next.ID, next.Version-1)
	if err == nil && n == 0 {
		return ErrChanged
	}
	return err
}

func listOf(ctx context.Context, tx *db.Tx, agent id.Agent) ([]Property, error) {
	rows, err := tx.Query(ctx, `
		SELECT `+columns+` FROM properties p JOIN memberships m ON m.property_id = p.id
		WHERE m.agent_id = $1 AND m.disabled_at = 0 ORDER BY p.name, p.id`, agent)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Property{}
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func ids(ctx context.Context, tx *db.Tx) ([]id.Property, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM properties ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []id.Property
	for rows.Next() {
		var p id.Property
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
