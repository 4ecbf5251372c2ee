package agent

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// colleagues lists a property's whole team, the longest-serving first.
func colleagues(ctx context.Context, tx *db.Tx, p id.Property) ([]colleague, error) {
	rows, err := tx.Query(ctx, `
		SELECT a.id, a.name, a.picture_id, a.status, m.role, m.disabled_at > 0
		FROM memberships m JOIN agents a ON a.id = m.agent_id
		WHERE m.property_id = $1 ORDER BY m.created_at, a.id`, p)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []colleague{}
	for rows.Next() {
		var c colleague
		if err := rows.Scan(&c.ID, &c.Name, &c.Picture, &c.Chosen, &c.Role, &c.Disabled); err != nil {
			return nil, err
		}
		c.Picture = picturePath(c.Picture)
		list = append(list, c)
	}
	return list, rows.Err()
}

// Member is a colleague as the members' page shows them.
type Member struct {
	colleague
	Email string
	Since time.Time
}

// members lists a property's team with what only the members' page needs, by name.
func members(ctx context.Context, tx *db.Tx, p id.Property) ([]Member, error) {
	rows, err := tx.Query(ctx, `
		SELECT a.id, a.name, a.picture_id, a.status, m.role, m.disabled_at > 0, a.email, m.created_at
		FROM memberships m JOIN agents a ON a.id = m.agent_id
		WHERE m.property_id = $1 ORDER BY a.name, a.id`, p)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Member{}
	for rows.Next() {
		var m Member
		var since int64
		if err := rows.Scan(&m.ID, &m.Name, &m.Picture, &m.Chosen, &m.Role, &m.Disabled, &m.Email, &since); err != nil {
			return nil, err
		}
		m.Picture, m.Since = picturePath(m.Picture), time.UnixMilli(since).UTC()
		list = append(list, m)
	}
	return list, rows.Err()
}

// standingOf is an agent's place in a property; ErrNotFound for strangers.
func standingOf(ctx context.Context, tx *db.Tx, p id.Property, a id.Agent) (standing, error) {
	s := standing{Agent: a}
	err := tx.Row(ctx, `
		SELECT role, disabled_at > 0 FROM memberships WHERE property_id = $1 AND agent_id = $2`, p, a).Scan(&s.Role, &s.Disabled)
	if errors.Is(err, sql.ErrNoRows) {
		return standing{}, ErrNotFound
	}
	return s, err
}

// lockOwners makes changes of a team wait for each other, so that two owners cannot remove one another, and counts the
// owners who are not disabled. Each statement after it sees what the one before it did.
func lockOwners(ctx context.Context, tx *db.Tx, p id.Property) (int, error) {
	if _, err := tx.Exec(ctx, `UPDATE memberships SET role = role WHERE property_id = $1 AND role = $2`, p, actor.Owner); err != nil {
		return 0, err
	}
	var owners int
	err := tx.Row(ctx, `
		SELECT count(*) FROM memberships WHERE property_id = $1 AND role = $2 AND disabled_at = 0`, p, actor.Owner).Scan(&owners)
	return owners, err
}

// insertMember adds an agent to a team, and says whether they are new; who is in it already stays as they are.
func insertMember(ctx context.Context, tx *db.Tx, p id.Property, a id.Agent, role actor.Role, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO memberships (property_id, agent_id, role, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (property_id, agent_id) DO NOTHING`, p, a, role, at.UnixMilli())
	return n > 0, err
}

func updateMember(ctx context.Context, tx *db.Tx, p id.Property, s standing, at time.Time) error {
	disabledAt := int64(0)
	if s.Disabled {
		disabledAt = at.UnixMilli()
	}
	_, err := tx.Exec(ctx, `UPDATE memberships SET role = $1, disabled_at = $2 WHERE property_id = $3 AND agent_id = $4`,
		s.Role, disabledAt, p, s.Agent)
	return err
}

func deleteMember(ctx context.Context, tx *db.Tx, p id.Property, a id.Agent) error {
	_, err := tx.Exec(ctx, `DELETE FROM memberships WHERE property_id = $1 AND agent_id = $2`, p, a)
	return err
}

// anyOwner reports whether the installation belongs to somebody.
func anyOwner(ctx context.Context, tx *db.Tx) (bool, error) {
	var yes bool
	err := tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM memberships WHERE role = $1)`, actor.Owner).Scan(&yes)
	return yes, err
}

// ownsAny reports whether an agent is an owner who is not disabled anywhere.
func ownsAny(ctx context.Context, tx *db.Tx, a id.Agent) (bool, error) {
	var yes bool
	err := tx.Row(ctx, `
		SELECT EXISTS (SELECT 1 FROM memberships WHERE agent_id = $1 AND role = $2 AND disabled_at = 0)`, a, actor.Owner).Scan(&yes)
	return yes, err
}
