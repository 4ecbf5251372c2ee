package agent

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// Account is an agent's own row.
type Account struct {
	ID       id.Agent
	Email    string
	Name     string
	hash     string
	Picture  string
	Status   wire.Status // as chosen
	Theme    string
	Language string
}

const accountColumns = `id, email, name, password_hash, picture_id, status, theme, language`

func account(ctx context.Context, tx *db.Tx, a id.Agent) (Account, error) {
	return scanAccount(tx.Row(ctx, `SELECT `+accountColumns+` FROM agents WHERE id = $1`, a))
}

func accountByEmail(ctx context.Context, tx *db.Tx, email string) (Account, error) {
	return scanAccount(tx.Row(ctx, `SELECT `+accountColumns+` FROM agents WHERE email = $1`, email))
}

func scanAccount(row *sql.Row) (Account, error) {
	var a Account
	err := row.Scan(&a.ID, &a.Email, &a.Name, &a.hash, &a.Picture, &a.Status, &a.Theme, &a.Language)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, ErrNotFound
	}
	return a, err
}

// insertAccount makes an account; ErrEmailTaken where there is one with this address.
func insertAccount(ctx context.Context, tx *db.Tx, a Account, at time.Time) error {
	n, err := tx.Exec(ctx, `
		INSERT INTO agents (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (email) DO NOTHING`,
		a.ID, a.Email, a.Name, a.hash, at.UnixMilli())
	if err == nil && n == 0 {
		return ErrEmailTaken
	}
	return err
}

// updateAccount writes what an agent may change about themselves, but password and picture.
func updateAccount(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.Exec(ctx, `UPDATE agents SET name = $1, status = $2, theme = $3, language = $4 WHERE id = $5`,
		a.Name, a.Status, a.Theme, a.Language, a.ID)
	return err
}

// setPassword replaces the hash was, unless somebody replaced it in the meantime.
func setPassword(ctx context.Context, tx *db.Tx, a id.Agent, was, next string) error {
	n, err := tx.Exec(ctx, `UPDATE agents SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, next, a, was)
	if err == nil && n == 0 {
		return ErrCurrent
	}
	return err
}

// Place is a property that an agent works in.
type Place struct {
	ID   id.Property
	Name string
	Role actor.Role
}

// placesOf lists where an agent works and is not disabled, by name.
func placesOf(ctx context.Context, tx *db.Tx, a id.Agent) ([]Place, error) {
	rows, err := tx.Query(ctx, `
		SELECT p.id, p.name, m.role FROM memberships m JOIN properties p ON p.id = m.property_id
		WHERE m.agent_id = $1 AND m.disabled_at = 0 ORDER BY p.name, p.id`, a)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Place{}
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.ID, &p.Name, &p.Role); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// teamsOf lists every property that an agent is a member of, also where they are disabled.
func teamsOf(ctx context.Context, tx *db.Tx, a id.Agent) ([]id.Property, error) {
	return listProperties(ctx, tx, `SELECT property_id FROM memberships WHERE agent_id = $1`, a)
}

// worksIn lists the properties of an agent where they are not disabled.
func worksIn(ctx context.Context, tx *db.Tx, a id.Agent) ([]id.Property, error) {
	return listProperties(ctx, tx, `SELECT property_id FROM memberships WHERE agent_id = $1 AND disabled_at = 0`, a)
}

func listProperties(ctx context.Context, tx *db.Tx, query string, args ...any) ([]id.Property, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []id.Property
	for rows.Next() {
		var p id.Property
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}
