package article

import (
	"context"
	"database/sql"
	"errors"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const textColumns = `
	t.article_id, t.language, t.state, t.slug, t.title, t.description, t.revision, t.saved_by, t.saved_at, t.version_at, t.version_revision,
	t.published_at, t.first_published_at, t.published_revision, COALESCE(p.slug, '')`

const textTables = ` FROM article_texts t LEFT JOIN article_pages p ON p.article_id = t.article_id AND p.language = t.language`

func scanText(row scanner, more ...any) (t Text, err error) {
	var saved, version, published, first int64
	err = row.Scan(append([]any{
		&t.Article, &t.Language, &t.State, &t.Slug, &t.Title, &t.Description, &t.Revision, &t.SavedBy, &saved, &version, &t.versionRevision,
		&published, &first, &t.PublishedRevision, &t.PublicSlug,
	}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return Text{}, ErrNoText
	}
	t.SavedAt, t.versionAt, t.PublishedAt, t.firstPublishedAt = at(saved), at(version), at(published), at(first)
	if len(more) > 0 {
		t.Markdown = *more[0].(*string)
	}
	return t, err
}

// listTexts reads the texts of some articles; whole: with their Markdown.
func listTexts(ctx context.Context, tx *db.Tx, p id.Property, articles []id.Article, whole bool) ([]Text, error) {
	columns, more := textColumns, []any(nil)
	if whole {
		columns, more = textColumns+`, t.markdown`, []any{new(string)}
	}
	marks, args := in([]any{p}, articles)
	rows, err := tx.Query(ctx, `SELECT`+columns+textTables+` WHERE t.property_id || '' = $1 AND t.article_id IN (`+marks+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Text
	for rows.Next() {
		t, err := scanText(rows, more...)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

func findText(ctx context.Context, tx *db.Tx, p id.Property, a id.Article, language string) (Text, error) {
	return scanText(tx.Row(ctx, `SELECT`+textColumns+`, t.markdown`+textTables+` WHERE t.property_id = $1 AND t.article_id = $2 AND t.language = $3`,
		p, a, language), new(string))
}

// foldedOf is what the list's search looks at and sorts by.
func foldedOf(t Text) string { return fold(t.Title) + "\n" + fold(t.Slug) }

func insertText(ctx context.Context, tx *db.Tx, p id.Property, t Text) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO article_texts (article_id, language, property_id, state, slug, title, description, markdown, folded, revision, saved_by, saved_at, version_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		t.Article, t.Language, p, t.State, t.Slug, t.Title, t.Description, t.Markdown, foldedOf(t), t.Revision, t.SavedBy, ms(t.SavedAt), ms(t.versionAt))
	return err
}

// updateText writes a text, unless somebody wrote it since it was read.
func updateText(ctx context.Context, tx *db.Tx, p id.Property, was, t Text) error {
	n, err := tx.Exec(ctx, `
		UPDATE article_texts SET state = $1, slug = $2, title = $3, description = $4, markdown = $5, folded = $6, revision = $7, saved_by = $8, saved_at = $9,
			version_at = $10, version_revision = $11, published_at = $12, first_published_at = $13, published_revision = $14
		WHERE property_id = $15 AND article_id = $16 AND language = $17 AND revision = $18`,
		t.State, t.Slug, t.Title, t.Description, t.Markdown, foldedOf(t), t.Revision, t.SavedBy, ms(t.SavedAt),
		ms(t.versionAt), t.versionRevision, ms(t.PublishedAt), ms(t.firstPublishedAt), t.PublishedRevision,
		p, t.Article, t.Language, was.Revision)
	if err == nil && n == 0 {
		return ErrChanged
	}
	return err
}

// slugTaken reports whether another article has this address now, in its working copy or for readers.
func slugTaken(ctx context.Context, tx *db.Tx, p id.Property, language, slug string, but id.Article) (bool, error) {
	var n int64
	err := tx.Row(ctx, `
		SELECT (SELECT COUNT(*) FROM article_texts WHERE property_id = $1 AND language = $2 AND slug = $3 AND article_id <> $4)
			+ (SELECT COUNT(*) FROM article_pages WHERE property_id = $1 AND language = $2 AND slug = $3 AND article_id <> $4)`,
		p, language, slug, but).Scan(&n)
	return n > 0, err
}

// unclaim frees an address that no reader has ever seen.
func unclaim(ctx context.Context, tx *db.Tx, p id.Property, language, slug string, a id.Article) error {
	_, err := tx.Exec(ctx, `DELETE FROM help_slugs WHERE property_id = $1 AND kind = 'article' AND language = $2 AND slug = $3 AND target_id = $4`,
		p, language, slug, a)
	return err
}

// insertVersion keeps a version under the next number.
func insertVersion(ctx context.Context, tx *db.Tx, p id.Property, t Text, v Version) (Version, error) {
	err := tx.Row(ctx, `
		INSERT INTO article_versions (id, article_id, language, property_id, number, title, description, markdown, agent_id, reason, at)
		SELECT $1, $2, $3, $4, COALESCE((SELECT MAX(number) FROM article_versions WHERE article_id = $2 AND language = $3), 0) + 1, $5, $6, $7, $8, $9, CAST($10 AS BIGINT)
		RETURNING number`,
		id.New[string](), t.Article, t.Language, p, v.Title, v.Description, v.Markdown, v.Agent, v.Reason, ms(v.At)).Scan(&v.Number)
	return v, err
}

// listVersions reads versions of a text that was found in its property before.
func listVersions(ctx context.Context, tx *db.Tx, of Text, before int64, limit int) ([]Version, error) {
	rows, err := tx.Query(ctx, `
		SELECT number, title, agent_id, reason, at FROM article_versions
		WHERE article_id = $1 AND language = $2 AND ($3 = 0 OR number < $3) ORDER BY number DESC LIMIT $4`,
		of.Article, of.Language, before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Version
	for rows.Next() {
		var v Version
		var when int64
		if err := rows.Scan(&v.Number, &v.Title, &v.Agent, &v.Reason, &when); err != nil {
			return nil, err
		}
		v.At = at(when)
		list = append(list, v)
	}
	return list, rows.Err()
}

func findVersion(ctx context.Context, tx *db.Tx, p id.Property, a id.Article, language string, number int64) (v Version, err error) {
	var when int64
	err = tx.Row(ctx, `
		SELECT number, title, description, markdown, agent_id, reason, at FROM article_versions
		WHERE property_id = $1 AND article_id = $2 AND language = $3 AND number = $4`, p, a, language, number).
		Scan(&v.Number, &v.Title, &v.Description, &v.Markdown, &v.Agent, &v.Reason, &when)
	if errors.Is(err, sql.ErrNoRows) {
		return Version{}, ErrNoVersion
	}
	v.At = at(when)
	return v, err
}
