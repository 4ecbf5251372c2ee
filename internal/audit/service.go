package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

// Service reads the log. Writing is [Write], in the transaction of whoever does something.
type Service struct {
	DB *db.DB
}

// Filter narrows the list; what is zero does not.
type Filter struct {
	Agent    id.Agent
	Actions  []Action
	From, To time.Time
}

// Logged is an entry as it is read.
type Logged struct {
	N       int64
	At      time.Time
	Agent   id.Agent
	Name    string // of the agent, as it is now; empty if there is none
	Address string
	Action  Action
	Target  string
	Detail  string // a JSON object
}

// List reads the log of the caller's property, the newest entry first.
func (s *Service) List(ctx context.Context, who actor.Agent, f Filter, from page.Cursor, limit int) ([]Logged, page.Cursor, error) {
	limit = page.Limit(limit)
	var items []Logged
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		items, err = list(ctx, tx, who.Property, f, from, limit+1)
		return err
	})
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list the audit log of property %s: %w", who.Property, err)
	}
	if len(items) <= limit {
		return items, page.Cursor{}, nil
	}
	items = items[:limit]
	return items, after(items[limit-1]), nil
}

// Report is what [Service.Verify] found.
type Report struct {
	Heads   []Head // of every chain, the installation's first
	Entries int64
	Faults  []Fault
}

// Verify walks every chain as it stood at one moment. Kept heads of earlier times are looked up as well.
func (s *Service) Verify(ctx context.Context, kept []Head) (Report, error) {
	var report Report
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		report = Report{}
		names, err := chains(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range kept {
			names[h.Property] = true
		}
		for _, p := range slices.Sorted(maps.Keys(names)) {
			c := newChain(p, kept)
			if err := walk(ctx, tx, p, c.next); err != nil {
				return err
			}
			head, err := headOf(ctx, tx, p)
			if err != nil {
				return err
			}
			c.end(head)
			report.Faults = append(report.Faults, c.faults...)
			report.Entries += c.rows
			if c.last.N > 0 {
				report.Heads = append(report.Heads, c.last)
			}
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit log: %w", err)
	}
	return report, nil
}
