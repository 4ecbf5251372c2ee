package agent

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Invite asks somebody to join a property's team.
type Invite struct {
	ID           id.Invite
	Property     id.Property
	PropertyName string
	Email        string
	Role         actor.Role
	InvitedBy    id.Agent
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

const inviteColumns = `i.id, i.property_id, p.name, i.email, i.role, i.invited_by, i.created_at, i.expires_at`

func scanInvite(row interface{ Scan(dest ...any) error }) (Invite, error) {
	var v Invite
	var created, expires int64
	err := row.Scan(&v.ID, &v.Property, &v.PropertyName, &v.Email, &v.Role, &v.InvitedBy, &created, &expires)
	v.CreatedAt, v.ExpiresAt = time.UnixMilli(created).UTC(), time.UnixMilli(expires).UTC()
	return v, err
}

// upsertInvite stores an invite; an open one for the same address is replaced, so its link stops working.
func upsertInvite(ctx context.Context, tx *db.Tx, v Invite, hash string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO invites (id, property_id, email, role, token_hash, invited_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (property_id, email) WHERE accepted_at = 0 DO UPDATE SET
			id = excluded.id, role = excluded.role, token_hash = excluded.token_hash, invited_by = excluded.invited_by,
			created_at = excluded.created_at, expires_at = excluded.expires_at`,
		v.ID, v.Property, v.Email, v.Role, hash, v.InvitedBy, v.CreatedAt.UnixMilli(), v.ExpiresAt.UnixMilli())
	return err
}

// openInvite finds the invite of a token that is neither used nor run out.
func openInvite(ctx context.Context, tx *db.Tx, hash string, now time.Time) (Invite, error) {
	v, err := scanInvite(tx.Row(ctx, `
		SELECT `+inviteColumns+` FROM invites i JOIN properties p ON p.id = i.property_id
		WHERE i.token_hash = $1 AND i.accepted_at = 0 AND i.expires_at > $2`, hash, now.UnixMilli()))
	if errors.Is(err, sql.ErrNoRows) {
		return Invite{}, ErrInviteGone
	}
	return v, err
}

// useInvite marks an invite as accepted; of two who use it at once, one gets ErrInviteGone.
func useInvite(ctx context.Context, tx *db.Tx, hash string, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE invites SET accepted_at = $1 WHERE token_hash = $2 AND accepted_at = 0 AND expires_at > $1`,
		now.UnixMilli(), hash)
	if err == nil && n == 0 {
		return ErrInviteGone
	}
	return err
}

func listInvites(ctx context.Context, tx *db.Tx, p id.Property, now time.Time) ([]Invite, error) {
	rows, err := tx.Query(ctx, `
		SELECT `+inviteColumns+` FROM invites i JOIN properties p ON p.id = i.property_id
		WHERE i.property_id = $1 AND i.accepted_at = 0 AND i.expires_at > $2 ORDER BY i.created_at DESC, i.id DESC LIMIT 500`,
		p, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Invite{}
	for rows.Next() {
		v, err := scanInvite(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// findInvite finds an open invite of the property.
func findInvite(ctx context.Context, tx *db.Tx, p id.Property, i id.Invite) (Invite, error) {
	v, err := scanInvite(tx.Row(ctx, `
		SELECT `+inviteColumns+` FROM invites i JOIN properties p ON p.id = i.property_id
		WHERE i.property_id = $1 AND i.id = $2 AND i.accepted_at = 0`, p, i))
	if errors.Is(err, sql.ErrNoRows) {
		return Invite{}, ErrNoInvite
	}
	return v, err
}

// inviteFor finds the invite of an address that was not accepted, also one that ran out.
func inviteFor(ctx context.Context, tx *db.Tx, p id.Property, email string) (Invite, error) {
	v, err := scanInvite(tx.Row(ctx, `
		SELECT `+inviteColumns+` FROM invites i JOIN properties p ON p.id = i.property_id
		WHERE i.property_id = $1 AND i.email = $2 AND i.accepted_at = 0`, p, email))
	if errors.Is(err, sql.ErrNoRows) {
		return Invite{}, ErrNoInvite
	}
	return v, err
}

func deleteInvite(ctx context.Context, tx *db.Tx, p id.Property, i id.Invite) error {
	_, err := tx.Exec(ctx, `DELETE FROM invites WHERE property_id = $1 AND id = $2 AND accepted_at = 0`, p, i)
	return err
}

// deleteInvitesBy takes back what somebody invited: their word does not count any more.
func deleteInvitesBy(ctx context.Context, tx *db.Tx, p id.Property, a id.Agent) error {
	_, err := tx.Exec(ctx, `DELETE FROM invites WHERE property_id = $1 AND invited_by = $2 AND accepted_at = 0`, p, a)
	return err
}

// The set-up link is one fact of the installation: "hash milliseconds-it-ends".
const setupFact = "setup"

func putSetup(ctx context.Context, tx *db.Tx, hash string, until time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		setupFact, hash+" "+strconv.FormatInt(until.UnixMilli(), 10))
	return err
}

// checkSetup returns the stored fact if the token's hash is the one of the link and its hour is not over.
func checkSetup(ctx context.Context, tx *db.Tx, hash string, now time.Time) (string, error) {
	var fact string
	err := tx.Row(ctx, `SELECT value FROM installation WHERE name = $1`, setupFact).Scan(&fact)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrSetupGone
	}
	if err != nil {
		return "", err
	}
	stored, until, _ := strings.Cut(fact, " ")
	ms, err := strconv.ParseInt(until, 10, 64)
	if err != nil || stored != hash || now.UnixMilli() >= ms {
		return "", ErrSetupGone
	}
	return fact, nil
}

// takeSetup uses the link up; of two who use it at once, one gets ErrSetupGone.
func takeSetup(ctx context.Context, tx *db.Tx, fact string) error {
	n, err := tx.Exec(ctx, `DELETE FROM installation WHERE name = $1 AND value = $2`, setupFact, fact)
	if err == nil && n == 0 {
		return ErrSetupGone
	}
	return err
}

func dropSetup(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM installation WHERE name = $1`, setupFact)
	return err
}
