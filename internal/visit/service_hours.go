package visit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Hours are the counts of the hours from from (inclusive) to to (exclusive), in order; hours without any are left out. What
// other nodes have counted is in them after a minute.
func (s *Service) Hours(ctx context.Context, p id.Property, from, to time.Time) ([]Hour, error) {
	var list []Hour
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = listHours(ctx, tx, p, hourOf(from.UnixMilli()), hourOf(to.UnixMilli()+time.Hour.Milliseconds()-1))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read counts of visits: %w", err)
	}
	for _, n := range s.Unwritten(p, from, to) {
		at, there := slices.BinarySearchFunc(list, n, func(a, b Hour) int { return cmp.Compare(a.Hour, b.Hour) })
		if !there {
			list = slices.Insert(list, at, n)
			continue
		}
		list[at].Visits, list[at].Pages, list[at].Most = list[at].Visits+n.Visits, list[at].Pages+n.Pages, max(list[at].Most, n.Most)
	}
	return list, nil
}
