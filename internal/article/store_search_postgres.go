package article

import (
	"context"
	"strings"

	"parley/internal/platform/db"
)

// titled begins the words of titles in the vector. They are words of their own and not a weight: an index knows no weights, and would
// have every page looked at that has the word anywhere.
const titled = "~"

// indexPagePostgres writes the page's vector. Words come folded and apart, so that no configuration has to be asked what a word is.
func indexPagePostgres(ctx context.Context, tx *db.Tx, n int64, scope string, x indexed) error {
	var b strings.Builder
	b.WriteString("'" + scope + "'")
	for _, w := range x.title {
		b.WriteString(" '" + titled + w + "'")
	}
	for _, w := range x.body {
		b.WriteString(" '" + w + "'")
	}
	_, err := tx.Exec(ctx, `UPDATE article_pages SET search = CAST($2 AS tsvector) WHERE n = $1`, n, b.String())
	return err
}

const matchingPostgres = `article_pages p WHERE p.search @@ CAST($1 AS tsquery)`

// matchPostgres quotes every word; folded words have neither quotes nor backslashes in them.
func matchPostgres(scope string, a asked, title, any bool) string {
	list := make([]string, len(a.words))
	for i, w := range a.words {
		if title {
			w = titled + w
		}
		list[i] = "'" + w + "'"
		if a.starts(i) {
			list[i] += ":*"
		}
	}
	with := " & "
	if any {
		with = " | "
	}
	return "'" + scope + "' & (" + strings.Join(list, with) + ")"
}
