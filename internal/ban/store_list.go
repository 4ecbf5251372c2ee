package ban

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

// endKey sorts bans that never end behind all others.
const endKey = `CASE WHEN b.ends_at = 0 THEN 9223372036854775807 ELSE b.ends_at END`

// orders are the keys of the list's orders.
var orders = map[Sort]struct {
	key  string
	down bool
	of   func(Ban) int64
}{
	NewestFirst: {"b.made_at", true, madeKey}, OldestFirst: {"b.made_at", false, madeKey},
	EndsFirst: {endKey, false, endsKey}, EndsLast: {endKey, true, endsKey},
	MostHits: {"b.hits", true, hitsKey}, FewestHits: {"b.hits", false, hitsKey},
}

func madeKey(b Ban) int64 { return b.MadeAt }
func hitsKey(b Ban) int64 { return b.Hits }
func endsKey(b Ban) int64 {
	if b.EndsAt == 0 {
		return 1<<63 - 1
	}
	return b.EndsAt
}

// where gathers conditions and their arguments.
type where struct {
	conditions []string
	args       []any
}

// arg adds a value and answers how the statement names it.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) and(condition string) { w.conditions = append(w.conditions, condition) }

// part is where a page begins, how long it is at most, and the time that decides what is in force.
type part struct {
	from  page.Cursor
	limit int
	now   time.Time
}

// list reads a page of bans, without their records.
func list(ctx context.Context, tx *db.Tx, p id.Property, f Filter, is part) ([]Ban, error) {
	order := orders[f.Sort]
	w := filtered(p, f, is.now)
	direction, than := "", ">"
	if order.down {
		direction, than = " DESC", "<"
	}
	if !is.from.Zero() {
		w.and(`(` + order.key + `, b.id) ` + than + ` (` + w.arg(is.from.At) + `, ` + w.arg(is.from.ID) + `)`)
	}
	rows, err := tx.Query(ctx, `SELECT`+banFields+banTables+` WHERE `+strings.Join(w.conditions, " AND ")+`
		ORDER BY `+order.key+direction+`, b.id`+direction+` LIMIT `+w.arg(is.limit), w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Ban
	for rows.Next() {
		b, err := scanBan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

func filtered(p id.Property, f Filter, now time.Time) *where {
	w := &where{}
	w.and(`b.property_id = ` + w.arg(p))
	at := now.UnixMilli()
	if f.Past {
		w.and(`(b.lifted_at > 0 OR (b.ends_at > 0 AND b.ends_at <= ` + w.arg(at) + `))`)
	} else {
		w.and(`b.lifted_at = 0 AND (b.ends_at = 0 OR b.ends_at > ` + w.arg(at) + `)`)
	}
	// The length tells an address from a range: one IPv4 address is its /32, one household of IPv6 its /64.
	const address = `((b.network LIKE '%.%/32') OR (b.network LIKE '%:%/64'))`
	switch f.Kind {
	case KindVisitor:
		w.and(`b.visitor_id <> ''`)
	case KindAddress:
		w.and(address)
	case KindRange:
		w.and(`b.network <> '' AND NOT ` + address)
	case KindEmail:
		w.and(`b.email <> ''`)
	case KindDomain:
		w.and(`b.domain <> ''`)
	}
	if f.By != "" {
		w.and(`b.made_by = ` + w.arg(f.By))
	}
	soon := now.Add(24 * time.Hour).UnixMilli()
	switch f.End {
	case EndsNever:
		w.and(`b.ends_at = 0`)
	case EndsSoon:
		w.and(`b.ends_at > 0 AND b.ends_at <= ` + w.arg(soon))
	case EndsLater:
		w.and(`b.ends_at > ` + w.arg(soon))
	}
	if text := strings.TrimSpace(f.Text); text != "" {
		w.search(text)
	}
	return w
}

// search looks for the text, and for the networks that it is in, if it is an address.
func (w *where) search(text string) {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
	found := `b.search LIKE ` + w.arg(pattern) + ` ESCAPE '\'`
	if a, err := netip.ParseAddr(text); err == nil {
		a = canonical(a)
		var names []string
		for bits := range a.BitLen() + 1 {
			if p, err := a.Prefix(bits); err == nil {
				names = append(names, w.arg(p.String()))
			}
		}
		found = `(` + found + ` OR b.network IN (` + strings.Join(names, ", ") + `))`
	}
	w.and(found)
}

func count(ctx context.Context, tx *db.Tx, p id.Property, f Filter, now time.Time) (n int64, err error) {
	w := filtered(p, f, now)
	err = tx.Row(ctx, `SELECT COUNT(*) FROM bans b WHERE `+strings.Join(w.conditions, " AND "), w.args...).Scan(&n)
	return n, err
}
