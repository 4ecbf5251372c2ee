package article

import (
	"context"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// renewImage says that an image was uploaded again; 0: it is not there any more.
func renewImage(ctx context.Context, tx *db.Tx, p id.Property, i id.Image, at time.Time) (int64, error) {
	return tx.Exec(ctx, `UPDATE help_images SET created_at = $1 WHERE property_id = $2 AND id = $3`, at.UnixMilli(), p, i)
}

func imagesBefore(ctx context.Context, tx *db.Tx, p id.Property, at time.Time) (map[id.Image]bool, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM help_images WHERE property_id = $1 AND created_at < $2`, p, at.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[id.Image]bool{}
	for rows.Next() {
		var i id.Image
		if err := rows.Scan(&i); err != nil {
			return nil, err
		}
		found[i] = true
	}
	return found, rows.Err()
}

// eachWithImages goes through all that may show an image: working copies, every version, what is published, and the site's logo.
func eachWithImages(ctx context.Context, tx *db.Tx, p id.Property, do func(text string)) error {
	rows, err := tx.Query(ctx, `
		SELECT markdown FROM article_texts WHERE property_id = $1 AND markdown LIKE '%image%'
		UNION ALL SELECT markdown FROM article_versions WHERE property_id = $1 AND markdown LIKE '%image%'
		UNION ALL SELECT html FROM article_pages WHERE property_id = $1 AND html LIKE '%images/%'
		UNION ALL SELECT settings FROM help_sites WHERE property_id = $1`, p)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		do(text)
	}
	return rows.Err()
}

// deleteImage deletes an image that was uploaded last before at, unless somebody has begun to use it since it was looked for.
func deleteImage(ctx context.Context, tx *db.Tx, p id.Property, i id.Image, at, since time.Time) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM help_images WHERE property_id = $1 AND id = $2 AND created_at < $3
			AND NOT EXISTS (SELECT 1 FROM article_texts t WHERE t.property_id = $1 AND t.saved_at >= $4 AND t.markdown LIKE $5)
			AND NOT EXISTS (SELECT 1 FROM help_sites s WHERE s.property_id = $1 AND s.settings LIKE $5)`,
		p, i, at.UnixMilli(), since.UnixMilli(), "%"+string(i)+"%")
}
