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

// LoginInfo is a signed-in browser as its owner sees it.
type LoginInfo struct {
	ID        id.Login
	Browser   string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
}

// insertLogin also sweeps up the agent's logins that ran out.
func insertLogin(ctx context.Context, tx *db.Tx, a id.Agent, hash string, l LoginInfo) error {
	if _, err := tx.Exec(ctx, `DELETE FROM logins WHERE agent_id = $1 AND expires_at <= $2`, a, l.CreatedAt.UnixMilli()); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO logins (id, agent_id, token_hash, browser, address, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
		l.ID, a, hash, l.Browser, l.Address, l.CreatedAt.UnixMilli(), l.CreatedAt.Add(LoginFor).UnixMilli())
	return err
}

// loginOf finds the login of a token that has not run out, and when it was last used; else ErrLoginRequired.
func loginOf(ctx context.Context, tx *db.Tx, hash string, now time.Time) (actor.Login, time.Time, error) {
	var l actor.Login
	var seen int64
	err := tx.Row(ctx, `SELECT id, agent_id, seen_at FROM logins WHERE token_hash = $1 AND expires_at > $2`,
		hash, now.UnixMilli()).Scan(&l.Login, &l.Agent, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return actor.Login{}, time.Time{}, ErrLoginRequired
	}
	return l, time.UnixMilli(seen), err
}

// loginMadeBefore reports whether a token's login was made before at.
func loginMadeBefore(ctx context.Context, tx *db.Tx, hash string, at time.Time) (bool, error) {
	var n int64
	err := tx.Row(ctx, `SELECT count(*) FROM logins WHERE token_hash = $1 AND created_at < $2`, hash, at.UnixMilli()).Scan(&n)
	return n > 0, err
}

// touchLogin moves the end of a login that is in use; of several nodes one writes.
func touchLogin(ctx context.Context, tx *db.Tx, l id.Login, was, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE logins SET seen_at = $1, expires_at = $2 WHERE id = $3 AND seen_at = $4`,
		now.UnixMilli(), now.Add(LoginFor).UnixMilli(), l, was.UnixMilli())
	return err
}

// listLogins lists an agent's logins, the last used first.
func listLogins(ctx context.Context, tx *db.Tx, a id.Agent, now time.Time) ([]LoginInfo, error) {
	rows, err := tx.Query(ctx, `
		SELECT id, browser, address, created_at, seen_at FROM logins
		WHERE agent_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id DESC LIMIT 200`, a, now.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []LoginInfo{}
	for rows.Next() {
		var l LoginInfo
		var created, seen int64
		if err := rows.Scan(&l.ID, &l.Browser, &l.Address, &created, &seen); err != nil {
			return nil, err
		}
		l.CreatedAt, l.SeenAt = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC()
		list = append(list, l)
	}
	return list, rows.Err()
}

// deleteLogin ends one login of the agent, and says whether there was one.
func deleteLogin(ctx context.Context, tx *db.Tx, a id.Agent, l id.Login) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM logins WHERE agent_id = $1 AND id = $2`, a, l)
	return n > 0, err
}

// deleteLogins ends all logins of the agent but one (empty: all), and returns those that it ended.
func deleteLogins(ctx context.Context, tx *db.Tx, a id.Agent, but id.Login) ([]id.Login, error) {
	rows, err := tx.Query(ctx, `DELETE FROM logins WHERE agent_id = $1 AND id <> $2 RETURNING id`, a, but)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ended []id.Login
	for rows.Next() {
		var l id.Login
		if err := rows.Scan(&l); err != nil {
			return nil, err
		}
		ended = append(ended, l)
	}
	return ended, rows.Err()
}

// countTry counts a try to log in before it is checked, so that a thousand at once are a thousand, and says how many
// there were and how long the account has to wait; a try that has to wait does not count.
func countTry(ctx context.Context, tx *db.Tx, guesser string, now time.Time) (tries int64, wait time.Duration, err error) {
	if _, err := tx.Exec(ctx, `DELETE FROM login_failures WHERE last_at <= $1`, now.Add(-forgetAway).UnixMilli()); err != nil {
		return 0, 0, err
	}
	// The first statement makes and locks the row; what it reads is then nobody else's to change.
	var failures, last int64
	err = tx.Row(ctx, `
		INSERT INTO login_failures (email_hash, failures, last_at) VALUES ($1, 0, $2)
		ON CONFLICT (email_hash) DO UPDATE SET failures = login_failures.failures
		RETURNING failures, last_at`, guesser, now.UnixMilli()).Scan(&failures, &last)
	if err != nil {
		return 0, 0, err
	}
	if wait := waitAfter(failures, time.UnixMilli(last), now); wait > 0 {
		return failures, wait, nil
	}
	_, err = tx.Exec(ctx, `UPDATE login_failures SET failures = failures + 1, last_at = $1 WHERE email_hash = $2`,
		now.UnixMilli(), guesser)
	return failures + 1, 0, err
}

// forgetTries is for a password that was right: a guesser's own tries are forgotten, nobody else's.
func forgetTries(ctx context.Context, tx *db.Tx, guesser string) error {
	_, err := tx.Exec(ctx, `DELETE FROM login_failures WHERE email_hash = $1`, guesser)
	return err
}

// forgetAllTries is for a new password: everybody begins again, on every device.
func forgetAllTries(ctx context.Context, tx *db.Tx, emailHash string) error {
	_, err := tx.Exec(ctx, `DELETE FROM login_failures WHERE email_hash = $1 OR email_hash LIKE $1 || ':%'`, emailHash)
	return err
}
