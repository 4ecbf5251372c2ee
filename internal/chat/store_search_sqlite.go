package chat

import (
	"context"
	"fmt"
	"strings"

	"parley/internal/platform/db"
)

// matchingSQLite reads FTS5's own index by the message's number.
func matchingSQLite(n string) string {
	return `m.n IN (SELECT rowid FROM messages_search WHERE messages_search MATCH ` + n + `)`
}

// searchSQLite quotes every word as a string, in which FTS5 knows no operators; a quote is written twice.
func searchSQLite(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
	}
	return strings.Join(quoted, " ") + "*"
}

// indexPage is how many messages one short transaction indexes: it holds the only writer for some milliseconds.
const indexPage = 256

// Index makes what was said findable. On SQLite the search is behind the messages, because FTS5 writes its pages with
// every savepoint of a group commit; in batches it costs a fraction. It goes on where the index ends, also after a crash.
func (s *Service) Index(ctx context.Context) error {
	if s.DB.Dialect() != db.SQLite {
		return nil // PostgreSQL's index is part of the table
	}
	for s.unindexed.Swap(false) {
		n := int64(indexPage)
		for n == indexPage {
			err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = indexMessages(ctx, tx, indexPage)
				return err
			})
			if err != nil {
				s.unindexed.Store(true)
				return fmt.Errorf("index messages: %w", err)
			}
		}
	}
	return nil
}

// indexMessages reads where the index ends from FTS5's own table of sizes, which has a row for every indexed message.
func indexMessages(ctx context.Context, tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO messages_search (rowid, text)
		SELECT n, text FROM messages
		WHERE n > (SELECT COALESCE(max(id), 0) FROM messages_search_docsize) AND kind IN ('text', 'whisper')
		ORDER BY n LIMIT $1`, limit)
}
