package article

import (
	"context"
	"fmt"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

const (
	usualDays  = 30
	mostDays   = 366
	mostListed = 100
)

// ErrDays says that a report was asked for of too many days.
var ErrDays = errs.New(errs.Invalid, "article.days", "Choose between 1 and 366 days.").At("days")

// Counts is what happened in some time.
type Counts struct{ Views, Yes, No, Chats, Searches, Nothing int64 }

func (c *Counts) add(o Counts) {
	c.Views += o.Views
	c.Yes += o.Yes
	c.No += o.No
	c.Chats += o.Chats
	c.Searches += o.Searches
	c.Nothing += o.Nothing
}

// Report is how the help centre was read.
type Report struct {
	Total    Counts
	Before   Counts // as many days before
	Days     []ReportDay
	Articles []ReportArticle // the most read first
	Nothing  []ReportSearch  // searches without a result, the most frequent first
}

// ReportDay is one day, UTC.
type ReportDay struct {
	At     time.Time
	Counts Counts
}

// ReportArticle is one article's part.
type ReportArticle struct {
	ID       id.Article
	Title    string
	Category id.Category
	Views    int64
	Yes, No  int64
	Chats    int64
}

// ReportSearch is what was looked for in vain.
type ReportSearch struct {
	Words    string
	Language string
	Searches int64
	LastAt   time.Time
}

// Report puts together the last days, today among them; 0 means 30. Views and searches are a minute behind.
func (s *Service) Report(ctx context.Context, who actor.Agent, days int) (r Report, err error) {
	if days == 0 {
		days = usualDays
	}
	if days < 1 || days > mostDays {
		return Report{}, ErrDays
	}
	last := dayOf(s.o.Now())
	first := last - int64(days) + 1
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		r = Report{Days: make([]ReportDay, days)}
		byDay, err := countDays(ctx, tx, who.Property, first-int64(days), last)
		if err != nil {
			return err
		}
		for day := first - int64(days); day < first; day++ {
			r.Before.add(byDay[day])
		}
		for i := range r.Days {
			day := first + int64(i)
			r.Days[i] = ReportDay{At: time.Unix(day*86_400, 0).UTC(), Counts: byDay[day]}
			r.Total.add(byDay[day])
		}
		if r.Articles, err = countArticles(ctx, tx, who.Property, first, last); err != nil {
			return err
		}
		r.Nothing, err = listNothing(ctx, tx, who.Property, first, last)
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("report of the help centre of property %s: %w", who.Property, err)
	}
	return r, nil
}

// MissingText is what a reader did not find.
type MissingText struct {
	Article  id.Article
	Title    string
	Language string
	Text     string
	At       time.Time
}

// Missing lists what readers did not find, newest first; a: of one article, empty: of all.
func (s *Service) Missing(ctx context.Context, who actor.Agent, a id.Article, from page.Cursor, limit int) (items []MissingText, next page.Cursor, err error) {
	limit = page.Limit(limit)
	var last []page.Cursor
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		items, last, err = listMissing(ctx, tx, who.Property, a, from, limit+1)
		return err
	})
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list what was missing: %w", err)
	}
	if len(items) > limit {
		return items[:limit], last[limit-1], nil
	}
	return items, page.Cursor{}, nil
}
