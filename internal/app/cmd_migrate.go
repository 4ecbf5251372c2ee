package app

import (
	"context"
	"fmt"
	"log/slog"

	"parley/internal/platform/db"
)

type migrateCmd struct {
	Storage `embed:"" group:"Data"`
}

// Run opens the database, which brings its tables to this version, and closes it.
func (m migrateCmd) Run(ctx context.Context, c console, log *slog.Logger) error {
	if err := m.prepareData(); err != nil {
		return err
	}
	d, err := db.Open(ctx, db.Options{URL: m.DatabaseURL(), Log: log})
	if err != nil {
		return err
	}
	if err := d.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	_, err = fmt.Fprintln(c.out, "The database is up to date.")
	return err
}
