package article

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Incoming is one text that an import brings. It is found by article and language, or by slug and language; else it is made.
type Incoming struct {
	Article     id.Article // of a text in another language that came before; empty: none
	Language    string
	Slug        string // empty: made of the title
	Title       string
	Description string
	Markdown    string // images by our ids
	State       State
	Audience    Audience // empty: public
	Category    id.Category
	Position    int64 // within its category; 0: as it is, or the last
	PublishedAt int64 // unix ms; 0: now
}

// Outcome is what an import did with one text.
type Outcome string

const (
	Made    Outcome = "made"
	Updated Outcome = "updated"
	Same    Outcome = "same" // nothing was different
)

// Imported says what became of one text.
type Imported struct {
	Article id.Article
	Outcome Outcome
}

// manyImported is from where on an import changes how the database should look for things.
const manyImported = 100

// Import makes or changes texts, all or none of one call: some hundred at a time. The answers are in the order of the texts. Writing is
// announced once for the whole, without naming an article, and one entry of the audit log tells how many.
func (s *Service) Import(ctx context.Context, who actor.Agent, list []Incoming) (done []Imported, err error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return nil, err
	}
	words := newWords()
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		words.clear()
		done = make([]Imported, len(list))
		if err := lockSite(ctx, tx, who.Property); err != nil {
			return err
		}
		made, updated := 0, 0
		for i, in := range list {
			if done[i], err = s.bring(ctx, tx, who, site, in, words); err != nil {
				return fmt.Errorf("%s (%s): %w", in.Title, in.Language, err)
			}
			switch done[i].Outcome {
			case Made:
				made++
			case Updated:
				updated++
			case Same:
			}
		}
		if made+updated == 0 {
			return nil
		}
		if err := words.write(ctx, tx, who.Property); err != nil {
			return err
		}
		if made+updated >= manyImported {
			if err := look(ctx, tx); err != nil {
				return err
			}
		}
		Changed.Emit(tx, who.Property, Change{By: who.ID, Pages: true})
		return audit.Write(ctx, tx, audit.Entry{
			Property: who.Property, At: s.o.Now(), Agent: who.ID, Action: audit.ArticlesImported,
			Detail: map[string]int{"made": made, "changed": updated},
		})
	})
	s.forgetPages(who.Property)
	if err != nil {
		return nil, fmt.Errorf("import articles: %w", err)
	}
	return done, nil
}

// bring makes or changes one text. The site's row is locked.
func (s *Service) bring(ctx context.Context, tx *db.Tx, who actor.Agent, site Site, in Incoming, words *words) (Imported, error) {
	if in.Audience == "" {
		in.Audience = Public
	}
	if in.Audience != Public && in.Audience != Agents {
		return Imported{}, ErrAudience
	}
	if !site.Has(in.Language) {
		return Imported{}, ErrLanguage
	}
	save, err := Save{Title: in.Title, Description: in.Description, Slug: in.Slug, Markdown: in.Markdown}.normal()
	if err != nil {
		return Imported{}, err
	}
	if save.Slug == "" {
		save.Slug = slugOf(save.Title)
	}
	if in.Category != "" {
		if err := hasCategory(ctx, tx, who.Property, in.Category); err != nil {
			return Imported{}, err
		}
	}
	if in.Article == "" {
		if in.Article, err = articleBySlug(ctx, tx, who.Property, in.Language, save.Slug); err != nil {
			return Imported{}, err
		}
	}
	if in.Article == "" {
		return s.bringNew(ctx, tx, who, in, save, words)
	}
	a, err := findWhole(ctx, tx, who.Property, in.Article)
	if err != nil {
		return Imported{}, err
	}
	return s.bringOver(ctx, tx, a, brought{in, save, who.ID}, words)
}

func (s *Service) bringNew(ctx context.Context, tx *db.Tx, who actor.Agent, in Incoming, save Save, words *words) (Imported, error) {
	now := s.o.Now()
	a := Article{
		ID: id.New[id.Article](), Property: who.Property, Category: in.Category, Position: in.Position, Audience: in.Audience, Language: in.Language,
		Author: who.ID, Related: []id.Article{}, CreatedAt: now, UpdatedAt: now,
	}
	var err error
	if a.Position == 0 {
		if a.Position, err = lastPosition(ctx, tx, who.Property, a.Category); err != nil {
			return Imported{}, err
		}
	}
	if err := insertArticle(ctx, tx, a); err != nil {
		return Imported{}, err
	}
	t, err := s.beginText(ctx, tx, a, in.Language, save, who.ID)
	if err != nil {
		return Imported{}, err
	}
	return Imported{Article: a.ID, Outcome: Made}, s.bringState(ctx, tx, a, t, in, words)
}

// bringState moves a text into the state that an import wants.
func (s *Service) bringState(ctx context.Context, tx *db.Tx, a Article, was Text, in Incoming, words *words) error {
	to := in.State
	if to == "" {
		to = Draft
	}
	if to == was.State && !was.Ahead() {
		return nil
	}
	t := was
	if in.PublishedAt > 0 && t.firstPublishedAt.IsZero() {
		t.firstPublishedAt = at(in.PublishedAt)
	}
	t, err := t.move(to, s.o.Now())
	if err != nil {
		return err
	}
	if in.PublishedAt > 0 && was.PublishedAt.IsZero() && to == Published {
		t.PublishedAt = at(in.PublishedAt)
	}
	_, err = s.moved(ctx, tx, a, was, t, words)
	return err
}

// brought is a text of an import that was checked, and who brings it.
type brought struct {
	in   Incoming
	save Save
	by   id.Agent
}

// bringOver writes what is different over an article that is there.
func (s *Service) bringOver(ctx context.Context, tx *db.Tx, a Article, b brought, words *words) (Imported, error) {
	in, save := b.in, b.save
	out := Imported{Article: a.ID, Outcome: Same}
	was := a
	a.Category, a.Audience = in.Category, in.Audience
	if in.Position > 0 {
		a.Position = in.Position
	}
	if a.Category != was.Category || a.Audience != was.Audience || a.Position != was.Position {
		out.Outcome, a.UpdatedAt = Updated, s.o.Now()
		if err := updateArticle(ctx, tx, a); err != nil {
			return out, err
		}
		if err := s.patchPages(ctx, tx, was, a); err != nil {
			return out, err
		}
	}
	i := slices.IndexFunc(a.Texts, func(t Text) bool { return t.Language == in.Language })
	if i < 0 {
		t, err := s.beginText(ctx, tx, a, in.Language, save, b.by)
		if err != nil {
			return out, err
		}
		out.Outcome = Made
		return out, s.bringState(ctx, tx, a, t, in, words)
	}
	have := a.Texts[i]
	save.Revision = have.Revision
	t, err := s.overwrite(ctx, tx, have, save, b.by)
	if err != nil {
		return out, err
	}
	to := in.State
	if to == "" {
		to = have.State
	}
	in.State = to
	if t.Revision == have.Revision && to == have.State && !have.Ahead() {
		return out, nil
	}
	out.Outcome, a.UpdatedAt = Updated, s.o.Now()
	if err := touch(ctx, tx, a); err != nil {
		return out, err
	}
	return out, s.bringState(ctx, tx, a, t, in, words)
}

// IncomingCategory is a category that an import brings: found by slug in one of its languages, or made.
type IncomingCategory struct {
	Parent   id.Category
	Icon     string
	Position int64                   // among its sisters; 0: as it is, or the last
	Texts    map[string]CategoryText // by language
}

// ImportCategory makes or changes a category.
func (s *Service) ImportCategory(ctx context.Context, who actor.Agent, in IncomingCategory) (id.Category, Outcome, error) {
	outcome := Same
	n, err := s.putCategory(ctx, who, "import a category", func(tx *db.Tx, site Site, all tree) (Node, error) {
		outcome = Same
		n, ok := all.bySlug(in.Texts)
		patch := CategoryPatch{Texts: map[string]CategoryText{}}
		if !ok {
			if len(all) >= MaxCategories {
				return n, ErrManyCategory
			}
			outcome = Made
			n = Node{ID: id.New[id.Category](), Texts: map[string]CategoryText{}}
			if err := insertCategory(ctx, tx, who.Property, n.ID, s.o.Now()); err != nil {
				return n, err
			}
			patch.Parent = &in.Parent
		}
		if n.Icon != in.Icon {
			patch.Icon = &in.Icon
		}
		if ok && n.Parent != in.Parent {
			patch.Parent = &in.Parent
		}
		for language, t := range in.Texts {
			has := n.Texts[language]
			if t.Slug == "" {
				t.Slug = has.Slug
			}
			if t != has {
				patch.Texts[language] = t
			}
		}
		if ok && (patch.Icon != nil || patch.Parent != nil || len(patch.Texts) > 0 || (in.Position > 0 && in.Position != n.Position)) {
			outcome = Updated
		}
		if outcome == Same {
			return n, errSame
		}
		n, err := s.applyCategory(ctx, tx, site, all, n, patch)
		if err == nil && in.Position > 0 {
			err = setCategoryPosition(ctx, tx, who.Property, n.ID, in.Position)
		}
		return n, err
	})
	return n.ID, outcome, err
}

// bySlug finds a category that has, in any language, one of some addresses, given or made of the names.
func (t tree) bySlug(texts map[string]CategoryText) (Node, bool) {
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		slug := texts[language].Slug
		if slug == "" {
			slug = slugOf(texts[language].Name)
		}
		for _, n := range t {
			if has, ok := n.Texts[language]; ok && has.Slug == slug {
				return n, true
			}
		}
	}
	return Node{}, false
}

// Exported is everything of a site but its pictures, for export.
type Exported struct {
	Site       Site
	Categories []Node    // each after its parent and in order
	Articles   []Article // with their texts, in the order of their places; their categories are not sorted
}

// Export reads everything of a site.
func (s *Service) Export(ctx context.Context, p id.Property) (all Exported, err error) {
	site, err := s.SiteOf(ctx, p)
	if err != nil {
		return Exported{}, err
	}
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		all = Exported{Site: site}
		nodes, err := listNodes(ctx, tx, p)
		if err != nil {
			return err
		}
		all.Categories = nodes
		all.Articles, err = listWhole(ctx, tx, p)
		return err
	})
	if err != nil {
		return Exported{}, fmt.Errorf("export the help centre of property %s: %w", p, err)
	}
	return all, nil
}
