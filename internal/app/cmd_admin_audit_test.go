package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/internal/platform/db"
)

func TestVerifyAuditTellsWhatWasChanged(t *testing.T) {
	data := t.TempDir()
	made := start(t, "admin", "create-owner", "--data", data, "--email", "ana@kiln.example", "--name", "Ana", "--property", "Kiln Street", "--password", "speckled-mug-0419")
	if err := <-made.ended; err != nil {
		t.Fatal(err)
	}
	verify := func(args ...string) (string, error) {
		t.Helper()
		c := start(t, append([]string{"admin", "verify-audit", "--data", data}, args...)...)
		err := <-c.ended
		return c.out.String(), err
	}
	text, err := verify()
	if err != nil || !strings.Contains(text, "Entries: 2, chains: 1") {
		t.Fatalf("%v, %q", err, text)
	}
	kept := filepath.Join(t.TempDir(), "kept.txt")
	if err := os.WriteFile(kept, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	reset := start(t, "admin", "reset-password", "--data", data, "--email", "ana@kiln.example")
	if err := <-reset.ended; err != nil {
		t.Fatal(err)
	}
	if text, err = verify("--kept", kept); err != nil || !strings.Contains(text, "Entries: 3") {
		t.Fatalf("%v, %q", err, text)
	}
	serving := start(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
	serving.until(t, "Parley is ready")
	if text, err = verify(); err != nil || !strings.Contains(text, "Entries: 3") {
		t.Errorf("while Parley serves: %v, %q", err, text)
	}
	serving.stop()
	if err := <-serving.ended; err != nil {
		t.Error(err)
	}
	tamper(t, data, `UPDATE audit SET agent_id = 'somebody else' WHERE n = 2`)
	if text, err = verify(); err == nil || !strings.Contains(text, "entry 2 was altered") {
		t.Errorf("altered: %v, %q", err, text)
	}
	tamper(t, data, `DELETE FROM audit`)
	tamper(t, data, `DELETE FROM audit_heads`)
	if text, err = verify("--kept", kept); err == nil || !strings.Contains(text, "entry 2 is missing") {
		t.Errorf("taken away: %v, %q", err, text)
	}
	if err := os.WriteFile(kept, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err = verify("--kept", kept); err == nil {
		t.Errorf("nonsense was taken for heads: %q", text)
	}
}

func tamper(t *testing.T, data, statement string) {
	t.Helper()
	err := withDB(t.Context(), Storage{Data: data}, slog.New(slog.DiscardHandler), func(d *db.DB) error {
		return d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(context.Background(), statement)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
