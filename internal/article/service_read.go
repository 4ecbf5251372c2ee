package article

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

const (
	mostEntries = 200 // of one category page
	keptPopular = 50
)

func (s *Service) loadShelf(ctx context.Context, k inLanguage) (*shelf, error) {
	site, err := s.SiteOf(ctx, k.property)
	if err != nil {
		return nil, err
	}
	var have *shelf
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		nodes, err := listNodes(ctx, tx, k.property)
		if err != nil {
			return err
		}
		counts, err := countPages(ctx, tx, k.property, k.language)
		if err != nil {
			return err
		}
		have = newShelf(nodes, k.language, site.Language, counts)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the categories of property %s: %w", k.property, err)
	}
	return have, nil
}

// shelf is the categories as readers of a language see them, from memory.
func (s *Service) shelf(ctx context.Context, site Site, lang string) (*shelf, error) {
	return s.shelves.Get(ctx, inLanguage{site.Property, lang})
}

// Categories is the tree of what has public articles, with their numbers, from memory.
func (s *Service) Categories(ctx context.Context, site Site, lang string) ([]Category, error) {
	if !site.Has(lang) {
		return nil, ErrNotFound
	}
	have, err := s.shelf(ctx, site, lang)
	if err != nil {
		return nil, err
	}
	return have.below(""), nil
}

// CategoryPage is the beginning of a category's page; *Moved for an old slug, ErrNoCategory also where nothing public is in it.
func (s *Service) CategoryPage(ctx context.Context, site Site, lang, slug string) (CategoryPage, error) {
	return s.CategoryAfter(ctx, site, lang, slug, "")
}

// CategoryAfter goes on after an entry.
func (s *Service) CategoryAfter(ctx context.Context, site Site, lang, slug string, after id.Article) (CategoryPage, error) {
	if !site.Has(lang) {
		return CategoryPage{}, ErrNoCategory
	}
	have, err := s.shelf(ctx, site, lang)
	if err != nil {
		return CategoryPage{}, err
	}
	c, ok := have.bySlug(slug)
	if !ok {
		return CategoryPage{}, s.movedCategory(ctx, site, lang, slug, have)
	}
	if c.Articles == 0 {
		return CategoryPage{}, ErrNoCategory
	}
	c.Children = have.below(c.ID)
	p := CategoryPage{Category: c}
	if path := have.path(c.ID); len(path) > 0 {
		p.Path = path[:len(path)-1]
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		p.Next, p.Translations = "", nil
		from := Article{Property: site.Property, Position: -1}
		if after != "" {
			if from, err = findArticle(ctx, tx, site.Property, after); err != nil {
				return err
			}
		}
		from.Category = c.ID
		if p.Entries, err = listCategory(ctx, tx, lang, from, mostEntries+1); err != nil {
			return err
		}
		if len(p.Entries) > mostEntries {
			p.Entries = p.Entries[:mostEntries]
			p.Next = p.Entries[mostEntries-1].Article
		}
		return nil
	})
	if err == nil {
		p.Translations, err = s.otherShelves(ctx, site, lang, c.ID)
	}
	if err != nil {
		return CategoryPage{}, fmt.Errorf("read category %s: %w", slug, err)
	}
	return p, nil
}

// otherShelves is where a category is in the site's other languages.
func (s *Service) otherShelves(ctx context.Context, site Site, lang string, c id.Category) ([]Translation, error) {
	var list []Translation
	for _, l := range site.Languages {
		if l == lang {
			continue
		}
		other, err := s.shelf(ctx, site, l)
		if err != nil {
			return nil, err
		}
		if t, ok := other.find(c); ok && t.Articles > 0 {
			list = append(list, Translation{Language: l, Slug: t.Slug})
		}
	}
	return list, nil
}

// movedCategory says where a category is whose address is an old one.
func (s *Service) movedCategory(ctx context.Context, site Site, lang, slug string, have *shelf) error {
	var target string
	err := s.o.DB.Read(ctx, func(tx *db.Tx) (err error) {
		target, err = targetOf(ctx, tx, site.Property, categorySlug, lang, slug)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for category %s: %w", slug, err)
	}
	if c, ok := have.find(id.Category(target)); ok && c.Articles > 0 && c.Slug != slug {
		return &Moved{Slug: c.Slug}
	}
	return ErrNoCategory
}

// Page is an article by its slug; *Moved for an old one.
func (s *Service) Page(ctx context.Context, site Site, lang, slug string) (p Page, err error) {
	if !site.Has(lang) || !validSlug(slug) {
		return Page{}, ErrNotFound
	}
	var x around
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		p, x, err = findPage(ctx, tx, site.Property, lang, slug)
		if errors.Is(err, ErrNotFound) {
			return movedArticle(ctx, tx, site.Property, lang, slug)
		}
		if err != nil {
			return err
		}
		return neighbours(ctx, tx, site, lang, &p, x)
	})
	if err != nil {
		return Page{}, err
	}
	return s.completed(ctx, site, lang, p, x.author)
}

// movedArticle says where an article is whose address is an old one.
func movedArticle(ctx context.Context, tx *db.Tx, p id.Property, lang, slug string) error {
	target, err := targetOf(ctx, tx, p, articleSlug, lang, slug)
	if err != nil || target == "" {
		return orElse(err, ErrNotFound)
	}
	now, err := publicSlug(ctx, tx, p, lang, target)
	if err != nil || now == "" {
		return orElse(err, ErrNotFound)
	}
	return &Moved{Slug: now}
}

// PageOf is an article by its id; where it is not published in the language, in the site's own, or in any.
func (s *Service) PageOf(ctx context.Context, site Site, lang string, a id.Article) (p Page, err error) {
	if !id.Valid(a) {
		return Page{}, ErrNotFound
	}
	var x around
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		for _, l := range languagesFrom(site, lang) {
			p, x, err = findPageOf(ctx, tx, site.Property, l, a)
			if err == nil {
				return neighbours(ctx, tx, site, l, &p, x)
			}
			if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		return ErrNotFound
	})
	if err != nil {
		return Page{}, err
	}
	return s.completed(ctx, site, p.Language, p, x.author)
}

// languagesFrom are a site's languages in the order that somebody who reads one of them would have them.
func languagesFrom(site Site, lang string) []string {
	list := slices.Clone(site.Languages) // its own is the first
	if i := slices.Index(list, lang); i > 0 {
		list = slices.Insert(slices.Delete(list, i, i+1), 0, lang)
	}
	return list
}

// neighbours reads what stands around an article.
func neighbours(ctx context.Context, tx *db.Tx, site Site, lang string, p *Page, x around) error {
	here := Article{ID: p.Article, Property: site.Property, Category: p.Category, Position: x.position}
	found, err := readAround(ctx, tx, lang, here, x.related)
	if err != nil {
		return err
	}
	p.Related, p.Previous, p.Next = found.related, found.previous, found.next
	slices.SortFunc(p.Related, func(a, b Entry) int { return slices.Index(x.related, a.Article) - slices.Index(x.related, b.Article) })
	p.Translations = nil
	for _, l := range site.Languages {
		for _, t := range found.translations {
			if t.Language == l {
				p.Translations = append(p.Translations, t)
			}
		}
	}
	return nil
}

// surround is neighbours for a page that is not read from the database.
func (s *Service) surround(ctx context.Context, site Site, lang string, p *Page, x around) error {
	err := s.o.DB.Read(ctx, func(tx *db.Tx) error { return neighbours(ctx, tx, site, lang, p, x) })
	if err != nil {
		return err
	}
	have, err := s.shelf(ctx, site, lang)
	if err == nil {
		p.Path = have.path(p.Category)
	}
	return err
}

// completed adds what is in memory.
func (s *Service) completed(ctx context.Context, site Site, lang string, p Page, author id.Agent) (Page, error) {
	have, err := s.shelf(ctx, site, lang)
	if err != nil {
		return Page{}, err
	}
	p.Path = have.path(p.Category)
	p.Author, err = s.person(ctx, author)
	return p, err
}

// Popular is what is most read of late; where too little was, the newest fill up. From memory: it is a minute behind.
func (s *Service) Popular(ctx context.Context, site Site, lang string, n int) ([]Entry, error) {
	if !site.Has(lang) {
		return nil, ErrNotFound
	}
	list, err := s.popular.Get(ctx, inLanguage{site.Property, lang})
	if err != nil {
		return nil, err
	}
	return slices.Clone(list[:max(0, min(n, len(list)))]), nil
}

func (s *Service) loadPopular(ctx context.Context, k inLanguage) (list []Entry, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		if list, err = listPopular(ctx, tx, k.property, k.language, keptPopular); err != nil || len(list) == keptPopular {
			return err
		}
		fresh, err := listRecent(ctx, tx, k.property, k.language, keptPopular)
		if err != nil {
			return err
		}
		for _, e := range fresh {
			there := slices.ContainsFunc(list, func(have Entry) bool { return have.Article == e.Article })
			if !there && len(list) < keptPopular {
				list = append(list, e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the most read of property %s: %w", k.property, err)
	}
	return list, nil
}

// Recent is what was published last, for the feed.
func (s *Service) Recent(ctx context.Context, site Site, lang string, n int) (list []Entry, err error) {
	if !site.Has(lang) {
		return nil, ErrNotFound
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = listRecent(ctx, tx, site.Property, lang, n)
		return err
	})
	return list, err
}

// All is every public page in every language of the site, for the sitemap.
func (s *Service) All(ctx context.Context, site Site) (list []Entry, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = listAll(ctx, tx, site.Property, site.Languages)
		return err
	})
	return list, err
}

// Card is an article for a thread, in lang or else in the site's own language; agents: also one for agents only, without an address.
func (s *Service) Card(ctx context.Context, p id.Property, a id.Article, lang string, agents bool) (wire.Card, error) {
	if !id.Valid(a) {
		return wire.Card{}, ErrNotFound
	}
	site, err := s.SiteOf(ctx, p)
	if err != nil {
		return wire.Card{}, err
	}
	var list []Entry
	var audience Audience
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		list, audience, err = findCards(ctx, tx, p, a)
		return err
	})
	if err != nil {
		return wire.Card{}, fmt.Errorf("read article %s: %w", a, err)
	}
	if audience != Public && !agents {
		return wire.Card{}, ErrNotFound
	}
	for _, l := range languagesFrom(site, lang) {
		for _, e := range list {
			if e.Language != l {
				continue
			}
			c := wire.Card{Article: a, Language: l, Title: e.Title, Description: e.Description}
			if audience == Public {
				c.URL = s.URL(site, l, e.Slug)
			}
			return c, nil
		}
	}
	return wire.Card{}, ErrNotFound
}
