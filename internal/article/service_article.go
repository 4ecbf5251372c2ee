package article

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

// List is the agents' list of articles.
func (s *Service) List(ctx context.Context, who actor.Agent, f Filter, from page.Cursor, limit int) (items []Row, next page.Cursor, err error) {
	limit = page.Limit(limit)
	if f.Language != "" && !slices.Contains(Languages, f.Language) {
		return nil, page.Cursor{}, ErrLanguage
	}
	if _, ok := orders[f.Sort]; !ok {
		return nil, page.Cursor{}, ErrSort
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		items, err = list(ctx, tx, who.Property, f, from, limit+1)
		return err
	})
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list articles of property %s: %w", who.Property, err)
	}
	if len(items) > limit {
		items = items[:limit]
		next = page.Cursor{ID: string(items[limit-1].ID)}
	}
	return items, next, nil
}

// Get is an article with all its texts, the one that was written first in front.
func (s *Service) Get(ctx context.Context, p id.Property, article id.Article) (a Article, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		a, err = findWhole(ctx, tx, p, article)
		return err
	})
	if err != nil {
		return Article{}, fmt.Errorf("read article %s: %w", article, err)
	}
	return a, nil
}

// titles are what articles are called, in the language that each was written in first.
func (s *Service) titles(ctx context.Context, p id.Property, list []id.Article) (titles map[id.Article]string, err error) {
	if len(list) == 0 {
		return map[id.Article]string{}, nil
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		titles, err = listTitles(ctx, tx, p, list)
		return err
	})
	return titles, err
}

// Make begins an article as a draft, at the end of its category.
func (s *Service) Make(ctx context.Context, who actor.Agent, n NewArticle) (a Article, err error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return Article{}, err
	}
	if n.Language == "" {
		n.Language = site.Language
	}
	if !site.Has(n.Language) {
		return Article{}, ErrLanguage
	}
	save, err := Save{Title: n.Title, Description: n.Description, Markdown: n.Markdown}.normal()
	if err != nil {
		return Article{}, err
	}
	now := s.o.Now()
	a = Article{
		ID: id.New[id.Article](), Property: who.Property, Category: n.Category, Audience: n.Audience, Language: n.Language, Author: who.ID,
		Related: []id.Article{}, CreatedAt: now, UpdatedAt: now,
	}
	if a.Audience == "" {
		a.Audience = Public
	}
	if a.Audience != Public && a.Audience != Agents {
		return Article{}, ErrAudience
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockSite(ctx, tx, who.Property); err != nil {
			return err
		}
		if a.Category != "" {
			if err := hasCategory(ctx, tx, who.Property, a.Category); err != nil {
				return err
			}
		}
		if a.Position, err = lastPosition(ctx, tx, who.Property, a.Category); err != nil {
			return err
		}
		if err := insertArticle(ctx, tx, a); err != nil {
			return err
		}
		t, err := s.beginText(ctx, tx, a, n.Language, save, who.ID)
		if err != nil {
			return err
		}
		a.Texts = []Text{t}
		Changed.Emit(tx, who.Property, Change{Article: a.ID, Language: t.Language, State: t.State, Revision: t.Revision, By: who.ID})
		return nil
	})
	if err != nil {
		return Article{}, fmt.Errorf("make an article: %w", err)
	}
	return a, nil
}

// Change moves an article or changes what its languages share. Changing nothing is fine and silent.
func (s *Service) Change(ctx context.Context, who actor.Agent, article id.Article, p Patch) (a Article, err error) {
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockMade(ctx, tx, who.Property); err != nil {
			return err
		}
		was, err := findWhole(ctx, tx, who.Property, article)
		if err != nil {
			return err
		}
		if a, err = s.patch(ctx, tx, was, p); err != nil {
			return err
		}
		if a.Category == was.Category && a.Audience == was.Audience && slices.Equal(a.Related, was.Related) && a.Position == was.Position {
			return nil
		}
		a.UpdatedAt = s.o.Now()
		if err := updateArticle(ctx, tx, a); err != nil {
			return err
		}
		if err := s.patchPages(ctx, tx, was, a); err != nil {
			return err
		}
		Changed.Emit(tx, who.Property, Change{Article: a.ID, By: who.ID, Pages: true})
		return nil
	})
	s.forgetPages(who.Property)
	if err != nil {
		return Article{}, fmt.Errorf("change article %s: %w", article, err)
	}
	return a, nil
}

// lockMade is lockSite for a property whose site nobody may have asked for yet: then it has no article either.
func lockMade(ctx context.Context, tx *db.Tx, p id.Property) error {
	err := lockSite(ctx, tx, p)
	if errors.Is(err, errNoSite) {
		return ErrNotFound
	}
	return err
}

// patch is the article with a patch laid over it; places in its category are made in the database.
func (s *Service) patch(ctx context.Context, tx *db.Tx, a Article, p Patch) (Article, error) {
	if p.Audience != nil {
		if a.Audience = *p.Audience; a.Audience != Public && a.Audience != Agents {
			return a, ErrAudience
		}
	}
	if p.Related != nil {
		related, err := normalRelated(*p.Related, a.ID)
		if err != nil {
			return a, err
		}
		if err := haveArticles(ctx, tx, a.Property, related); err != nil {
			return a, err
		}
		a.Related = related
	}
	moved := false
	if p.Category != nil && *p.Category != a.Category {
		if *p.Category != "" {
			if err := hasCategory(ctx, tx, a.Property, *p.Category); err != nil {
				return a, err
			}
		}
		a.Category, moved = *p.Category, true
	}
	if p.Before == nil && !moved {
		return a, nil
	}
	before := id.Article("")
	set(&before, p.Before)
	if before == a.ID {
		return a, nil
	}
	var err error
	a.Position, err = place(ctx, tx, a, before)
	return a, err
}

// patchPages brings the pages, which repeat some of the article, to what it is now.
func (s *Service) patchPages(ctx context.Context, tx *db.Tx, was, a Article) error {
	if was.Category != a.Category {
		if err := movePages(ctx, tx, a.Property, a.ID, a.Category); err != nil {
			return err
		}
	}
	if was.Audience == a.Audience {
		return nil
	}
	words := newWords()
	for _, t := range a.Texts {
		if t.PublicSlug == "" {
			continue
		}
		if err := turnPage(ctx, tx, a, t.Language, words); err != nil {
			return err
		}
	}
	return words.write(ctx, tx, a.Property)
}

// SetRelated says which articles are shown beside one; unknown ones are an error.
func (s *Service) SetRelated(ctx context.Context, who actor.Agent, a id.Article, related []id.Article) error {
	_, err := s.Change(ctx, who, a, Patch{Related: &related})
	return err
}

// Delete deletes an article for good, with its texts, versions, pages, votes and counts.
func (s *Service) Delete(ctx context.Context, who actor.Agent, article id.Article) error {
	err := s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockMade(ctx, tx, who.Property); err != nil {
			return err
		}
		a, err := findWhole(ctx, tx, who.Property, article)
		if err != nil {
			return err
		}
		words := newWords()
		for _, t := range a.Texts {
			if err := dropPage(ctx, tx, a, t.Language, words); err != nil {
				return err
			}
		}
		if err := words.write(ctx, tx, a.Property); err != nil {
			return err
		}
		if err := deleteArticle(ctx, tx, a.Property, a.ID); err != nil {
			return err
		}
		Changed.Emit(tx, who.Property, Change{Article: a.ID, By: who.ID, Pages: true})
		detail := map[string]string{}
		if len(a.Texts) > 0 {
			detail["title"] = a.Texts[0].Title
		}
		return audit.Write(ctx, tx, audit.Entry{
			Property: who.Property, At: s.o.Now(), Agent: who.ID, Action: audit.ArticleDeleted, Target: string(a.ID), Detail: detail,
		})
	})
	s.forgetPages(who.Property)
	if err != nil {
		return fmt.Errorf("delete article %s: %w", article, err)
	}
	return nil
}
