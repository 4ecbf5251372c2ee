package db_test

import (
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/platform/db"
	"parley/internal/testkit"
)

func TestAViewReadsWhileTheDatabaseIsServedAndWritesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, e *testkit.Env) {
		p := e.Property(t)
		v, err := db.OpenView(t.Context(), e.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close() //nolint:errcheck // only read
		count := func() (n int) {
			t.Helper()
			if err := v.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(t.Context(), `SELECT COUNT(*) FROM properties`).Scan(&n) }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count() != 1 {
			t.Error("the view does not see what was committed")
		}
		e.Property(t) // the server goes on
		if count() != 2 {
			t.Error("the view does not see what was committed since")
		}
		if err := v.Write(t.Context(), func(*db.Tx) error { return nil }); err == nil {
			t.Error("the view began to write")
		}
		err = v.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM properties WHERE id = $1`, p)
			return err
		})
		if err == nil || count() != 2 {
			t.Errorf("the view wrote: %v", err)
		}
	})
}

func TestAViewOfNothingOrOfOtherTablesIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "parley.db")
	if _, err := db.OpenView(t.Context(), file); err == nil {
		t.Error("a file that is not there was opened")
	}
	e := testkit.SQLite(t)
	e.Exec(t, `DELETE FROM goose_db_version WHERE version_id > 1`)
	if _, err := db.OpenView(t.Context(), e.URL); err == nil || !strings.Contains(err.Error(), "parley migrate") {
		t.Errorf("tables of an older version: %v", err)
	}
	e.Exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
	if _, err := db.OpenView(t.Context(), e.URL); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("tables of a newer version: %v", err)
	}
}
