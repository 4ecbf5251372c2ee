package chat

import (
	"context"
	"fmt"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// articles answers what a thread shows of an article, and counts the chats that articles lead to.
type articles interface {
	// Card is the article in the language, or in another one that it has. It is not found where there is no page of it; agents: those for agents only count too.
	Card(ctx context.Context, p id.Property, a id.Article, language string, agents bool) (wire.Card, error)
	ChatStarted(ctx context.Context, tx *db.Tx, p id.Property, c id.Chat, a id.Article) error
}

// card is the article that somebody names. Not for use inside a transaction. [ErrArticle]: whoever reads the message could not read it.
func (s *Service) card(ctx context.Context, p id.Property, a id.Article, language string, agents bool) (wire.Card, error) {
	if a == "" {
		return wire.Card{}, nil
	}
	if !id.Valid(a) {
		return wire.Card{}, ErrArticle
	}
	if len(language) > wire.MaxLanguageBytes {
		language = ""
	}
	c, err := s.Articles.Card(ctx, p, a, language, agents)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return wire.Card{}, ErrArticle
	case err != nil:
		return wire.Card{}, fmt.Errorf("card of article %s: %w", a, err)
	}
	return c, nil
}

// cameFrom tells the help centre of a chat that began with an article.
func (t *turn) cameFrom(ctx context.Context, tx *db.Tx, now session, step Step) error {
	if !step.NewChat || t.command.Card.Article == "" {
		return nil
	}
	if err := t.articles.ChatStarted(ctx, tx, now.Property, now.ChatID, t.command.Card.Article); err != nil {
		return fmt.Errorf("count chat %s for article %s: %w", now.ChatID, t.command.Card.Article, err)
	}
	return nil
}
