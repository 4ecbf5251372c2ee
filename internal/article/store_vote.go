package article

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// errNoVote never leaves the package.
var errNoVote = errors.New("no vote")

// lockVotes takes the article's row, so that its counts are those of its votes.
func lockVotes(ctx context.Context, tx *db.Tx, p id.Property, a id.Article) (t Tally, err error) {
	err = tx.Row(ctx, `UPDATE articles SET yes_count = yes_count WHERE property_id = $1 AND id = $2 RETURNING yes_count, no_count`, p, a).Scan(&t.Yes, &t.No)
	if errors.Is(err, sql.ErrNoRows) {
		return Tally{}, ErrNotFound
	}
	return t, err
}

func setTally(ctx context.Context, tx *db.Tx, p id.Property, a id.Article, t Tally) error {
	_, err := tx.Exec(ctx, `UPDATE articles SET yes_count = $1, no_count = $2 WHERE property_id = $3 AND id = $4`, t.Yes, t.No, p, a)
	return err
}

func findVote(ctx context.Context, tx *db.Tx, p id.Property, a id.Article, voter string) (Vote, error) {
	v := Vote{Article: a, Voter: voter}
	var when int64
	err := tx.Row(ctx, `SELECT language, helpful, missing, at FROM article_votes WHERE property_id = $1 AND article_id = $2 AND voter = $3`, p, a, voter).
		Scan(&v.Language, &v.Helpful, &v.Missing, &when)
	if errors.Is(err, sql.ErrNoRows) {
		return Vote{}, errNoVote
	}
	v.At = at(when)
	return v, err
}

func putVote(ctx context.Context, tx *db.Tx, p id.Property, v Vote) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO article_votes (article_id, voter, id, property_id, language, helpful, missing, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (article_id, voter) DO UPDATE SET language = excluded.language, helpful = excluded.helpful, missing = excluded.missing, at = excluded.at`,
		v.Article, v.Voter, id.New[string](), p, v.Language, v.Helpful, v.Missing, ms(v.At))
	return err
}

// votesOf reads a voter's votes, oldest first, with what the articles are called.
func votesOf(ctx context.Context, tx *db.Tx, p id.Property, voter string) ([]VoteExport, error) {
	rows, err := tx.Query(ctx, `
		SELECT v.article_id, COALESCE(t.title, ''), v.language, v.helpful, v.missing, v.at
		FROM article_votes v JOIN articles a ON a.id = v.article_id LEFT JOIN article_texts t ON t.article_id = a.id AND t.language = a.language
		WHERE v.property_id = $1 AND v.voter = $2 ORDER BY v.at, v.id`, p, voter)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []VoteExport{}
	for rows.Next() {
		var v VoteExport
		if err := rows.Scan(&v.Article, &v.Title, &v.Language, &v.Helpful, &v.Missing, &v.At); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// deleteVotes deletes a voter's votes and takes them out of the articles' counts.
func deleteVotes(ctx context.Context, tx *db.Tx, p id.Property, voter string) (int64, error) {
	for _, q := range []string{
		`UPDATE articles SET yes_count = yes_count - 1 WHERE property_id = $1 AND id IN (SELECT article_id FROM article_votes WHERE property_id = $1 AND voter = $2 AND helpful)`,
		`UPDATE articles SET no_count = no_count - 1 WHERE property_id = $1 AND id IN (SELECT article_id FROM article_votes WHERE property_id = $1 AND voter = $2 AND NOT helpful)`,
	} {
		if _, err := tx.Exec(ctx, q, p, voter); err != nil {
			return 0, err
		}
	}
	return tx.Exec(ctx, `DELETE FROM article_votes WHERE property_id = $1 AND voter = $2`, p, voter)
}

func insertChat(ctx context.Context, tx *db.Tx, p id.Property, c id.Chat, a id.Article, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO article_chats (property_id, article_id, chat_id, at)
		SELECT property_id, id, $3, CAST($4 AS BIGINT) FROM articles WHERE property_id = $1 AND id = $2
		ON CONFLICT (chat_id) DO NOTHING`, p, a, c, now.UnixMilli())
	return err
}
