package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables to this version, or refuses a database that a newer Parley has written.
// Several nodes may start at once: on PostgreSQL one migrates and the others wait for it.
func migrate(ctx context.Context, pool *sql.DB, d Dialect, name string, log *slog.Logger) error {
	p, err := provider(pool, d)
	if err != nil {
		return err
	}
	have, want, err := known(ctx, pool, p, name)
	if err != nil || have == want {
		return err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("bring %s from schema version %d to %d: %w", name, have, want, err)
	}
	if len(done) > 0 {
		log.InfoContext(ctx, "database migrated", "from_version", have, "to_version", want)
	}
	return nil
}

func provider(pool *sql.DB, d Dialect) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(d))
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
	}
	if d == Postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asks once a second, for 5 minutes
		if err != nil {
			return nil, err
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

// known refuses a database that a newer Parley has written.
func known(ctx context.Context, pool *sql.DB, p *goose.Provider, name string) (have, want int64, err error) {
	have, want, err = versions(ctx, pool, p)
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema version of %s: %w", name, err)
	}
	if have > want {
		return 0, 0, fmt.Errorf("%s has schema version %d, but this Parley knows only versions up to %d: "+
			"start the newer Parley that wrote it, or restore a backup made before the upgrade", name, have, want)
	}
	return have, want, nil
}

// current refuses a database whose tables are of another version, and changes nothing.
func current(ctx context.Context, pool *sql.DB, d Dialect, name string) error {
	p, err := provider(pool, d)
	if err != nil {
		return err
	}
	have, want, err := known(ctx, pool, p, name)
	if err == nil && have < want {
		err = fmt.Errorf("%s has schema version %d, and this Parley reads version %d: start this Parley on it, or run `parley migrate`, first", name, have, want)
	}
	return err
}

// versions reads what the database has without locking or creating anything, so that a node that has nothing to do waits for nobody.
func versions(ctx context.Context, pool *sql.DB, p *goose.Provider) (have, want int64, err error) {
	for _, s := range p.ListSources() {
		want = max(want, s.Version)
	}
	err = pool.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+goose.DefaultTablename).Scan(&have)
	if err != nil && noTable(err) {
		err = nil // a fresh database
	}
	return have, want, err
}

// Fingerprint names the tables as this version makes them: it changes whenever a migration does.
// Test kits keep migrated templates under it.
func Fingerprint(d Dialect) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(migrations, "migrations/"+string(d), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := migrations.ReadFile(path)
		sum.Write(raw)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}
