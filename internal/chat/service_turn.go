package chat

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// turn is one command on one session, inside its transaction.
type turn struct {
	stored  session // as its row stands; locked
	was     session // before the command: the same, unless the lock has counted words already
	fresh   bool    // the session is to be made
	members []Member
	command Command

	clientID string // of words
	author   string // the visitor's id, for words of a visitor
	origin   string
	people   []wire.Person // everybody whom the entries may name
	opener   Opener        // that a visitor's words answer
	articles articles      // to be told of a chat that came from one
}

// play decides the command and stores and publishes what follows. It answers the session as it is now, and the last
// message that was stored (none: Seq is 0).
func (t *turn) play(ctx context.Context, tx *db.Tx) (session, message, error) {
	step, err := Decide(Life{t.was.Standing, t.members}, t.command)
	if err != nil {
		return t.was, message{}, err
	}
	now := t.was
	now.Standing = step.Life.Standing
	if step.NewChat {
		now.ChatID = id.New[id.Chat]()
	}
	changed := changedMembers(t.members, step.Life.Members)
	if now == t.was && len(changed) == 0 {
		return now, message{}, nil
	}
	now.Version++
	if err := t.save(ctx, tx, now, step, changed); err != nil {
		return now, message{}, err
	}
	messages := t.messages(step)
	for _, m := range messages {
		if err := insertMessage(ctx, tx, now, m); err != nil {
			return now, message{}, err
		}
	}
	if err := t.tell(ctx, tx, now, step, changed, messages); err != nil {
		return now, message{}, err
	}
	if err := t.answered(ctx, tx, now); err != nil {
		return now, message{}, err
	}
	if err := t.cameFrom(ctx, tx, now, step); err != nil {
		return now, message{}, err
	}
	if len(messages) == 0 {
		return now, message{}, nil
	}
	return now, messages[len(messages)-1], nil
}

func (t *turn) save(ctx context.Context, tx *db.Tx, now session, step Step, changed []Member) error {
	at := t.command.At.UnixMilli()
	var err error
	switch {
	case t.fresh:
		err = insertSession(ctx, tx, now)
	case now != t.stored:
		err = updateSession(ctx, tx, now)
	}
	if err != nil {
		return fmt.Errorf("save session %s: %w", now.ID, err)
	}
	switch {
	case step.NewChat:
		err = insertChat(ctx, tx, now, step.Entries[0].Seq, at)
	case now.Chat != t.was.Chat:
		err = updateChat(ctx, tx, now, at)
	}
	if err != nil {
		return fmt.Errorf("save chat %s: %w", now.ChatID, err)
	}
	for _, m := range changed {
		if err := saveMember(ctx, tx, now, m, at); err != nil {
			return fmt.Errorf("save member %s of chat %s: %w", m.Agent, now.ChatID, err)
		}
	}
	return nil
}

// changedMembers are those who have another part than before. A new chat begins without members; nobody's part changes.
func changedMembers(was, now []Member) (changed []Member) {
	for _, m := range now {
		if !slices.Contains(was, m) {
			changed = append(changed, m)
		}
	}
	return changed
}

// wrote reports whether the entry is what the caller's client wrote, and knows under its own id. An opener is not: it was
// written before, and not by the visitor who answers it.
func (t *turn) wrote(e Entry) bool { return e.From != wire.FromSystem && e.Agent == t.command.Agent }

func (t *turn) messages(step Step) []message {
	ms := make([]message, len(step.Entries))
	for i, e := range step.Entries {
		m := message{Entry: e, At: t.command.At.UnixMilli(), Author: string(e.Agent)}
		if !t.wrote(e) {
			m.ClientID = string(id.New[id.Chat]()) // nobody will ask for it: it only has to be unlike any other
		} else {
			m.ClientID = t.clientID
		}
		if e.From == wire.FromVisitor {
			m.Author = t.author
		}
		ms[i] = m
	}
	return ms
}
