package article

import (
	"cmp"
	"slices"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// State is where a text, which is one language of one article, is in its life.
type State = wire.ArticleState

const (
	Draft     = wire.ArticleDraft     // no reader sees it
	Published = wire.ArticlePublished // there is a page of it; the working copy may be ahead
	Archived  = wire.ArticleArchived  // no reader sees it, and nobody works on it
)

// Audience is who may read an article.
type Audience string

const (
	Public Audience = "public"
	Agents Audience = "agents" // only agents find it
)

// Reason says why there is a version.
type Reason string

const (
	Saved     Reason = "saved"     // the working copy before somebody wrote over it
	Kept      Reason = "kept"      // what could not be saved, because somebody else was faster
	WasPublic Reason = "published" // what readers have seen from then on
	Restored  Reason = "restored"  // an older version that was taken back
)

// Limits of what people write.
const (
	MaxTitleRunes       = 200
	MaxDescriptionRunes = 300
	MaxMarkdownBytes    = 256 << 10
	MaxSlugRunes        = 80
	MaxNameRunes        = 100 // of a category
	MaxRelated          = 10
	MaxCategories       = 500
	MaxDepth            = 5 // of categories
	MaxMissingRunes     = 1000
)

// The errors that callers meet.
var (
	ErrNotFound     = errs.New(errs.NotFound, "article.not_found", "There is no such article.")
	ErrNoText       = errs.New(errs.NotFound, "article.no_text", "This article is not written in this language.")
	ErrNoCategory   = errs.New(errs.NotFound, "category.not_found", "There is no such category.")
	ErrNoVersion    = errs.New(errs.NotFound, "article.no_version", "There is no such version.")
	ErrNoImage      = errs.New(errs.NotFound, "article.no_image", "There is no such image.")
	ErrChanged      = errs.New(errs.Conflict, "article.changed", "Somebody else changed this text in the meantime. Look at both before you go on.").At("revision")
	ErrTextThere    = errs.New(errs.Conflict, "article.text_there", "This article is written in this language already.").At("language")
	ErrPublishing   = errs.New(errs.Forbidden, "article.publishing", "Only owners and admins publish articles here.")
	ErrTitle        = errs.New(errs.Invalid, "article.title", "Give a title of 1 to 200 characters, without line breaks.").At("title")
	ErrDescription  = errs.New(errs.Invalid, "article.description", "Use at most 300 characters, without line breaks, in a description.").At("description")
	ErrMarkdown     = errs.New(errs.Invalid, "article.markdown", "An article has at most 256 kB of text.").At("markdown")
	ErrEmpty        = errs.New(errs.Invalid, "article.empty", "Write something before you publish it.").At("markdown")
	ErrSlug         = errs.New(errs.Invalid, "article.slug", "Use 1 to 80 small letters, digits and hyphens in an address.").At("slug")
	ErrSlugTaken    = errs.New(errs.Conflict, "article.slug_taken", "Something else has this address already.").At("slug")
	ErrLanguage     = errs.New(errs.Invalid, "article.language", "This is not one of the languages of the help centre.").At("language")
	ErrState        = errs.New(errs.Invalid, "article.state", "A text is draft, published or archived.").At("state")
	ErrAudience     = errs.New(errs.Invalid, "article.audience", "Choose one of public and agents.").At("audience")
	ErrRelated      = errs.New(errs.Invalid, "article.related", "Name at most 10 other articles of this help centre.").At("related")
	ErrPlace        = errs.New(errs.Invalid, "article.place", "It cannot be put there.").At("before")
	ErrSort         = errs.New(errs.Invalid, "article.sort", "Sort by updated_at, title, views or helpful.").At("sort")
	ErrName         = errs.New(errs.Invalid, "category.name", "Give a name of 1 to 100 characters, without line breaks.").At("name")
	ErrIcon         = errs.New(errs.Invalid, "category.icon", "An icon is one emoji or a short word.").At("icon")
	ErrParent       = errs.New(errs.Invalid, "category.parent", "A category cannot be in itself, nor more than five deep.").At("parent")
	ErrManyCategory = errs.New(errs.Conflict, "category.too_many", "A help centre has at most 500 categories.")
	ErrNotEmpty     = errs.New(errs.Conflict, "category.not_empty", "Move what is in this category first.")
	ErrVoter        = errs.New(errs.Invalid, "article.voter", "Nobody knows whose vote this is.").At("voter")
	ErrMissing      = errs.New(errs.Invalid, "article.missing", "Use at most 1,000 characters.").At("missing")
	ErrTooMany      = errs.New(errs.TooMany, "article.too_many_votes", "There were many votes from your network. Please wait a moment.")
)

// Changed is published when something of an article is other than it was: a text, its state, its place.
var Changed = event.New[Change]("article.changed")

// Change says what changed of an article.
type Change struct {
	Article  id.Article `json:"article"`
	Language string     `json:"language,omitempty"` // empty: not one text, but what all of them share
	State    State      `json:"state,omitempty"`
	Revision int64      `json:"revision,omitempty"`
	By       id.Agent   `json:"by,omitempty"`
	Pages    bool       `json:"pages,omitempty"` // readers see something else now
}

// SiteChanged is published when a site's settings, addresses or categories are others. Listeners read them anew.
var SiteChanged = event.New[SiteChange]("help.changed")

// SiteChange names the property whose help centre changed.
type SiteChange struct {
	Property id.Property `json:"property"`
}

// Moved is the answer for an address that was right once.
type Moved struct{ Slug string } //nolint:errname // it is no failure but a way on

// Error implements error.
func (m *Moved) Error() string { return "moved to " + m.Slug }

// Version is what a text was once.
type Version struct {
	Number      int64 // 1, 2 … within the text
	Title       string
	Description string
	Markdown    string // empty in lists
	Agent       id.Agent
	Reason      Reason
	At          time.Time
}

// Article is one thing with a text for each language.
type Article struct {
	ID        id.Article
	Property  id.Property
	Category  id.Category // empty: none
	Position  int64
	Audience  Audience
	Language  string // in which it was written first
	Author    id.Agent
	Related   []id.Article
	Yes, No   int64
	Views     int64
	CreatedAt time.Time
	UpdatedAt time.Time
	Texts     []Text // in the order of their languages
}

// sortTexts puts the text that was written first in front.
func (a *Article) sortTexts() {
	place := func(t Text) int {
		if t.Language == a.Language {
			return -1
		}
		return slices.Index(Languages, t.Language)
	}
	slices.SortFunc(a.Texts, func(x, y Text) int { return cmp.Compare(place(x), place(y)) })
}

// Text is the working copy of an article in one language.
type Text struct {
	Article           id.Article
	Language          string
	State             State
	Slug              string
	Title             string
	Description       string
	Markdown          string
	Revision          int64 // grows with every save
	SavedBy           id.Agent
	SavedAt           time.Time
	PublishedAt       time.Time // zero: never
	PublishedRevision int64
	PublicSlug        string // of the page that readers have; empty: there is none

	firstPublishedAt time.Time
	versionAt        time.Time // of the newest version
	versionRevision  int64     // … and whose content it has
}

// Ahead reports whether there are changes that readers do not see yet.
func (t Text) Ahead() bool { return t.State == Published && t.Revision != t.PublishedRevision }
