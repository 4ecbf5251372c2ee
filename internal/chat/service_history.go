package chat

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// ErrState says that there is no such state to filter by.
var ErrState = errs.New(errs.Invalid, "history.state", "Choose one of waiting, served, closed, ended and missed.").At("state")

var chatStates = []wire.ChatState{wire.Waiting, wire.Served, wire.ChatClosed, wire.ChatEnded, wire.ChatMissed}

// Filter narrows the history; empty fields narrow nothing.
type Filter struct {
	State   wire.ChatState
	Agent   id.Agent // was in it
	Visitor id.Visitor
	From    int64  // started at, unix ms, inclusive
	To      int64  // exclusive
	Q       string // words, all of them in one message; the last one may be unfinished
	Cursor  string
	Limit   int
}

// Found is one chat of the history.
type Found struct {
	Row     wire.Row `json:"row"`
	Snippet string   `json:"snippet,omitempty" doc:"With q: the newest words of the chat that match."`
}

// FoundPage is a page of the history, newest first.
type FoundPage struct {
	Items []Found `json:"items"`
	Next  string  `json:"next,omitempty" doc:"The cursor of the next page; absent: this is the last one."`
}

// History answers a page of the property's chats.
func (s *Service) History(ctx context.Context, who actor.Agent, f Filter) (FoundPage, error) {
	from, err := page.Parse(f.Cursor)
	if err != nil {
		return FoundPage{}, err
	}
	if f.State != "" && !slices.Contains(chatStates, f.State) {
		return FoundPage{}, ErrState
	}
	query := searchQuery(s.DB.Dialect(), f.Q)
	if query == "" && f.Q != "" {
		return FoundPage{Items: []Found{}}, nil // signs alone are in no index
	}
	limit := page.Limit(f.Limit)
	var list []wire.Row
	var texts map[id.Chat]string
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if list, err = history(ctx, tx, who.Property, wanted{f, query, from, limit + 1}); err != nil || query == "" {
			return err
		}
		texts, err = matchingTexts(ctx, tx, who.Property, list, query)
		return err
	})
	if err != nil {
		return FoundPage{}, fmt.Errorf("history: %w", err)
	}
	out := FoundPage{Items: []Found{}}
	if len(list) > limit {
		list = list[:limit]
		out.Next = page.Cursor{At: list[limit-1].StartedAt, ID: string(list[limit-1].ID)}.String()
	}
	for _, r := range list {
		found := Found{Row: r}
		if text, ok := texts[r.ID]; ok {
			found.Snippet = snippet(text, f.Q)
		}
		out.Items = append(out.Items, found)
	}
	return out, nil
}
