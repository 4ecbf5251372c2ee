package chat

import (
	"context"
	"fmt"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// ErasedTopic is published when conversations were deleted for good.
var ErasedTopic = event.New[Erased]("chat.erased")

// Erased says that sessions are no longer there: one visitor's, or some of the oldest.
type Erased struct {
	Visitor  id.Visitor `json:"visitor,omitempty"` // empty: of many visitors
	Sessions int64      `json:"sessions"`
}

// Erasure is how much was deleted.
type Erasure struct {
	Sessions int64 `json:"sessions"`
	Chats    int64 `json:"chats"`
	Messages int64 `json:"messages"`
	Openers  int64 `json:"openers"`
}

// Erase deletes everything that the visitor and the team said to each other, with all that hangs on it, inside the caller's
// transaction: sessions, chats, messages and what the search knows of them, and openers. The visitor's row is not chat's.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (Erasure, error) {
	sessions, err := lockSessionsOf(ctx, tx, p, v)
	if err != nil {
		return Erasure{}, fmt.Errorf("sessions of visitor %s: %w", v, err)
	}
	gone, err := eraseSessions(ctx, tx, p, sessions)
	if err != nil {
		return Erasure{}, fmt.Errorf("erase visitor %s: %w", v, err)
	}
	openers, err := deleteOpenersOf(ctx, tx, p, v)
	if err != nil {
		return Erasure{}, fmt.Errorf("erase openers to visitor %s: %w", v, err)
	}
	gone.Openers += openers
	if gone.Sessions > 0 {
		ErasedTopic.Emit(tx, p, Erased{Visitor: v, Sessions: gone.Sessions})
	}
	return gone, nil
}

// EraseEndedBefore deletes at most limit of the property's sessions that ended before then (unix ms), the oldest first, in one
// transaction; and, once there is none left, the openers of before that became no session. Call it until it deletes nothing.
func (s *Service) EraseEndedBefore(ctx context.Context, p id.Property, before int64, limit int) (gone Erasure, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		sessions, err := lockEndedBefore(ctx, tx, p, before, limit)
		if err != nil {
			return err
		}
		if gone, err = eraseSessions(ctx, tx, p, sessions); err != nil {
			return err
		}
		if len(sessions) == 0 {
			gone.Openers, err = deleteOpenersBefore(ctx, tx, p, before)
			return err
		}
		ErasedTopic.Emit(tx, p, Erased{Sessions: gone.Sessions})
		return nil
	})
	if err != nil {
		return Erasure{}, fmt.Errorf("erase old sessions of property %s: %w", p, err)
	}
	return gone, nil
}

// eraseSessions deletes sessions that are locked. Messages go first: chats have no reference from them to follow.
func eraseSessions(ctx context.Context, tx *db.Tx, p id.Property, sessions []id.Session) (gone Erasure, err error) {
	for _, session := range sessions {
		for _, part := range []struct {
			count  *int64
			delete func(context.Context, *db.Tx, id.Property, id.Session) (int64, error)
		}{
			{nil, deleteFound},
			{&gone.Messages, deleteMessages},
			{&gone.Chats, deleteChats},
			{&gone.Openers, deleteAnswered},
			{&gone.Sessions, deleteSession},
		} {
			n, err := part.delete(ctx, tx, p, session)
			if err != nil {
				return Erasure{}, fmt.Errorf("erase session %s: %w", session, err)
			}
			if part.count != nil {
				*part.count += n
			}
		}
	}
	return gone, nil
}

// Export is everything that is stored of a visitor's conversations, in the order in which it happened. Times are unix ms.
type Export struct {
	Sessions []ExportedSession `json:"sessions"`
	Openers  []ExportedOpener  `json:"openers"`
}

// ExportedSession is a session with its chats and everything that was said, also among the agents.
type ExportedSession struct {
	ID        id.Session        `json:"id"`
	State     State             `json:"state"`
	EndedBy   wire.EndedBy      `json:"ended_by,omitempty"`
	StartedAt int64             `json:"started_at"`
	EndedAt   int64             `json:"ended_at,omitempty"`
	Rating    int64             `json:"rating,omitempty"`
	Comment   string            `json:"comment,omitempty"`
	Chats     []ExportedChat    `json:"chats"`
	Messages  []ExportedMessage `json:"messages"`
}

// ExportedChat is a part of a session as the team saw it.
type ExportedChat struct {
	ID        id.Chat        `json:"id"`
	Number    int64          `json:"number"`
	State     wire.ChatState `json:"state"`
	StartedAt int64          `json:"started_at"`
	ServedAt  int64          `json:"served_at,omitempty"`
	EndedAt   int64          `json:"ended_at,omitempty"`
	Agents    []string       `json:"agents"` // the names of those who were in it
}

// ExportedMessage is a message or an event. Private ones were shown to the team alone.
type ExportedMessage struct {
	Seq     int64        `json:"seq"`
	Chat    id.Chat      `json:"chat"`
	At      int64        `json:"at"`
	Kind    wire.Kind    `json:"kind"`
	From    wire.From    `json:"from"`
	Author  string       `json:"author,omitempty"` // the agent's name
	Text    string       `json:"text,omitempty"`
	EndedBy wire.EndedBy `json:"ended_by,omitempty"`
	Rating  int64        `json:"rating,omitempty"`
	Card    *wire.Card   `json:"card,omitempty"` // an article that was sent along, or that the chat came from
	Private bool         `json:"private,omitempty"`
}

// ExportedOpener is an agent's first words, and what became of them.
type ExportedOpener struct {
	Agent   string     `json:"agent"` // the name
	Text    string     `json:"text"`
	State   string     `json:"state"`
	MadeAt  int64      `json:"made_at"`
	SeenAt  int64      `json:"seen_at,omitempty"`
	EndedAt int64      `json:"ended_at,omitempty"`
	Session id.Session `json:"session,omitempty"` // it opened this one
}

// Export reads everything of a visitor's conversations inside the caller's transaction. A visitor who never wrote has nothing.
func (s *Service) Export(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (Export, error) {
	sessions, err := exportSessions(ctx, tx, p, v)
	for i := range sessions {
		e := &sessions[i]
		if err == nil {
			e.Chats, err = exportChats(ctx, tx, p, e.ID)
		}
		if err == nil {
			e.Messages, err = exportMessages(ctx, tx, p, e.ID)
		}
	}
	if err != nil {
		return Export{}, fmt.Errorf("export chats of visitor %s: %w", v, err)
	}
	openers, err := exportOpeners(ctx, tx, p, v)
	if err != nil {
		return Export{}, fmt.Errorf("export openers to visitor %s: %w", v, err)
	}
	return Export{Sessions: sessions, Openers: openers}, nil
}
