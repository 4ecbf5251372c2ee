package article

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"parley/internal/platform/db"
)

// addViews writes in one order, so that two nodes do not wait for each other. Views of an article that is gone are nobody's.
func addViews(ctx context.Context, tx *db.Tx, views map[viewKey]int64) error {
	keys := slices.SortedFunc(maps.Keys(views), func(a, b viewKey) int {
		return cmp.Or(cmp.Compare(a.property, b.property), cmp.Compare(a.article, b.article), cmp.Compare(a.day, b.day))
	})
	for _, k := range keys {
		n := views[k]
		changed, err := tx.Exec(ctx, `UPDATE articles SET views = views + $1, heat = heat + $2 WHERE property_id = $3 AND id = $4`,
			n, float64(n)*weightOf(k.day), k.property, k.article)
		if err != nil {
			return err
		}
		if changed == 0 {
			continue
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO article_views (property_id, day, article_id, views) VALUES ($1, $2, $3, $4)
			ON CONFLICT (property_id, day, article_id) DO UPDATE SET views = article_views.views + excluded.views`, k.property, k.day, k.article, n)
		if err != nil {
			return err
		}
	}
	return nil
}

func addSearches(ctx context.Context, tx *db.Tx, searches map[searchKey]searchCount) error {
	keys := slices.SortedFunc(maps.Keys(searches), func(a, b searchKey) int {
		return cmp.Or(cmp.Compare(a.property, b.property), cmp.Compare(a.day, b.day), cmp.Compare(a.language, b.language), cmp.Compare(a.words, b.words))
	})
	for _, k := range keys {
		n := searches[k]
		_, err := tx.Exec(ctx, `
			INSERT INTO help_searches (property_id, language, day, words, searches, found)
			SELECT id, $2, CAST($3 AS BIGINT), $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT) FROM properties WHERE id = $1
			ON CONFLICT (property_id, day, language, words) DO UPDATE SET searches = help_searches.searches + excluded.searches, found = help_searches.found + excluded.found`,
			k.property, k.language, k.day, k.words, n.searches, n.found)
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetSearches deletes what is too old to tell anything. Mostly there is none.
func forgetSearches(ctx context.Context, tx *db.Tx, before int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM help_searches WHERE day < $1`, before)
	return err
}
