package article

import (
	"context"

	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

const dayMS = 86_400_000

// countDays counts by the unix day, from the first to the last, both among them.
func countDays(ctx context.Context, tx *db.Tx, p id.Property, first, last int64) (map[int64]Counts, error) {
	days := map[int64]Counts{}
	for _, part := range []struct {
		query    string
		from, to int64
		into     func(*Counts, int64, int64)
	}{
		{
			`SELECT day, SUM(views), 0 FROM article_views WHERE property_id = $1 AND day >= $2 AND day < $3 GROUP BY day`, first, last + 1,
			func(c *Counts, n, _ int64) { c.Views = n },
		},
		{
			`SELECT at / 86400000, SUM(CASE WHEN helpful THEN 1 ELSE 0 END), SUM(CASE WHEN helpful THEN 0 ELSE 1 END) FROM article_votes
			WHERE property_id = $1 AND at >= $2 AND at < $3 GROUP BY 1`, first * dayMS, (last + 1) * dayMS,
			func(c *Counts, yes, no int64) { c.Yes, c.No = yes, no },
		},
		{
			`SELECT at / 86400000, COUNT(*), 0 FROM article_chats WHERE property_id = $1 AND at >= $2 AND at < $3 GROUP BY 1`, first * dayMS, (last + 1) * dayMS,
			func(c *Counts, n, _ int64) { c.Chats = n },
		},
		{
			`SELECT day, SUM(searches), SUM(searches - found) FROM help_searches WHERE property_id = $1 AND day >= $2 AND day < $3 GROUP BY day`, first, last + 1,
			func(c *Counts, n, nothing int64) { c.Searches, c.Nothing = n, nothing },
		},
	} {
		if err := countPart(ctx, tx, days, part.into, part.query, p, part.from, part.to); err != nil {
			return nil, err
		}
	}
	return days, nil
}

func countPart(ctx context.Context, tx *db.Tx, days map[int64]Counts, into func(*Counts, int64, int64), query string, args ...any) error {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var day, a, b int64
		if err := rows.Scan(&day, &a, &b); err != nil {
			return err
		}
		c := days[day]
		into(&c, a, b)
		days[day] = c
	}
	return rows.Err()
}

// countArticles has the articles that were read, voted on or written from in some days.
func countArticles(ctx context.Context, tx *db.Tx, p id.Property, first, last int64) ([]ReportArticle, error) {
	rows, err := tx.Query(ctx, `
		SELECT a.id, t.title, a.category_id, SUM(x.views), SUM(x.yes), SUM(x.nope), SUM(x.chats) FROM (
			SELECT article_id, views, 0 AS yes, 0 AS nope, 0 AS chats FROM article_views WHERE property_id = $1 AND day >= $2 AND day <= $3
			UNION ALL SELECT article_id, 0, CASE WHEN helpful THEN 1 ELSE 0 END, CASE WHEN helpful THEN 0 ELSE 1 END, 0 FROM article_votes
				WHERE property_id = $1 AND at >= $4 AND at < $5
			UNION ALL SELECT article_id, 0, 0, 0, 1 FROM article_chats WHERE property_id = $1 AND at >= $4 AND at < $5
		) x JOIN articles a ON a.id = x.article_id JOIN article_texts t ON t.article_id = a.id AND t.language = a.language
		GROUP BY a.id, t.title, a.category_id ORDER BY SUM(x.views) DESC, SUM(x.yes) + SUM(x.nope) DESC, a.id LIMIT $6`,
		p, first, last, first*dayMS, (last+1)*dayMS, mostListed)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []ReportArticle{}
	for rows.Next() {
		var a ReportArticle
		if err := rows.Scan(&a.ID, &a.Title, &a.Category, &a.Views, &a.Yes, &a.No, &a.Chats); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

func listNothing(ctx context.Context, tx *db.Tx, p id.Property, first, last int64) ([]ReportSearch, error) {
	rows, err := tx.Query(ctx, `
		SELECT words, language, SUM(searches - found), MAX(day) FROM help_searches
		WHERE property_id = $1 AND day >= $2 AND day <= $3 AND found < searches
		GROUP BY words, language ORDER BY SUM(searches - found) DESC, MAX(day) DESC, words LIMIT $4`, p, first, last, mostListed)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []ReportSearch{}
	for rows.Next() {
		var n ReportSearch
		var day int64
		if err := rows.Scan(&n.Words, &n.Language, &n.Searches, &day); err != nil {
			return nil, err
		}
		n.LastAt = at(day * dayMS)
		list = append(list, n)
	}
	return list, rows.Err()
}

// listMissing answers with each text the cursor that goes on after it.
func listMissing(ctx context.Context, tx *db.Tx, p id.Property, a id.Article, from page.Cursor, limit int) (items []MissingText, after []page.Cursor, err error) {
	rows, err := tx.Query(ctx, `
		SELECT v.article_id, COALESCE(t.title, ''), v.language, v.missing, v.at, v.id
		FROM article_votes v JOIN articles a ON a.id = v.article_id LEFT JOIN article_texts t ON t.article_id = a.id AND t.language = a.language
		WHERE v.property_id = $1 AND v.missing <> '' AND ($2 = '' OR v.article_id = $2) AND ($3 = '' OR (v.at, v.id) < ($4, $3))
		ORDER BY v.at DESC, v.id DESC LIMIT $5`, p, string(a), from.ID, from.At, limit)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m MissingText
		var c page.Cursor
		if err := rows.Scan(&m.Article, &m.Title, &m.Language, &m.Text, &c.At, &c.ID); err != nil {
			return nil, nil, err
		}
		m.At = at(c.At)
		items, after = append(items, m), append(after, c)
	}
	return items, after, rows.Err()
}
