package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxQuickCheck is the largest file that is checked in full when it is opened: about 50 ms.
const maxQuickCheck = 8 << 20

// claim makes sure that file can be used by this process, and by no other until the lock is closed:
// the folder can be written (the journal lives there), nobody else serves the file, and it is readable by its owner only.
func claim(file string) (lock *os.File, err error) {
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the database cannot be made: %w", err)
	}
	lock, err = os.OpenFile(file+".lock", os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("the folder %s cannot be written, and the database needs it for its journal: %w", folder, err)
	}
	defer func() {
		if err != nil {
			_ = lock.Close() // err says more
		}
	}()
	busy, err := lockFile(lock)
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", lock.Name(), err)
	case busy:
		return nil, fmt.Errorf("%s is in use by another Parley%s: stop it first, or choose another file", file, holder(lock))
	}
	if err := lock.Truncate(0); err == nil {
		_, _ = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0) // only for the message above
	}
	return lock, private(file)
}

// private creates file, or makes an existing one readable by its owner only.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("the database %s cannot be opened for writing: %w", file, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a file", file)
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	return errors.Join(err, f.Close())
}

func holder(lock io.ReaderAt) string {
	buf := make([]byte, 20)
	n, _ := lock.ReadAt(buf, 0) // the end of the file is no error here
	if pid := strings.TrimSpace(string(buf[:n])); pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}

// errDamaged is what the operator reads; why is for those who want to know more.
func errDamaged(file, why string) error {
	return fmt.Errorf("the database %s is damaged (%s): put a backup of it in its place; Parley has changed nothing", file, why)
}

// checkHeader refuses a file that is no database, or that was cut off, without reading more than 100 bytes of it.
// SQLite itself would notice the latter only when somebody reads the missing pages.
func checkHeader(file string) error {
	f, err := os.Open(file) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil {
		return errDamaged(file, "it is shorter than a database's header")
	}
	if string(head[:16]) != "SQLite format 3\x00" {
		return errDamaged(file, "it does not begin like a SQLite database")
	}
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		return nil // the process died: the journal may hold the pages that the file lacks
	}
	size := int64(binary.BigEndian.Uint16(head[16:]))
	if size == 1 {
		size = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	counted := binary.BigEndian.Uint32(head[24:]) == binary.BigEndian.Uint32(head[92:]) // else the page count is not kept
	if counted && info.Size() < pages*size {
		return errDamaged(file, fmt.Sprintf("it should have %d bytes but has %d", pages*size, info.Size()))
	}
	return nil
}

// checkContent reads the schema, and a small database in full. A large one would take seconds at every start:
// there the last entry of every table and index is read, which finds a damaged root or a torn end.
func checkContent(ctx context.Context, pool *sql.DB, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.Size() <= maxQuickCheck {
		var verdict string
		if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
			return soundOr(err, file)
		}
		if verdict != "ok" {
			return errDamaged(file, verdict)
		}
		return nil
	}
	names, err := tables(ctx, pool)
	if err != nil {
		return soundOr(err, file)
	}
	for _, name := range names {
		var n int
		query := `SELECT count(*) FROM (SELECT 1 FROM "` + name + `" ORDER BY rowid DESC LIMIT 1)`
		if err := pool.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return soundOr(err, file)
		}
	}
	return nil
}

func tables(ctx context.Context, pool *sql.DB) (names []string, err error) {
	rows, err := pool.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%' AND sql NOT LIKE 'CREATE VIRTUAL%'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func soundOr(err error, file string) error {
	if damaged(err) {
		return errDamaged(file, err.Error())
	}
	return fmt.Errorf("read the database %s: %w", file, err)
}
