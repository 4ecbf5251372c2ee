package article

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// propertyOf is whose an article is that was found in a property before.
func propertyOf(ctx context.Context, tx *db.Tx, a id.Article) (p id.Property, err error) {
	err = tx.Row(ctx, `SELECT property_id FROM articles WHERE id = $1`, a).Scan(&p)
	return p, err
}

// putPage makes the page of a text that is published, or makes it anew, and what the search knows of it.
func putPage(ctx context.Context, tx *db.Tx, a Article, t Text, words *words) error {
	var terms string
	err := tx.Row(ctx, `SELECT terms FROM article_pages WHERE property_id = $1 AND article_id = $2 AND language = $3`, a.Property, a.ID, t.Language).Scan(&terms)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	r := Render(t.Markdown, t.Language)
	x := index(t.Title, t.Description, r.Plain)
	contents, err := json.Marshal(r.Contents)
	if err != nil {
		return err
	}
	var n int64
	err = tx.Row(ctx, `
		INSERT INTO article_pages (article_id, language, property_id, category_id, audience, slug, title, description, html, plain, contents, terms, author_id,
			published_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (article_id, language) DO UPDATE SET category_id = excluded.category_id, audience = excluded.audience, slug = excluded.slug,
			title = excluded.title, description = excluded.description, html = excluded.html, plain = excluded.plain, contents = excluded.contents,
			terms = excluded.terms, author_id = excluded.author_id, published_at = excluded.published_at, updated_at = excluded.updated_at
		RETURNING n`,
		a.ID, t.Language, a.Property, a.Category, a.Audience, t.Slug, t.Title, t.Description, r.HTML, r.Plain, string(contents), x.terms, a.Author,
		ms(t.firstPublishedAt), ms(t.PublishedAt)).Scan(&n)
	if err != nil {
		return err
	}
	words.remove(t.Language, a.Audience, wordsOf(terms))
	words.add(t.Language, a.Audience, x.body)
	return indexPage(ctx, tx, n, scopeOf(a.Property, t.Language), x)
}

// dropPage deletes the page of a text, if there is one, and takes its words out.
func dropPage(ctx context.Context, tx *db.Tx, a Article, language string, words *words) error {
	var n int64
	var terms string
	err := tx.Row(ctx, `DELETE FROM article_pages WHERE property_id = $1 AND article_id = $2 AND language = $3 RETURNING n, terms`,
		a.Property, a.ID, language).Scan(&n, &terms)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	words.remove(language, a.Audience, wordsOf(terms))
	return unindexPage(ctx, tx, n)
}

// movePages notes the category that an article is in now.
func movePages(ctx context.Context, tx *db.Tx, p id.Property, a id.Article, c id.Category) error {
	_, err := tx.Exec(ctx, `UPDATE article_pages SET category_id = $1 WHERE property_id || '' = $2 AND article_id = $3`, c, p, a)
	return err
}

// turnPage makes a page public or for agents only, as the article is now.
func turnPage(ctx context.Context, tx *db.Tx, a Article, language string, words *words) error {
	var terms string
	err := tx.Row(ctx, `UPDATE article_pages SET audience = $1 WHERE property_id = $2 AND article_id = $3 AND language = $4 RETURNING terms`,
		a.Audience, a.Property, a.ID, language).Scan(&terms)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	was := Public
	if a.Audience == Public {
		was = Agents
	}
	words.remove(language, was, wordsOf(terms))
	words.add(language, a.Audience, wordsOf(terms))
	return nil
}

// scopeOf is the word by which the search finds the pages of one property in one language.
func scopeOf(p id.Property, language string) string {
	return strings.ReplaceAll(string(p), "-", "") + language
}

const entryColumns = `p.article_id, p.language, p.slug, p.title, p.description, p.category_id, p.published_at, p.updated_at`

func scanEntry(row scanner, more ...any) (e Entry, err error) {
	var published, updated int64
	err = row.Scan(append([]any{&e.Article, &e.Language, &e.Slug, &e.Title, &e.Description, &e.Category, &published, &updated}, more...)...)
	e.PublishedAt, e.UpdatedAt = at(published), at(updated)
	return e, err
}

func scanEntries(rows *sql.Rows) ([]Entry, error) {
	defer rows.Close()
	list := []Entry{}
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// around is what a page needs to find what stands around it.
type around struct {
	position int64
	related  []id.Article
	author   id.Agent
}

// nearby is what stands around a page.
type nearby struct {
	translations   []Translation
	related        []Entry
	previous, next *Entry
}

const pageQuery = `
	SELECT ` + entryColumns + `, p.html, substr(p.plain, 1, 500), p.contents, p.author_id, p.audience, a.yes_count, a.no_count, a.position, a.related
	FROM article_pages p JOIN articles a ON a.id = p.article_id `

func scanPage(row scanner) (p Page, x around, err error) {
	var contents, related string
	p.Entry, err = scanEntry(row, &p.HTML, &p.Plain, &contents, &x.author, &p.Audience, &p.Yes, &p.No, &x.position, &related)
	if errors.Is(err, sql.ErrNoRows) {
		return Page{}, x, ErrNotFound
	}
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(contents), &p.Contents), json.Unmarshal([]byte(related), &x.related))
	}
	return p, x, err
}

func findPage(ctx context.Context, tx *db.Tx, p id.Property, language, slug string) (Page, around, error) {
	return scanPage(tx.Row(ctx, pageQuery+`WHERE p.property_id = $1 AND p.language = $2 AND p.slug = $3 AND p.audience = 'public'`, p, language, slug))
}

func findPageOf(ctx context.Context, tx *db.Tx, p id.Property, language string, a id.Article) (Page, around, error) {
	return scanPage(tx.Row(ctx, pageQuery+`WHERE p.property_id || '' = $1 AND p.language = $2 AND p.article_id = $3 AND p.audience = 'public'`, p, language, a))
}

// publicSlug is where an article is in a language; "": nowhere that readers see.
func publicSlug(ctx context.Context, tx *db.Tx, p id.Property, language, a string) (slug string, err error) {
	err = tx.Row(ctx, `SELECT slug FROM article_pages WHERE property_id || '' = $1 AND language = $2 AND article_id = $3 AND audience = 'public'`, p, language, a).Scan(&slug)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return slug, err
}

// readAround reads what stands around a page in one statement, for each page view asks it: the same article in other languages, the
// related ones, and in its category the one before and the one after.
func readAround(ctx context.Context, tx *db.Tx, language string, here Article, related []id.Article) (nearby, error) {
	args := []any{here.Property, language, here.ID}
	query := `
		SELECT ` + entryColumns + `, 'translation' FROM article_pages p
		WHERE p.property_id || '' = $1 AND p.language <> $2 AND p.audience = 'public' AND p.article_id = $3`
	if here.Category != "" { // what is in no category has no order
		args = append(args, here.Category, here.Position)
		nearest := func(name, compare, turn string) string {
			return `
		UNION ALL SELECT * FROM (SELECT ` + entryColumns + `, '` + name + `' FROM articles a JOIN article_pages p ON p.article_id = a.id AND p.language = $2
			WHERE a.property_id = $1 AND a.category_id = $4 AND p.audience = 'public' AND (a.position, a.id) ` + compare + ` ($5, $3)
			ORDER BY a.position ` + turn + `, a.id ` + turn + ` LIMIT 1) AS ` + name
		}
		query += nearest("previous", "<", "DESC") + nearest("next", ">", "ASC")
	}
	if len(related) > 0 {
		marks, all := in(args, related)
		args = all
		query += `
		UNION ALL SELECT ` + entryColumns + `, 'related' FROM article_pages p
		WHERE p.property_id || '' = $1 AND p.language = $2 AND p.audience = 'public' AND p.article_id IN (` + marks + `)`
	}
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nearby{}, err
	}
	defer rows.Close()
	var found nearby
	for rows.Next() {
		var part string
		e, err := scanEntry(rows, &part)
		if err != nil {
			return nearby{}, err
		}
		switch part {
		case "translation":
			found.translations = append(found.translations, Translation{Language: e.Language, Slug: e.Slug})
		case "related":
			found.related = append(found.related, e)
		case "previous":
			found.previous = &e
		case "next":
			found.next = &e
		}
	}
	return found, rows.Err()
}

// listCategory reads public entries of the category of from, from its place on.
func listCategory(ctx context.Context, tx *db.Tx, language string, from Article, limit int) ([]Entry, error) {
	rows, err := tx.Query(ctx, `
		SELECT `+entryColumns+` FROM articles a JOIN article_pages p ON p.article_id = a.id AND p.language = $2
		WHERE a.property_id = $1 AND a.category_id = $3 AND p.audience = 'public' AND (a.position, a.id) > ($4, $5)
		ORDER BY a.position, a.id LIMIT $6`, from.Property, language, from.Category, from.Position, from.ID, limit)
	if err != nil {
		return nil, err
	}
	return scanEntries(rows)
}

func listRecent(ctx context.Context, tx *db.Tx, p id.Property, language string, limit int) ([]Entry, error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM article_pages p
		WHERE p.property_id = $1 AND p.language = $2 AND p.audience = 'public' ORDER BY p.updated_at DESC, p.article_id LIMIT $3`, p, language, limit)
	if err != nil {
		return nil, err
	}
	return scanEntries(rows)
}

func listPopular(ctx context.Context, tx *db.Tx, p id.Property, language string, limit int) ([]Entry, error) {
	rows, err := tx.Query(ctx, `
		SELECT `+entryColumns+`, a.views FROM articles a JOIN article_pages p ON p.article_id = a.id AND p.language = $2
		WHERE a.property_id = $1 AND a.heat > 0 AND p.audience = 'public' ORDER BY a.heat DESC LIMIT $3`, p, language, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Entry
	for rows.Next() {
		var views int64
		e, err := scanEntry(rows, &views)
		if err != nil {
			return nil, err
		}
		e.Views = views
		list = append(list, e)
	}
	return list, rows.Err()
}

func listAll(ctx context.Context, tx *db.Tx, p id.Property, languages []string) ([]Entry, error) {
	marks, args := in([]any{p}, languages)
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM article_pages p
		WHERE p.property_id = $1 AND p.audience = 'public' AND p.language IN (`+marks+`) ORDER BY p.language, p.slug`, args...)
	if err != nil {
		return nil, err
	}
	return scanEntries(rows)
}

// findCard reads an article for a thread in the best of some languages; any: in one that is none of them.
func findCards(ctx context.Context, tx *db.Tx, p id.Property, a id.Article) (list []Entry, audience Audience, err error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+`, p.audience FROM article_pages p WHERE p.property_id || '' = $1 AND p.article_id = $2`, p, a)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows, &audience)
		if err != nil {
			return nil, "", err
		}
		list = append(list, e)
	}
	return list, audience, rows.Err()
}
