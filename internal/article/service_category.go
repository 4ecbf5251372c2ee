package article

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Nodes are all categories, each after its parent and in order, as agents see them.
func (s *Service) Nodes(ctx context.Context, p id.Property) (list []Node, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = listNodes(ctx, tx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list categories of property %s: %w", p, err)
	}
	return list, nil
}

// MakeCategory makes a category at the end of its sisters.
func (s *Service) MakeCategory(ctx context.Context, who actor.Agent, c CategoryPatch) (Node, error) {
	n := Node{ID: id.New[id.Category](), Texts: map[string]CategoryText{}}
	return s.putCategory(ctx, who, "make category", func(tx *db.Tx, site Site, all tree) (Node, error) {
		if len(all) >= MaxCategories {
			return n, ErrManyCategory
		}
		if err := insertCategory(ctx, tx, who.Property, n.ID, s.o.Now()); err != nil {
			return n, err
		}
		if c.Parent == nil {
			top := id.Category("")
			c.Parent = &top
		}
		return s.applyCategory(ctx, tx, site, all, n, c)
	})
}

// ChangeCategory names, moves or sorts a category. Old addresses go on leading to it.
func (s *Service) ChangeCategory(ctx context.Context, who actor.Agent, category id.Category, c CategoryPatch) (Node, error) {
	return s.putCategory(ctx, who, "change category "+string(category), func(tx *db.Tx, site Site, all tree) (Node, error) {
		n, ok := all.find(category)
		if !ok {
			return Node{}, ErrNoCategory
		}
		return s.applyCategory(ctx, tx, site, all, n, c)
	})
}

// errSame says that nothing is different, so nobody has to be told. It never leaves the package.
var errSame = errors.New("nothing is different")

// putCategory runs do with the site's row locked, and tells everybody.
func (s *Service) putCategory(ctx context.Context, who actor.Agent, what string, do func(*db.Tx, Site, tree) (Node, error)) (n Node, err error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return Node{}, err
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockSite(ctx, tx, who.Property); err != nil {
			return err
		}
		all, err := listNodes(ctx, tx, who.Property)
		if err != nil {
			return err
		}
		if n, err = do(tx, site, all); errors.Is(err, errSame) {
			return nil
		}
		if err != nil {
			return err
		}
		SiteChanged.Emit(tx, who.Property, SiteChange{Property: who.Property})
		return nil
	})
	s.forgetSite(who.Property)
	if err != nil {
		return Node{}, fmt.Errorf("%s: %w", what, err)
	}
	return n, nil
}

// applyCategory writes what a patch says over a node.
func (s *Service) applyCategory(ctx context.Context, tx *db.Tx, site Site, all tree, n Node, c CategoryPatch) (Node, error) {
	if c.Icon != nil {
		icon, err := normalIcon(*c.Icon)
		if err != nil {
			return n, err
		}
		n.Icon = icon
		if err := setIcon(ctx, tx, site.Property, n.ID, icon); err != nil {
			return n, err
		}
	}
	if c.Parent != nil || c.Before != nil {
		parent, before := n.Parent, id.Category("")
		set(&parent, c.Parent)
		set(&before, c.Before)
		order, err := all.place(n.ID, parent, before)
		if err != nil {
			return n, err
		}
		n.Parent = parent
		if err := placeCategories(ctx, tx, site.Property, n.ID, parent, order); err != nil {
			return n, err
		}
	}
	return s.nameCategory(ctx, tx, site, n, c.Texts)
}

func (s *Service) nameCategory(ctx context.Context, tx *db.Tx, site Site, n Node, texts map[string]CategoryText) (Node, error) {
	n.Texts = maps.Clone(n.Texts)
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		if !slices.Contains(Languages, language) {
			return n, ErrLanguage.At("texts")
		}
		t, err := texts[language].normal(language)
		if err != nil {
			return n, err
		}
		if t.Name == "" {
			delete(n.Texts, language)
			if err := deleteCategoryText(ctx, tx, site.Property, n.ID, language); err != nil {
				return n, err
			}
			continue
		}
		if t.Slug, err = categorySlugOf(ctx, tx, site.Property, n, language, t); err != nil {
			return n, err
		}
		n.Texts[language] = t
		if err := putCategoryText(ctx, tx, site.Property, n.ID, language, t); err != nil {
			return n, err
		}
	}
	if len(n.Texts) == 0 {
		return n, ErrName.At("texts")
	}
	return n, nil
}

// categorySlugOf is the wished address if it is free; without a wish the one it has, or one made of the name.
func categorySlugOf(ctx context.Context, tx *db.Tx, p id.Property, n Node, language string, t CategoryText) (string, error) {
	if t.Slug == "" {
		if has, ok := n.Texts[language]; ok {
			return has.Slug, nil
		}
	}
	wish, exact := t.Slug, t.Slug != ""
	if !exact {
		wish = slugOf(t.Name)
		if wish == "" {
			wish = "category"
		}
	}
	for i := 1; ; i++ {
		slug := try(wish, i, string(n.ID))
		taken, err := categoryHas(ctx, tx, p, language, slug, n.ID)
		if err != nil {
			return "", err
		}
		if !taken {
			return slug, nil
		}
		if exact {
			return "", ErrSlugTaken.At("texts." + language + ".slug")
		}
	}
}

// DeleteCategory deletes a category in which nothing is.
func (s *Service) DeleteCategory(ctx context.Context, who actor.Agent, category id.Category) error {
	_, err := s.putCategory(ctx, who, "delete category "+string(category), func(tx *db.Tx, site Site, all tree) (Node, error) {
		n, ok := all.find(category)
		if !ok {
			return n, ErrNoCategory
		}
		if n.Articles > 0 || len(all.sisters(category, "")) > 0 {
			return n, ErrNotEmpty
		}
		if err := deleteCategory(ctx, tx, who.Property, category); err != nil {
			return n, err
		}
		return n, audit.Write(ctx, tx, audit.Entry{
			Property: who.Property, At: s.o.Now(), Agent: who.ID, Action: audit.CategoryDeleted, Target: string(category),
			Detail: map[string]string{"name": n.shown(site.Language, site.Language).Name},
		})
	})
	return err
}
