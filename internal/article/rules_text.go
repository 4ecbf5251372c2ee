package article

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/internal/kernel/id"
)

// versionEvery is how long one person's saves are one version: an editor saves by itself every few seconds.
const versionEvery = 10 * time.Minute

// Save is what an editor writes over the working copy.
type Save struct {
	Revision    int64 // that it was written from; 0: it is a new language
	Title       string
	Description string
	Slug        string // empty: as it is, or made of the title
	Markdown    string
}

// normal checks what people write and puts it into the form that is stored. A title may be missing in a working copy: it is being written.
func (s Save) normal() (Save, error) {
	var ok bool
	if s.Title, ok = line(s.Title, MaxTitleRunes); !ok || s.Title == "" {
		return s, ErrTitle
	}
	if s.Description, ok = line(s.Description, MaxDescriptionRunes); !ok {
		return s, ErrDescription
	}
	s.Slug = strings.TrimSpace(s.Slug)
	if s.Slug != "" && !validSlug(s.Slug) {
		return s, ErrSlug
	}
	s.Markdown = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s.Markdown)
	if len(s.Markdown) > MaxMarkdownBytes || !storable(s.Markdown) {
		return s, ErrMarkdown
	}
	return s, nil
}

// line is a text of at most n characters on one line.
func line(s string, n int) (string, bool) {
	s = strings.TrimSpace(s)
	return s, utf8.RuneCountInString(s) <= n && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// storable refuses what PostgreSQL cannot keep.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// over is the text with a save written over it.
func (t Text) over(s Save, by id.Agent, at time.Time) Text {
	t.Title, t.Description, t.Markdown = s.Title, s.Description, s.Markdown
	if s.Slug != "" {
		t.Slug = s.Slug
	}
	t.Revision++
	t.SavedBy, t.SavedAt = by, at
	return t
}

// same reports whether two texts say the same.
func (t Text) same(o Text) bool {
	return t.Title == o.Title && t.Description == o.Description && t.Slug == o.Slug && t.Markdown == o.Markdown
}

// sameWords is same without the address, which versions do not keep.
func (t Text) sameWords(o Text) bool {
	return t.Title == o.Title && t.Description == o.Description && t.Markdown == o.Markdown
}

// becomesVersion reports whether what is stored is kept before by writes over it at that time: it was written by somebody else, or the
// newest version is ten minutes old, and it is not a version already.
func (t Text) becomesVersion(by id.Agent, at time.Time) bool {
	return t.versionRevision != t.Revision && (t.SavedBy != by || at.Sub(t.versionAt) >= versionEvery)
}

// move is the text in a new state. Publishing again what is published is how changes come to the readers.
func (t Text) move(to State, at time.Time) (Text, error) {
	switch to {
	case Published:
		if strings.TrimSpace(t.Markdown) == "" {
			return t, ErrEmpty
		}
		if t.firstPublishedAt.IsZero() {
			t.firstPublishedAt = at
		}
		t.PublishedAt, t.PublishedRevision, t.PublicSlug = at, t.Revision, t.Slug
	case Draft, Archived:
		t.PublicSlug = ""
	default:
		return t, ErrState
	}
	t.State = to
	return t, nil
}

// Sort is the order of a list; a minus sign turns it round.
type Sort string

// The orders that a list has.
const (
	ByUpdated  Sort = "updated_at" // newest first
	ByTitle    Sort = "title"      // by the alphabet
	ByViews    Sort = "views"      // most first
	ByHelpful  Sort = "helpful"    // most first; those without a vote last
	ByPosition Sort = "position"   // as in its category
)

// Filter narrows a list; what is zero does not.
type Filter struct {
	State    State
	Category id.Category // NoCategory: those in none
	Audience Audience
	Language string
	Author   id.Agent
	Text     string
	Sort     Sort
}

// NoCategory filters the articles that are in no category.
const NoCategory id.Category = "none"

// Row is an article in the agents' list.
type Row struct {
	Article
	Text      Text   // in the language that is shown; without Markdown
	Languages []Text // without Markdown
}

// NewArticle is what an article begins with.
type NewArticle struct {
	Language    string // empty: the site's own
	Title       string
	Description string
	Category    id.Category
	Audience    Audience // empty: public
	Markdown    string
}

// Patch is a change of what the languages of an article share; what is nil stays.
type Patch struct {
	Category *id.Category
	Audience *Audience
	Related  *[]id.Article
	Before   *id.Article // of the same category; empty: to the end
}

// normalRelated leaves out doubles and refuses the article itself and too many.
func normalRelated(list []id.Article, self id.Article) ([]id.Article, error) {
	out := make([]id.Article, 0, len(list))
	for _, a := range list {
		if a == self || !id.Valid(a) {
			return nil, ErrRelated
		}
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	if len(out) > MaxRelated {
		return nil, ErrRelated
	}
	return out, nil
}

// normal checks a vote.
func (v Vote) normal() (Vote, error) {
	if v.Voter == "" || len(v.Voter) > 64 || strings.ContainsFunc(v.Voter, oddInID) {
		return v, ErrVoter
	}
	v.Missing = strings.TrimSpace(strings.ReplaceAll(v.Missing, "\r\n", "\n"))
	if utf8.RuneCountInString(v.Missing) > MaxMissingRunes || !storable(v.Missing) {
		return v, ErrMissing
	}
	if v.Helpful {
		v.Missing = ""
	}
	return v, nil
}

func oddInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// between is the tally after a vote that takes the place of an earlier one, if there was one.
func (t Tally) between(was *bool, now bool) Tally {
	if was != nil && *was {
		t.Yes--
	} else if was != nil {
		t.No--
	}
	if now {
		t.Yes++
	} else {
		t.No++
	}
	return t
}
