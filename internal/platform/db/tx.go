package db

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

func panicked(v any) error { return fmt.Errorf("panic in a transaction: %v\n%s", v, debug.Stack()) }

// IsUnique reports whether err is a violation of a unique index.
func IsUnique(err error) bool { return false }

func openSQLite(ctx context.Context, o Options) (engine, error) {
	return nil, errors.New("not yet")
}

func openPostgres(ctx context.Context, o Options) (engine, error) {
	return nil, errors.New("not yet")
}
