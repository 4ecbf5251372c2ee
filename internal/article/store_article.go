package article

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

const articleColumns = `a.id, a.category_id, a.position, a.audience, a.language, a.author_id, a.related, a.yes_count, a.no_count, a.views, a.created_at, a.updated_at`

func scanArticle(row scanner, p id.Property, more ...any) (Article, error) {
	a := Article{Property: p}
	var related string
	var created, updated int64
	err := row.Scan(append([]any{
		&a.ID, &a.Category, &a.Position, &a.Audience, &a.Language, &a.Author, &related, &a.Yes, &a.No, &a.Views, &created, &updated,
	}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return Article{}, ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(related), &a.Related)
	}
	a.CreatedAt, a.UpdatedAt = at(created), at(updated)
	return a, err
}

// findArticle never crosses a property: a neighbour's article is ErrNotFound.
func findArticle(ctx context.Context, tx *db.Tx, p id.Property, article id.Article) (Article, error) {
	return scanArticle(tx.Row(ctx, `SELECT `+articleColumns+` FROM articles a WHERE a.property_id = $1 AND a.id = $2`, p, article), p)
}

// findWhole reads the texts too, the one that was written first in front.
func findWhole(ctx context.Context, tx *db.Tx, p id.Property, article id.Article) (Article, error) {
	a, err := findArticle(ctx, tx, p, article)
	if err != nil {
		return Article{}, err
	}
	a.Texts, err = listTexts(ctx, tx, p, []id.Article{article}, true)
	a.sortTexts()
	return a, err
}

func insertArticle(ctx context.Context, tx *db.Tx, a Article) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO articles (id, property_id, category_id, position, audience, language, author_id, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, a.Property, a.Category, a.Position, a.Audience, a.Language, a.Author, ms(a.CreatedAt), ms(a.UpdatedAt))
	return err
}

func updateArticle(ctx context.Context, tx *db.Tx, a Article) error {
	related, err := json.Marshal(a.Related)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE articles SET category_id = $1, position = $2, audience = $3, related = $4, updated_at = $5 WHERE property_id = $6 AND id = $7`,
		a.Category, a.Position, a.Audience, string(related), ms(a.UpdatedAt), a.Property, a.ID)
	return err
}

func touch(ctx context.Context, tx *db.Tx, a Article) error {
	_, err := tx.Exec(ctx, `UPDATE articles SET updated_at = $1 WHERE property_id = $2 AND id = $3`, ms(a.UpdatedAt), a.Property, a.ID)
	return err
}

// deleteArticle takes what hangs on it along; its pages were deleted before, because the search index hangs on nothing.
func deleteArticle(ctx context.Context, tx *db.Tx, p id.Property, a id.Article) error {
	if _, err := tx.Exec(ctx, `DELETE FROM help_slugs WHERE property_id = $1 AND kind = 'article' AND target_id = $2`, p, a); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM articles WHERE property_id = $1 AND id = $2`, p, a)
	return err
}

func hasCategory(ctx context.Context, tx *db.Tx, p id.Property, c id.Category) error {
	var n int64
	err := tx.Row(ctx, `SELECT COUNT(*) FROM categories WHERE property_id = $1 AND id = $2`, p, c).Scan(&n)
	if err != nil || n == 0 {
		return orElse(err, ErrNoCategory.At("category"))
	}
	return nil
}

func haveArticles(ctx context.Context, tx *db.Tx, p id.Property, list []id.Article) error {
	if len(list) == 0 {
		return nil
	}
	marks, args := in([]any{p}, list)
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM articles WHERE property_id || '' = $1 AND id IN (`+marks+`)`, args...).Scan(&n)
	if err != nil || n != len(list) {
		return orElse(err, ErrRelated)
	}
	return nil
}

func listTitles(ctx context.Context, tx *db.Tx, p id.Property, list []id.Article) (map[id.Article]string, error) {
	marks, args := in([]any{p}, list)
	rows, err := tx.Query(ctx, `
		SELECT a.id, t.title FROM articles a JOIN article_texts t ON t.article_id = a.id AND t.language = a.language
		WHERE a.property_id || '' = $1 AND a.id IN (`+marks+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	titles := map[id.Article]string{}
	for rows.Next() {
		var a id.Article
		var title string
		if err := rows.Scan(&a, &title); err != nil {
			return nil, err
		}
		titles[a] = title
	}
	return titles, rows.Err()
}

// gap is what is left between the places of two neighbours, so that putting something there writes one row.
const gap = 1 << 16

func lastPosition(ctx context.Context, tx *db.Tx, p id.Property, c id.Category) (n int64, err error) {
	err = tx.Row(ctx, `SELECT COALESCE(MAX(position), 0) FROM articles WHERE property_id = $1 AND category_id = $2`, p, c).Scan(&n)
	return n + gap, err
}

// place finds a position before another article of the category, or at its end.
func place(ctx context.Context, tx *db.Tx, a Article, before id.Article) (int64, error) {
	if before == "" {
		var last id.Article
		err := tx.Row(ctx, `SELECT id FROM articles WHERE property_id = $1 AND category_id = $2 ORDER BY position DESC, id DESC LIMIT 1`,
			a.Property, a.Category).Scan(&last)
		if err == nil && last == a.ID {
			return a.Position, nil
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
		return lastPosition(ctx, tx, a.Property, a.Category)
	}
	for range 2 {
		var high, low int64
		err := tx.Row(ctx, `SELECT position FROM articles WHERE property_id = $1 AND category_id = $2 AND id = $3`, a.Property, a.Category, before).Scan(&high)
		if errors.Is(err, sql.ErrNoRows) {
			return 0, ErrPlace
		}
		if err != nil {
			return 0, err
		}
		err = tx.Row(ctx, `
			SELECT COALESCE(MAX(position), 0) FROM articles WHERE property_id = $1 AND category_id = $2 AND (position, id) < ($3, $4) AND id <> $5`,
			a.Property, a.Category, high, before, a.ID).Scan(&low)
		if err != nil {
			return 0, err
		}
		if middle := low + (high-low)/2; middle > low && middle < high {
			return middle, nil
		}
		if err := spread(ctx, tx, a.Property, a.Category); err != nil { // no room between the two
			return 0, err
		}
	}
	return 0, fmt.Errorf("no place in category %s", a.Category)
}

// spread numbers a category anew.
func spread(ctx context.Context, tx *db.Tx, p id.Property, c id.Category) error {
	_, err := tx.Exec(ctx, `
		UPDATE articles SET position = o.n * $3 FROM (
			SELECT id, ROW_NUMBER() OVER (ORDER BY position, id) AS n FROM articles WHERE property_id = $1 AND category_id = $2
		) o WHERE articles.id = o.id`, p, c, gap)
	return err
}

// order is how a list is sorted: an expression over the article and its shown text, and which way.
type order struct {
	by   string
	down bool
}

const helpful = `CASE WHEN a.yes_count + a.no_count = 0 THEN -1 ELSE a.yes_count * 10000 / (a.yes_count + a.no_count) END`

var orders = map[Sort]order{
	"": {"a.updated_at", true}, ByUpdated: {"a.updated_at", true}, "-updated_at": {"a.updated_at", false},
	ByTitle: {"t.folded", false}, "-title": {"t.folded", true},
	ByViews: {"a.views", true}, "-views": {"a.views", false},
	ByHelpful: {helpful, true}, "-helpful": {helpful, false},
	ByPosition: {"a.position", false}, "-position": {"a.position", true},
}

// list reads a page of the agents' list. The cursor names the last article of the page before; what it is sorted by is read anew.
func list(ctx context.Context, tx *db.Tx, p id.Property, f Filter, from page.Cursor, limit int) ([]Row, error) {
	o := orders[f.Sort]
	const tables = ` FROM articles a JOIN article_texts t ON t.article_id = a.id AND t.language = CASE WHEN $2 = '' THEN a.language ELSE $2 END`
	where := []string{`a.property_id = $1`}
	args := []any{p, f.Language}
	add := func(condition, value string) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	if f.State != "" {
		add(`t.state = ?`, string(f.State))
	}
	if f.Category == NoCategory {
		add(`a.category_id = ?`, "")
	} else if f.Category != "" {
		add(`a.category_id = ?`, string(f.Category))
	}
	if f.Audience != "" {
		add(`a.audience = ?`, string(f.Audience))
	}
	if f.Author != "" {
		add(`a.author_id = ?`, string(f.Author))
	}
	for _, w := range split(f.Text) {
		add(`t.folded LIKE ?`, "%"+w.folded+"%") // folded words have no % and no _
	}
	turn, compare := "ASC", ">"
	if o.down {
		turn, compare = "DESC", "<"
	}
	if !from.Zero() {
		args = append(args, from.ID)
		n := fmt.Sprintf("$%d", len(args))
		where = append(where, `(`+o.by+`, a.id) `+compare+` ((SELECT `+o.by+tables+` WHERE a.property_id = $1 AND a.id = `+n+`), `+n+`)`)
	}
	args = append(args, limit)
	rows, err := tx.Query(ctx, `SELECT `+articleColumns+`, t.language, t.state, t.slug, t.title, t.revision, t.published_revision`+tables+
		` WHERE `+strings.Join(where, ` AND `)+fmt.Sprintf(` ORDER BY %s %s, a.id %s LIMIT $%d`, o.by, turn, turn, len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Row
	var ids []id.Article
	for rows.Next() {
		var r Row
		t := &r.Text
		if r.Article, err = scanArticle(rows, p, &t.Language, &t.State, &t.Slug, &t.Title, &t.Revision, &t.PublishedRevision); err != nil {
			return nil, err
		}
		t.Article = r.ID
		items, ids = append(items, r), append(ids, r.ID)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return nil, err
	}
	return items, addLanguages(ctx, tx, p, items, ids)
}

// addLanguages reads in which languages the articles of a page are written, by one query.
func addLanguages(ctx context.Context, tx *db.Tx, p id.Property, items []Row, ids []id.Article) error {
	texts, err := listTexts(ctx, tx, p, ids, false)
	if err != nil {
		return err
	}
	for i := range items {
		for _, t := range texts {
			if t.Article == items[i].ID {
				items[i].Languages = append(items[i].Languages, t)
			}
		}
		slices.SortFunc(items[i].Languages, func(a, b Text) int { return slices.Index(Languages, a.Language) - slices.Index(Languages, b.Language) })
	}
	return nil
}

// articleBySlug is what has an address now; "": nothing.
func articleBySlug(ctx context.Context, tx *db.Tx, p id.Property, language, slug string) (a id.Article, err error) {
	err = tx.Row(ctx, `SELECT article_id FROM article_texts WHERE property_id = $1 AND language = $2 AND slug = $3`, p, language, slug).Scan(&a)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return a, err
}

// textsAtOnce are read by one query of an export.
const textsAtOnce = 200

// listWhole reads every article with its texts.
func listWhole(ctx context.Context, tx *db.Tx, p id.Property) ([]Article, error) {
	rows, err := tx.Query(ctx, `SELECT `+articleColumns+` FROM articles a WHERE a.property_id = $1 ORDER BY a.position, a.id`, p)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Article
	var ids []id.Article
	at := map[id.Article]int{}
	for rows.Next() {
		a, err := scanArticle(rows, p)
		if err != nil {
			return nil, err
		}
		at[a.ID] = len(list)
		list, ids = append(list, a), append(ids, a.ID)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(ids, textsAtOnce) {
		texts, err := listTexts(ctx, tx, p, some, true)
		if err != nil {
			return nil, err
		}
		for _, t := range texts {
			a := &list[at[t.Article]]
			a.Texts = append(a.Texts, t)
		}
	}
	for i := range list {
		list[i].sortTexts()
	}
	return list, nil
}
