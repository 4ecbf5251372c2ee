package article

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// The kinds of slugs.
const (
	siteSlug     = "site"
	categorySlug = "category"
	articleSlug  = "article"
)

// A condition on the property beside one on an id is written property_id || '' = …, which no index can answer: SQLite never knows how many
// rows have a value, PostgreSQL not before it has looked, and both would read all of the property's by an index that begins with it.

type scanner interface{ Scan(dest ...any) error }

// lockSite takes the site's row: what belongs together in it (slugs, words, the order of things) is changed by one at a time.
func lockSite(ctx context.Context, tx *db.Tx, p id.Property) error {
	n, err := tx.Exec(ctx, `UPDATE help_sites SET version = version WHERE property_id = $1`, p)
	if err == nil && n == 0 {
		return errNoSite
	}
	return err
}

func findSite(ctx context.Context, tx *db.Tx, p id.Property) (Site, error) {
	site := Site{Property: p}
	var settings string
	err := tx.Row(ctx, `SELECT slug, domain, settings, version FROM help_sites WHERE property_id = $1`, p).Scan(&site.Slug, &site.Domain, &settings, &site.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return Site{}, errNoSite
	}
	if err == nil {
		err = json.Unmarshal([]byte(settings), &site.SiteSettings)
	}
	return site, err
}

// makeSite stores a new site, under the first address of its name that is free.
func makeSite(ctx context.Context, tx *db.Tx, site Site, at time.Time) (Site, error) {
	if there, err := findSite(ctx, tx, site.Property); !errors.Is(err, errNoSite) {
		return there, err // somebody was faster
	}
	wish := site.Slug
	for n := 1; ; n++ {
		site.Slug = try(wish, n, string(site.Property))
		_, err := siteOfSlug(ctx, tx, site.Slug)
		if errors.Is(err, errNoSite) {
			break
		}
		if err != nil {
			return Site{}, err
		}
	}
	settings, err := json.Marshal(site.SiteSettings)
	if err != nil {
		return Site{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO help_sites (property_id, slug, settings, version, created_at) VALUES ($1, $2, $3, $4, $5)`,
		site.Property, site.Slug, string(settings), site.Version, at.UnixMilli())
	if err != nil {
		return Site{}, err
	}
	return site, claim(ctx, tx, site.Property, address{siteSlug, "", site.Slug}, string(site.Property))
}

func siteOfSlug(ctx context.Context, tx *db.Tx, slug string) (p id.Property, err error) {
	err = tx.Row(ctx, `SELECT property_id FROM help_slugs WHERE kind = 'site' AND slug = $1`, slug).Scan(&p)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errNoSite
	}
	return p, err
}

func listDomains(ctx context.Context, tx *db.Tx) (map[string]id.Property, error) {
	rows, err := tx.Query(ctx, `SELECT domain, property_id FROM help_sites WHERE domain <> ''`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]id.Property{}
	for rows.Next() {
		var domain string
		var p id.Property
		if err := rows.Scan(&domain, &p); err != nil {
			return nil, err
		}
		all[domain] = p
	}
	return all, rows.Err()
}

// checkSite asks for what only the database knows: whose an address is, and whether there is the logo.
func checkSite(ctx context.Context, tx *db.Tx, was, next Site) error {
	var n int64
	if next.Slug != was.Slug {
		err := tx.Row(ctx, `SELECT COUNT(*) FROM help_sites WHERE slug = $1 AND property_id <> $2`, next.Slug, next.Property).Scan(&n)
		if err != nil || n > 0 {
			return orElse(err, ErrSiteSlugTaken)
		}
	}
	if next.Domain != "" && next.Domain != was.Domain {
		err := tx.Row(ctx, `SELECT COUNT(*) FROM help_sites WHERE domain = $1 AND property_id <> $2`, next.Domain, next.Property).Scan(&n)
		if err != nil || n > 0 {
			return orElse(err, ErrSiteTaken)
		}
	}
	if next.Logo != "" && next.Logo != was.Logo {
		err := tx.Row(ctx, `SELECT COUNT(*) FROM help_images WHERE id = $1 AND property_id = $2`, next.Logo, next.Property).Scan(&n)
		if err != nil || n == 0 {
			return orElse(err, ErrSiteLogo)
		}
	}
	return nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func updateSite(ctx context.Context, tx *db.Tx, was, next Site) error {
	settings, err := json.Marshal(next.SiteSettings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE help_sites SET slug = $1, domain = $2, settings = $3, version = $4 WHERE property_id = $5 AND version = $6`,
		next.Slug, next.Domain, string(settings), next.Version, next.Property, was.Version)
	if err == nil && n == 0 {
		err = ErrSiteChanged
	}
	if err != nil || next.Slug == was.Slug {
		return err
	}
	// An address that another site had once and has no more is free.
	if _, err := tx.Exec(ctx, `DELETE FROM help_slugs WHERE kind = 'site' AND slug = $1`, next.Slug); err != nil {
		return err
	}
	return claim(ctx, tx, next.Property, address{siteSlug, "", next.Slug}, string(next.Property))
}

// address is what a thing is found by.
type address struct{ kind, language, slug string }

// claim notes that a thing has an address now. Whoever had it once has it no more.
func claim(ctx context.Context, tx *db.Tx, p id.Property, a address, target string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO help_slugs (property_id, kind, language, slug, target_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (property_id, kind, language, slug) DO UPDATE SET target_id = excluded.target_id`, p, a.kind, a.language, a.slug, target)
	return err
}

// targetOf is what had an address, now or once; "": nothing.
func targetOf(ctx context.Context, tx *db.Tx, p id.Property, kind, language, slug string) (target string, err error) {
	err = tx.Row(ctx, `SELECT target_id FROM help_slugs WHERE property_id = $1 AND kind = $2 AND language = $3 AND slug = $4`,
		p, kind, language, slug).Scan(&target)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return target, err
}

// in writes $n, $n+1 … for a list, and appends its values to args.
func in[T ~string](args []any, list []T) (string, []any) {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		args = append(args, string(v))
		b.WriteString("$" + strconv.Itoa(len(args)))
	}
	return b.String(), args
}

// argument appends a value and answers its number.
func argument(args *[]any, value any) string {
	*args = append(*args, value)
	return strconv.Itoa(len(*args))
}

// values writes n rows of ($1, $2 …), ($3 …) with columns each.
func values(n, columns int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", i*columns+c+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// look lets PostgreSQL see how its tables have grown, which it would by itself some minutes later; until then it takes wrong roads.
func look(ctx context.Context, tx *db.Tx) error {
	if tx.Dialect() != db.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, `ANALYZE articles, article_texts, article_pages, article_words`)
	return err
}
