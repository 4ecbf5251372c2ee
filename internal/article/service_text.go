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

// Save writes over the working copy, or begins a language. If somebody else was faster the answer is [ErrChanged] and nothing is written
// over: see [Service.Keep]. What was there becomes a version first, if it is somebody else's or older than ten minutes.
func (s *Service) Save(ctx context.Context, who actor.Agent, article id.Article, language string, save Save) (a Article, t Text, err error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return Article{}, Text{}, err
	}
	if save, err = save.normal(); err != nil {
		return Article{}, Text{}, err
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockSite(ctx, tx, who.Property); err != nil {
			return err
		}
		if a, err = findArticle(ctx, tx, who.Property, article); err != nil {
			return err
		}
		was, err := findText(ctx, tx, who.Property, article, language)
		switch {
		case errors.Is(err, ErrNoText) && save.Revision == 0 && site.Has(language):
			t, err = s.beginText(ctx, tx, a, language, save, who.ID)
		case errors.Is(err, ErrNoText) && save.Revision == 0:
			return ErrLanguage
		case err != nil:
			return err
		case save.Revision == 0:
			return ErrTextThere
		default:
			t, err = s.overwrite(ctx, tx, was, save, who.ID)
		}
		if err != nil || t.Revision == was.Revision {
			return err
		}
		return s.told(ctx, tx, &a, Change{Article: a.ID, Language: language, State: t.State, Revision: t.Revision, By: who.ID})
	})
	if err != nil {
		return Article{}, Text{}, fmt.Errorf("save article %s in %s: %w", article, language, err)
	}
	return a, t, nil
}

// told moves the article up in the lists and tells everybody.
func (s *Service) told(ctx context.Context, tx *db.Tx, a *Article, c Change) error {
	a.UpdatedAt = s.o.Now()
	Changed.Emit(tx, a.Property, c)
	return touch(ctx, tx, *a)
}

// beginText stores the first revision of a language.
func (s *Service) beginText(ctx context.Context, tx *db.Tx, a Article, language string, save Save, by id.Agent) (Text, error) {
	t := Text{Article: a.ID, Language: language, State: Draft}.over(save, by, s.o.Now())
	t.versionAt = t.SavedAt // its beginning is no version
	var err error
	if t.Slug, err = freeSlug(ctx, tx, a.Property, t, save.Slug != ""); err != nil {
		return Text{}, err
	}
	if err := claim(ctx, tx, a.Property, address{articleSlug, language, t.Slug}, string(a.ID)); err != nil {
		return Text{}, err
	}
	return t, insertText(ctx, tx, a.Property, t)
}

// freeSlug is the text's address if it is free; one that nobody wished for is numbered until it is.
func freeSlug(ctx context.Context, tx *db.Tx, p id.Property, t Text, wished bool) (string, error) {
	wish := t.Slug
	if !wished {
		if wish = slugOf(t.Title); wish == "" {
			wish = "article"
		}
	}
	for n := 1; ; n++ {
		slug := try(wish, n, string(t.Article))
		taken, err := slugTaken(ctx, tx, p, t.Language, slug, t.Article)
		if err != nil {
			return "", err
		}
		if !taken {
			return slug, nil
		}
		if wished {
			return "", ErrSlugTaken
		}
	}
}

// overwrite writes a save over what is stored. Saving what is there already is fine and silent.
func (s *Service) overwrite(ctx context.Context, tx *db.Tx, was Text, save Save, by id.Agent) (Text, error) {
	if was.Revision != save.Revision {
		return Text{}, ErrChanged
	}
	now := s.o.Now()
	t := was.over(save, by, now)
	if t.same(was) {
		return was, nil
	}
	p, err := propertyOf(ctx, tx, was.Article)
	if err != nil {
		return Text{}, err
	}
	if was.becomesVersion(by, now) && !t.sameWords(was) {
		if err := keepVersion(ctx, tx, p, was, Version{Reason: Saved, Agent: was.SavedBy, At: was.SavedAt}); err != nil {
			return Text{}, err
		}
		t.versionAt, t.versionRevision = now, was.Revision
	}
	if t.Slug != was.Slug {
		if err := reslug(ctx, tx, p, was, t); err != nil {
			return Text{}, err
		}
	}
	return t, updateText(ctx, tx, p, was, t)
}

// keepVersion keeps the words of a text as a version.
func keepVersion(ctx context.Context, tx *db.Tx, p id.Property, t Text, v Version) error {
	v.Title, v.Description, v.Markdown = t.Title, t.Description, t.Markdown
	_, err := insertVersion(ctx, tx, p, t, v)
	return err
}

// reslug gives a text another address. The old one leads to the new, if readers have ever seen it.
func reslug(ctx context.Context, tx *db.Tx, p id.Property, was, t Text) error {
	taken, err := slugTaken(ctx, tx, p, t.Language, t.Slug, t.Article)
	if err != nil || taken {
		return orElse(err, ErrSlugTaken)
	}
	if was.firstPublishedAt.IsZero() {
		if err := unclaim(ctx, tx, p, t.Language, was.Slug, t.Article); err != nil {
			return err
		}
	}
	return claim(ctx, tx, p, address{articleSlug, t.Language, t.Slug}, string(t.Article))
}

// SetState publishes the working copy (again: its changes), takes it back, or archives it. revision is of the working copy that is meant:
// if somebody has saved another the answer is [ErrChanged].
func (s *Service) SetState(ctx context.Context, who actor.Agent, article id.Article, language string, to State, revision int64) (a Article, t Text, err error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return Article{}, Text{}, err
	}
	if site.Publishing == ManagersPublish && !who.Role.Manages() {
		return Article{}, Text{}, ErrPublishing
	}
	words := newWords()
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		words.clear()
		if err := lockSite(ctx, tx, who.Property); err != nil {
			return err
		}
		if a, err = findArticle(ctx, tx, who.Property, article); err != nil {
			return err
		}
		was, err := findText(ctx, tx, who.Property, article, language)
		if err != nil {
			return err
		}
		if was.Revision != revision {
			return ErrChanged
		}
		if t, err = was.move(to, s.o.Now()); err != nil {
			return err
		}
		if to == was.State && !was.Ahead() {
			t = was
			return nil
		}
		if t, err = s.moved(ctx, tx, a, was, t, words); err != nil {
			return err
		}
		if err := words.write(ctx, tx, who.Property); err != nil {
			return err
		}
		err = s.told(ctx, tx, &a, Change{Article: a.ID, Language: language, State: t.State, Revision: t.Revision, By: who.ID, Pages: true})
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			Property: who.Property, At: s.o.Now(), Agent: who.ID, Action: actionOf(to), Target: string(a.ID),
			Detail: map[string]string{"title": t.Title, "language": language},
		})
	})
	s.forgetPages(who.Property)
	if err != nil {
		return Article{}, Text{}, fmt.Errorf("make article %s in %s %s: %w", article, language, to, err)
	}
	return a, t, nil
}

func actionOf(to State) audit.Action {
	switch to {
	case Published:
		return audit.ArticlePublished
	case Archived:
		return audit.ArticleArchived
	case Draft:
	}
	return audit.ArticleUnpublished
}

// moved writes a text in its new state, and its page or that there is none.
func (s *Service) moved(ctx context.Context, tx *db.Tx, a Article, was, t Text, words *words) (Text, error) {
	var err error
	if t.State == Published {
		if was.versionRevision != was.Revision {
			if err = keepVersion(ctx, tx, a.Property, t, Version{Reason: WasPublic, Agent: t.SavedBy, At: s.o.Now()}); err != nil {
				return Text{}, err
			}
			t.versionAt, t.versionRevision = s.o.Now(), t.Revision
		}
		err = putPage(ctx, tx, a, t, words)
	} else {
		err = dropPage(ctx, tx, a, t.Language, words)
	}
	if err != nil {
		return Text{}, err
	}
	return t, updateText(ctx, tx, a.Property, was, t)
}

// Versions are what a text was, newest first and without Markdown; before: only those with a smaller number, 0: all.
func (s *Service) Versions(ctx context.Context, who actor.Agent, article id.Article, language string, before int64, limit int) (list []Version, more bool, err error) {
	limit = page.Limit(limit)
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := findText(ctx, tx, who.Property, article, language); err != nil {
			return err
		}
		list, err = listVersions(ctx, tx, Text{Article: article, Language: language}, before, limit+1)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("list versions of article %s: %w", article, err)
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

// Version is a version with its Markdown.
func (s *Service) Version(ctx context.Context, who actor.Agent, article id.Article, language string, number int64) (v Version, err error) {
	err = s.o.DB.Read(ctx, func(tx *db.Tx) error {
		v, err = findVersion(ctx, tx, who.Property, article, language, number)
		return err
	})
	return v, err
}

// Keep stores a text that could not be saved as a version, and leaves the working copy alone: nothing that somebody wrote is lost.
func (s *Service) Keep(ctx context.Context, who actor.Agent, article id.Article, language string, save Save) (v Version, err error) {
	if save, err = save.normal(); err != nil {
		return Version{}, err
	}
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockMade(ctx, tx, who.Property); err != nil {
			return err
		}
		t, err := findText(ctx, tx, who.Property, article, language)
		if err != nil {
			return err
		}
		v, err = insertVersion(ctx, tx, who.Property, t, Version{
			Title: save.Title, Description: save.Description, Markdown: save.Markdown, Agent: who.ID, Reason: Kept, At: s.o.Now(),
		})
		return err
	})
	if err != nil {
		return Version{}, fmt.Errorf("keep a version of article %s: %w", article, err)
	}
	return v, nil
}

// Restore makes a version the working copy. What the working copy was becomes a version, and so does what it is now.
func (s *Service) Restore(ctx context.Context, who actor.Agent, article id.Article, language string, number, revision int64) (a Article, t Text, err error) {
	err = s.o.DB.Write(ctx, func(tx *db.Tx) error {
		if err := lockMade(ctx, tx, who.Property); err != nil {
			return err
		}
		if a, err = findArticle(ctx, tx, who.Property, article); err != nil {
			return err
		}
		was, err := findText(ctx, tx, who.Property, article, language)
		if err != nil {
			return err
		}
		v, err := findVersion(ctx, tx, who.Property, article, language, number)
		if err != nil {
			return err
		}
		if was.Revision != revision {
			return ErrChanged
		}
		now := s.o.Now()
		t = was.over(Save{Title: v.Title, Description: v.Description, Markdown: v.Markdown}, who.ID, now)
		if t.sameWords(was) {
			t = was
			return nil
		}
		if was.versionRevision != was.Revision {
			if err := keepVersion(ctx, tx, who.Property, was, Version{Reason: Saved, Agent: was.SavedBy, At: was.SavedAt}); err != nil {
				return err
			}
		}
		if err := keepVersion(ctx, tx, who.Property, t, Version{Reason: Restored, Agent: who.ID, At: now}); err != nil {
			return err
		}
		t.versionAt, t.versionRevision = now, t.Revision
		if err := updateText(ctx, tx, who.Property, was, t); err != nil {
			return err
		}
		return s.told(ctx, tx, &a, Change{Article: a.ID, Language: language, State: t.State, Revision: t.Revision, By: who.ID})
	})
	if err != nil {
		return Article{}, Text{}, fmt.Errorf("restore version %d of article %s: %w", number, article, err)
	}
	return a, t, nil
}

// Preview is the whole page of a text as it would be published; of an article that was not begun it has neither path nor neighbours.
func (s *Service) Preview(ctx context.Context, who actor.Agent, article id.Article, language string, save Save) (string, error) {
	site, err := s.SiteOf(ctx, who.Property)
	if err != nil {
		return "", err
	}
	if !slices.Contains(Languages, language) {
		return "", ErrLanguage
	}
	if len(save.Markdown) > MaxMarkdownBytes {
		return "", ErrMarkdown
	}
	now := s.o.Now()
	r := Render(save.Markdown, language)
	shown := Page{
		Entry: Entry{Article: article, Language: language, Title: save.Title, Description: save.Description, PublishedAt: now, UpdatedAt: now},
		HTML:  r.HTML, Plain: r.Plain, Contents: r.Contents, Audience: Public,
	}
	author := who.ID
	if article != "" {
		a, err := s.Get(ctx, who.Property, article)
		if err != nil {
			return "", err
		}
		author = a.Author
		shown.Category, shown.Audience, shown.Yes, shown.No = a.Category, a.Audience, a.Yes, a.No
		if err := s.surround(ctx, site, language, &shown, around{position: a.Position, related: a.Related}); err != nil {
			return "", err
		}
	}
	if shown.Author, err = s.person(ctx, author); err != nil {
		return "", err
	}
	if s.Pages == nil {
		return Resolve(shown.HTML, pathOf(site.Slug)), nil // no server around us: tests
	}
	return s.Pages.Preview(ctx, site, language, shown)
}
