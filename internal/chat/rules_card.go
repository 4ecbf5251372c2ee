package chat

import (
	"parley/internal/kernel/errs"
	"parley/internal/kernel/wire"
)

// ErrArticle says that a card of the article cannot be sent: there is none such, nobody has published it, or the visitor may not read it.
var ErrArticle = errs.New(errs.Invalid, "message.article", "This article is not published, or for agents only: whisper it.").At("article")

// titled is a message where there is room for a line: its words, or the title of an article that was sent without any.
func titled(text string, card wire.Card) string {
	if text == "" {
		return card.Title
	}
	return text
}
