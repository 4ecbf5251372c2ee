package wire

import "parley/internal/kernel/id"

// Card is an article in a thread, as it was when it was sent: later changes of the article do not change it.
type Card struct {
	Article     id.Article `json:"article"`
	Language    string     `json:"language"` // of the text that the sender saw; a reader may have it in another one
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	URL         string     `json:"url,omitempty"` // of the public page; absent: for agents only
}

// MaxLanguageBytes bounds the name of an article's language in a frame.
const MaxLanguageBytes = 35

// ── agent → server ──

// AgentEditing says that this agent has the editor of an article open, and again every 20 s while it is, or has closed it (On
// false). Nobody answers; the server only passes it on.
type AgentEditing struct {
	T        string     `json:"t"` // "editing"
	Article  id.Article `json:"article"`
	Language string     `json:"language"`
	On       bool       `json:"on"`
}

// ── server → agent ──

// AgentEditingFrame says that a colleague, or this agent in another window, has an article open in the editor. A client forgets it after 45 s.
type AgentEditingFrame struct {
	T        string     `json:"t"` // "editing"
	Article  id.Article `json:"article"`
	Language string     `json:"language"`
	Agent    Person     `json:"agent"`
	On       bool       `json:"on"`
}

// ArticleState is where the text of an article, in one language, is in its life.
type ArticleState string

const (
	ArticleDraft     ArticleState = "draft"     // no reader sees it
	ArticlePublished ArticleState = "published" // there is a page of it; the working copy may be ahead
	ArticleArchived  ArticleState = "archived"  // no reader sees it, and nobody works on it
)

// ArticleFrame tells that an article was changed: whoever shows it asks for it again.
type ArticleFrame struct {
	T        string       `json:"t"`                  // "article"
	Article  id.Article   `json:"article"`            // empty: many were, by an import
	Language string       `json:"language,omitempty"` // absent: not one text, but what all of them share, or the whole article is gone
	State    ArticleState `json:"state,omitempty"`    // absent: the article was deleted, or no text was changed
	Revision int64        `json:"revision,omitempty"` // of the working copy
	By       id.Agent     `json:"by,omitempty"`
}
