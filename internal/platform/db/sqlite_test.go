package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/event"
)

func TestBothDatabasesHaveTheSameMigrations(t *testing.T) {
	names := func(d Dialect) (all []string) {
		files, err := fs.ReadDir(migrations, "migrations/"+string(d))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			all = append(all, f.Name())
		}
		return all
	}
	if diff := cmp.Diff(names(SQLite), names(Postgres)); diff != "" {
		t.Error(diff)
	}
}

func opened(t *testing.T, o Options) *DB {
	t.Helper()
	d, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func put(ctx context.Context, d *DB, name, value string) error {
	return d.Write(ctx, func(tx *Tx) error {
		tx.Emit(event.Event{Name: name})
		_, err := tx.Exec(ctx, `INSERT INTO installation (name, value) VALUES ($1, $2)`, name, value)
		return err
	})
}

func count(t *testing.T, d *DB) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *Tx) error {
		return tx.Row(t.Context(), `SELECT count(*) FROM installation`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// exec runs a statement on the writer's connection.
func exec(t *testing.T, d *DB, query string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(t.Context(), query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsStoredIsThereAfterwardsAndForItsOwnerOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a folder that is not there", "odd name?&%41#.db")
	d := opened(t, Options{URL: file})
	if err := put(t.Context(), d, "a", "x"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + "-wal", file + "-shm", file + ".lock"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info, err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		t.Errorf("the journal was left behind with %d bytes", wal.Size())
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if n := count(t, opened(t, Options{URL: file})); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a file that all could read is still %v", info.Mode())
	}
}

func TestOpeningRefusesInPlainWords(t *testing.T) {
	sound := filepath.Join(t.TempDir(), "sound.db")
	d := opened(t, Options{URL: sound})
	for i := range 200 {
		if err := put(t.Context(), d, fmt.Sprint(i), strings.Repeat("x", 500)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		arrange func(file string) error
		want    []string
	}{
		"a newer database": {func(file string) error {
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				return err
			}
			pool, err := sqlitePool(file, 1)
			if err != nil {
				return err
			}
			_, err = pool.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
			return errors.Join(err, pool.Close())
		}, []string{"schema version 9999", "only versions up to", "newer Parley"}},
		"another kind of file": {func(file string) error {
			return os.WriteFile(file, bytes.Repeat([]byte("Dear diary, "), 100), 0o600)
		}, []string{"damaged", "does not begin like a SQLite database"}},
		"a stub": {func(file string) error {
			return os.WriteFile(file, raw[:50], 0o600)
		}, []string{"damaged", "shorter than"}},
		"a file cut off": {func(file string) error {
			return os.WriteFile(file, raw[:len(raw)/2], 0o600)
		}, []string{"damaged", fmt.Sprintf("should have %d bytes but has %d", len(raw), len(raw)/2), "backup"}},
		"a file with a hole": {func(file string) error {
			torn := slices.Clone(raw)
			clear(torn[4096 : len(torn)-4096])
			return os.WriteFile(file, torn, 0o600)
		}, []string{"damaged", "backup"}},
		"a folder": {func(file string) error { return os.Mkdir(file, 0o700) }, []string{"cannot be opened"}},
		"a file in the folder's place": {func(file string) error {
			return errors.Join(os.Remove(filepath.Dir(file)), os.WriteFile(filepath.Dir(file), nil, 0o600))
		}, []string{"folder"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "sub", "p.db")
			if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), c.arrange(file)); err != nil {
				t.Fatal(err)
			}
			d, err := Open(t.Context(), Options{URL: file})
			if err == nil {
				t.Fatal("opened it", d.Close())
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestAFolderThatCannotBeWrittenIsRefused(t *testing.T) {
	_, err := Open(t.Context(), Options{URL: "/proc/self/fd/p.db"}) // root may write everywhere else
	if err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("got %v", err)
	}
}

func TestOneProcessServesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.db")
	d := opened(t, Options{URL: file})
	_, err := Open(t.Context(), Options{URL: file})
	if err == nil || !strings.Contains(err.Error(), "in use by another Parley (process "+fmt.Sprint(os.Getpid())) {
		t.Errorf("got %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, Options{URL: file})
}

func TestABigFileIsCheckedInPassing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.db")
	d := opened(t, Options{URL: file})
	if err := put(t.Context(), d, "big", strings.Repeat("x", 2*maxQuickCheck)); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, opened(t, Options{URL: file})); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// hold lets many callers queue behind one, so that they commit as one group.
func hold(t *testing.T, d *DB, n int, write func(i int) error) []error {
	t.Helper()
	w := d.engine.(*sqliteDB).writer
	began, free := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = d.Write(t.Context(), func(*Tx) error { close(began); <-free; return nil })
	})
	<-began
	results := make([]error, n)
	for i := range n {
		all.Go(func() { results[i] = write(i) })
		for len(w.queue) <= i {
			runtime.Gosched() // in this order
		}
	}
	close(free)
	all.Wait()
	return results
}

func TestAGroupIsStoredAndPublishedInOrder(t *testing.T) {
	var calls [][]string
	d := opened(t, Options{URL: filepath.Join(t.TempDir(), "p.db"), Publish: func(events []event.Event) {
		var names []string
		for _, e := range events {
			names = append(names, e.Name)
		}
		calls = append(calls, names)
	}})
	gone, cancel := context.WithCancel(t.Context())
	results := hold(t, d, 6, func(i int) error {
		ctx := t.Context()
		name := string(rune('a' + i))
		switch i {
		case 1:
			name = "a" // a duplicate
		case 2:
			return d.Write(ctx, func(tx *Tx) error { tx.Emit(event.Event{Name: "never"}); panic("oh") })
		case 3:
			ctx = gone
		case 4:
			cancel() // while the one before waits
		}
		return put(ctx, d, name, "x")
	})
	for i, want := range []bool{true, false, false, false, true, true} {
		if (results[i] == nil) != want {
			t.Errorf("transaction %d: %v", i, results[i])
		}
	}
	if !IsUnique(results[1]) || !errors.Is(results[3], context.Canceled) {
		t.Errorf("got %v", results)
	}
	if diff := cmp.Diff([][]string{{"a", "e", "f"}}, calls); diff != "" {
		t.Errorf("published %v, want one call for the group", calls)
	}
	if n := count(t, d); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
}

func TestAListenersPanicDoesNotStopTheWriter(t *testing.T) {
	d := opened(t, Options{URL: filepath.Join(t.TempDir(), "p.db"), Publish: func([]event.Event) { panic("oh") }})
	for i := range 3 {
		if err := put(t.Context(), d, fmt.Sprint(i), "x"); err != nil {
			t.Error(err)
		}
	}
}

func TestAnEndedGoroutineDoesNotStopTheWriter(t *testing.T) {
	d := opened(t, Options{URL: filepath.Join(t.TempDir(), "p.db")})
	err := d.Write(t.Context(), func(tx *Tx) error {
		_, _ = tx.Exec(t.Context(), `INSERT INTO installation (name, value) VALUES ('a', 'x')`)
		runtime.Goexit()
		return nil
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := put(t.Context(), d, "b", "x"); err != nil || count(t, d) != 1 {
		t.Errorf("afterwards: %v, %d rows", err, count(t, d))
	}
}

func TestAFullDiskIsUnavailableUntilThereIsRoom(t *testing.T) {
	var log bytes.Buffer
	var published int
	d := opened(t, Options{
		URL: filepath.Join(t.TempDir(), "p.db"), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Publish: func(events []event.Event) { published += len(events) },
	})
	var pages int // of the empty tables
	if err := d.Read(t.Context(), func(tx *Tx) error { return tx.Row(t.Context(), `PRAGMA page_count`).Scan(&pages) }); err != nil {
		t.Fatal(err)
	}
	exec(t, d, fmt.Sprint(`PRAGMA max_page_count = `, pages+20))
	stored, refused := 0, 0
	for i := range 40 {
		switch err := put(t.Context(), d, fmt.Sprint(i), strings.Repeat("x", 10_000)); {
		case err == nil:
			stored++
		case errors.Is(err, ErrUnavailable) && full(err):
			refused++
		default:
			t.Fatal(err)
		}
	}
	if stored == 0 || refused == 0 || count(t, d) != stored || published != stored {
		t.Errorf("%d stored, %d refused; %d rows, %d published", stored, refused, count(t, d), published)
	}
	if n := strings.Count(log.String(), "cannot be written"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, &log)
	}
	results := hold(t, d, 5, func(i int) error { return put(t.Context(), d, fmt.Sprint("group", i), strings.Repeat("x", 100_000)) })
	for _, err := range results {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("in a group: %v", err)
		}
	}
	exec(t, d, `PRAGMA max_page_count = 100000`)
	if err := put(t.Context(), d, "after", "x"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if !strings.Contains(log.String(), "can be written again") {
		t.Errorf("the end was not logged:\n%s", &log)
	}
}

func TestAReadOnlyDatabaseIsUnavailableAndComesBackByItself(t *testing.T) {
	d := opened(t, Options{URL: filepath.Join(t.TempDir(), "p.db")})
	err := d.Write(t.Context(), func(tx *Tx) error {
		_, _ = tx.Exec(t.Context(), `PRAGMA query_only = 1`)
		_, err := tx.Exec(t.Context(), `DELETE FROM installation`)
		return err
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if err := d.Ping(t.Context()); err != nil { // the connection was replaced, and the probe says that all is well
		t.Error(err)
	}
	if d.engine.(*sqliteDB).broken.Load() {
		t.Error("still thought to be broken")
	}
}

// A commit that fails fails everybody in the group, also those whose own work was sound or refused.
func TestAFailedCommitFailsTheWholeGroup(t *testing.T) {
	published := 0
	d := opened(t, Options{URL: filepath.Join(t.TempDir(), "p.db"), Publish: func(e []event.Event) { published += len(e) }})
	exec(t, d, `CREATE TABLE strict (a TEXT REFERENCES installation (name) DEFERRABLE INITIALLY DEFERRED)`)
	results := hold(t, d, 4, func(i int) error {
		if i == 2 {
			return d.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO strict VALUES ('nobody')`)
				return err
			})
		}
		return put(t.Context(), d, map[int]string{0: "a", 1: "a", 3: "d"}[i], "x")
	})
	for i, err := range results {
		if !errors.Is(err, ErrUnavailable) || IsUnique(err) {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if published != 0 || count(t, d) != 0 {
		t.Errorf("published %d, stored %d; want nothing", published, count(t, d))
	}
	if err := put(t.Context(), d, "a", "x"); err != nil {
		t.Error(err)
	}
}

func TestStatementsBuiltAtRunTimeDoNotFillTheMemory(t *testing.T) {
	d := opened(t, Options{URL: filepath.Join(t.TempDir(), "p.db"), Readers: 1})
	err := d.Read(t.Context(), func(tx *Tx) error {
		for i := range 2 * maxStatements {
			if err := tx.Row(t.Context(), fmt.Sprintf(`SELECT %d`, i)).Scan(new(int)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.engine.(*sqliteDB).readers.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	_ = c.Raw(func(raw any) error {
		if n := len(raw.(*conn).statements); n > maxStatements {
			t.Errorf("%d statements are kept", n)
		}
		return nil
	})
}
