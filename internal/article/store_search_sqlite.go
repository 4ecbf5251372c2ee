package article

import (
	"context"
	"strings"

	"parley/internal/platform/db"
)

// indexPageSQLite puts a page into FTS5's index, which keeps nothing else of it.
func indexPageSQLite(ctx context.Context, tx *db.Tx, n int64, scope string, x indexed) error {
	if err := unindexPageSQLite(ctx, tx, n); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO article_search (rowid, scope, title, body) VALUES ($1, $2, $3, $4)`,
		n, scope, strings.Join(x.title, " "), strings.Join(x.body, " "))
	return err
}

func unindexPageSQLite(ctx context.Context, tx *db.Tx, n int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM article_search WHERE rowid = $1`, n)
	return err
}

// matchingSQLite goes from the index to the pages one by one, so that it ends once there are enough; IN would first gather all that match.
const matchingSQLite = `article_search CROSS JOIN article_pages p ON p.n = article_search.rowid WHERE article_search MATCH $1`

// matchSQLite quotes every word as a string, in which FTS5 knows no operators; folded words have no quotes in them.
func matchSQLite(scope string, a asked, title, any bool) string {
	list := make([]string, len(a.words))
	for i, w := range a.words {
		list[i] = `"` + w + `"`
		if a.starts(i) {
			list[i] += "*"
		}
	}
	with := " AND "
	if any {
		with = " OR "
	}
	column := "body"
	if title {
		column = "title"
	}
	return `scope : "` + scope + `" AND ` + column + ` : (` + strings.Join(list, with) + `)`
}
