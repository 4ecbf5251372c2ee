package article

import (
	"context"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// byIndex keeps PostgreSQL from reading the whole table in this transaction: it does not count what it costs to unpack the vector of each
// row, which is most of it, and would take 400 ms of 10,000 articles where the index takes 5.
func byIndex(ctx context.Context, tx *db.Tx) error {
	if tx.Dialect() != db.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = off`)
	return err
}

func indexPage(ctx context.Context, tx *db.Tx, n int64, scope string, x indexed) error {
	if tx.Dialect() == db.Postgres {
		return indexPagePostgres(ctx, tx, n, scope, x)
	}
	return indexPageSQLite(ctx, tx, n, scope, x)
}

func unindexPage(ctx context.Context, tx *db.Tx, n int64) error {
	if tx.Dialect() == db.Postgres {
		return nil // the index is part of the row
	}
	return unindexPageSQLite(ctx, tx, n)
}

// match is the database's own question for the words, in the title or anywhere, all of them or any.
func match(d db.Dialect, in inLanguage, a asked, title, any bool) string {
	if d == db.Postgres {
		return matchPostgres(scopeOf(in.property, in.language), a, title, any)
	}
	return matchSQLite(scopeOf(in.property, in.language), a, title, any)
}

// candidates finds pages that match, so many that ranking them is quick.
func candidates(ctx context.Context, tx *db.Tx, p id.Property, match string, agents bool) ([]candidate, error) {
	matching := matchingSQLite
	if tx.Dialect() == db.Postgres {
		matching = matchingPostgres
	}
	rows, err := tx.Query(ctx, `
		SELECT `+entryColumns+`, p.n, p.audience, p.terms FROM `+matching+` AND p.property_id || '' = $2 AND (p.audience = 'public' OR $3) LIMIT $4`,
		match, p, agents, mostCandidate)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []candidate
	for rows.Next() {
		var c candidate
		if c.entry, err = scanEntry(rows, &c.n, &c.audience, &c.terms); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// plainOf reads the words of the pages that are shown.
func plainOf(ctx context.Context, tx *db.Tx, p id.Property, list []candidate) (map[int64]string, error) {
	texts := map[int64]string{}
	if len(list) == 0 {
		return texts, nil
	}
	args := []any{p}
	marks := make([]string, len(list))
	for i, c := range list {
		marks[i] = "$" + argument(&args, c.n)
	}
	rows, err := tx.Query(ctx, `SELECT n, plain FROM article_pages WHERE property_id || '' = $1 AND n IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var plain string
		if err := rows.Scan(&n, &plain); err != nil {
			return nil, err
		}
		texts[n] = plain
	}
	return texts, rows.Err()
}
