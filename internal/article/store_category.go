package article

import (
	"context"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// listNodes reads all categories of a property, in the order of the tree.
func listNodes(ctx context.Context, tx *db.Tx, p id.Property) (tree, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.id, c.parent_id, c.position, c.icon, (SELECT COUNT(*) FROM articles a WHERE a.property_id = $1 AND a.category_id = c.id)
		FROM categories c WHERE c.property_id = $1`, p)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Node
	at := map[id.Category]map[string]CategoryText{}
	for rows.Next() {
		n := Node{Texts: map[string]CategoryText{}}
		if err := rows.Scan(&n.ID, &n.Parent, &n.Position, &n.Icon, &n.Articles); err != nil {
			return nil, err
		}
		at[n.ID] = n.Texts
		list = append(list, n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := listCategoryTexts(ctx, tx, p, at); err != nil {
		return nil, err
	}
	return sorted(list), nil
}

func listCategoryTexts(ctx context.Context, tx *db.Tx, p id.Property, at map[id.Category]map[string]CategoryText) error {
	rows, err := tx.Query(ctx, `SELECT category_id, language, name, slug, description FROM category_texts WHERE property_id = $1`, p)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c id.Category
		var language string
		var t CategoryText
		if err := rows.Scan(&c, &language, &t.Name, &t.Slug, &t.Description); err != nil {
			return err
		}
		if texts := at[c]; texts != nil {
			texts[language] = t
		}
	}
	return rows.Err()
}

func insertCategory(ctx context.Context, tx *db.Tx, p id.Property, c id.Category, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO categories (id, property_id, position, created_at) VALUES ($1, $2, 0, $3)`, c, p, at.UnixMilli())
	return err
}

func setIcon(ctx context.Context, tx *db.Tx, p id.Property, c id.Category, icon string) error {
	_, err := tx.Exec(ctx, `UPDATE categories SET icon = $1 WHERE property_id = $2 AND id = $3`, icon, p, c)
	return err
}

// placeCategories writes the order of sisters; there are few.
func placeCategories(ctx context.Context, tx *db.Tx, p id.Property, c, parent id.Category, order []id.Category) error {
	if _, err := tx.Exec(ctx, `UPDATE categories SET parent_id = $1 WHERE property_id = $2 AND id = $3`, parent, p, c); err != nil {
		return err
	}
	for i, sister := range order {
		if _, err := tx.Exec(ctx, `UPDATE categories SET position = $1 WHERE property_id = $2 AND id = $3 AND position <> $1`, i+1, p, sister); err != nil {
			return err
		}
	}
	return nil
}

func setCategoryPosition(ctx context.Context, tx *db.Tx, p id.Property, c id.Category, position int64) error {
	_, err := tx.Exec(ctx, `UPDATE categories SET position = $1 WHERE property_id = $2 AND id = $3`, position, p, c)
	return err
}

// categoryHas reports whether another category has this address now.
func categoryHas(ctx context.Context, tx *db.Tx, p id.Property, language, slug string, but id.Category) (bool, error) {
	var n int64
	err := tx.Row(ctx, `SELECT COUNT(*) FROM category_texts WHERE property_id = $1 AND language = $2 AND slug = $3 AND category_id <> $4`,
		p, language, slug, but).Scan(&n)
	return n > 0, err
}

func putCategoryText(ctx context.Context, tx *db.Tx, p id.Property, c id.Category, language string, t CategoryText) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO category_texts (category_id, language, property_id, name, slug, description) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (category_id, language) DO UPDATE SET name = excluded.name, slug = excluded.slug, description = excluded.description`,
		c, language, p, t.Name, t.Slug, t.Description)
	if err != nil {
		return err
	}
	return claim(ctx, tx, p, address{categorySlug, language, t.Slug}, string(c))
}

func deleteCategoryText(ctx context.Context, tx *db.Tx, p id.Property, c id.Category, language string) error {
	_, err := tx.Exec(ctx, `DELETE FROM category_texts WHERE property_id = $1 AND category_id = $2 AND language = $3`, p, c, language)
	return err
}

func deleteCategory(ctx context.Context, tx *db.Tx, p id.Property, c id.Category) error {
	if _, err := tx.Exec(ctx, `DELETE FROM help_slugs WHERE property_id = $1 AND kind = 'category' AND target_id = $2`, p, c); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM categories WHERE property_id = $1 AND id = $2`, p, c)
	return err
}

// countPages is how many public pages each category has in a language.
func countPages(ctx context.Context, tx *db.Tx, p id.Property, language string) (map[id.Category]int, error) {
	rows, err := tx.Query(ctx, `
		SELECT category_id, COUNT(*) FROM article_pages WHERE property_id = $1 AND language = $2 AND audience = 'public' GROUP BY category_id`, p, language)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[id.Category]int{}
	for rows.Next() {
		var c id.Category
		var n int
		if err := rows.Scan(&c, &n); err != nil {
			return nil, err
		}
		counts[c] = n
	}
	return counts, rows.Err()
}
