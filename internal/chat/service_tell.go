package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// maxLastWords is how much of a message a list shows.
const maxLastWords = 200

// tell queues what the sockets of everybody have to hear, in an order that can be routed as it comes.
func (t *turn) tell(ctx context.Context, tx *db.Tx, now session, step Step, changed []Member, messages []message) error {
	if err := t.tellRow(ctx, tx, now, step, changed); err != nil {
		return fmt.Errorf("tell of chat %s: %w", now.ChatID, err)
	}
	last, err := words(ctx, tx, now, messages)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := t.tellSaid(tx, now, step, m, last); err != nil {
			return err
		}
	}
	return nil
}

// words are what was said last, with the number of the newest message: what happens between the words, and whispers, do not
// take their place.
func words(ctx context.Context, tx *db.Tx, now session, messages []message) (wire.LastWords, error) {
	if len(messages) == 0 {
		return wire.LastWords{}, nil
	}
	newest := messages[len(messages)-1].Seq
	for _, m := range slices.Backward(messages) {
		if m.Kind == wire.Text {
			return wire.LastWords{Seq: newest, Kind: m.Kind, From: m.From, Text: cut(titled(m.Text, m.Card), maxLastWords), At: m.At}, nil
		}
	}
	return readWords(ctx, tx, now.Property, now.ID, newest)
}

// tellRow reads the row only when more has changed than a message's own frame says.
func (t *turn) tellRow(ctx context.Context, tx *db.Tx, now session, step Step, changed []Member) error {
	changes, moved := t.changes(now, changed), now.LeftAt != t.was.LeftAt && !step.NewChat
	if !changes && !moved {
		return nil
	}
	row, err := getRow(ctx, tx, now.Property, now.ChatID)
	if err != nil {
		return err
	}
	if changes {
		err = t.tellChanged(tx, now, step, changed, row)
	}
	if err == nil && moved {
		err = tellMoved(tx, now.Property, row)
	}
	return err
}

// changes reports whether agents' lists must be told at once: a new chat, another state, other members, a rating.
func (t *turn) changes(now session, changed []Member) bool {
	w := t.was
	return now.ChatID != w.ChatID || now.Chat != w.Chat || now.State != w.State || now.Rating != w.Rating || now.Comment != w.Comment || len(changed) > 0
}

func (t *turn) tellChanged(tx *db.Tx, now session, step Step, changed []Member, row wire.Row) error {
	e := Changed{
		Session: now.ID, Chat: now.ChatID, Visitor: now.Visitor, State: now.Chat,
		Counts: !step.NewChat && (now.Chat == wire.ChatMissed) != (t.was.Chat == wire.ChatMissed),
	}
	for _, m := range changed {
		switch {
		case m.State == wire.MemberJoined:
			e.Joined = append(e.Joined, m.Agent)
		case slices.Contains(t.members, Member{m.Agent, wire.MemberJoined}):
			e.Left = append(e.Left, m.Agent)
		}
	}
	var err error
	if e.Frame, err = json.Marshal(wire.ChatFrame{T: "chat", Chat: row, Alert: step.Alert, For: string(step.For)}); err != nil {
		return err
	}
	is, was := now.view(), t.was.view()
	seen := t.fresh || is.Active != was.Active || is.Missed != was.Missed || is.Rating != was.Rating
	if seen && t.command.Kind != BanEnds { // whoever is banned is told nothing
		if e.VisitorFrame, err = json.Marshal(wire.VisitorSessionFrame{T: "session", Session: is}); err != nil {
			return err
		}
	}
	ChangedTopic.Emit(tx, now.Property, e)
	return nil
}

func tellMoved(tx *db.Tx, p id.Property, row wire.Row) error {
	frame, err := json.Marshal(wire.VisitorFrame{T: "visitor", Session: row.Session, Visitor: row.Visitor})
	if err != nil {
		return err
	}
	MovedTopic.Emit(tx, p, Moved{Session: row.Session, Visitor: row.Visitor.ID, Frame: frame})
	return nil
}

func (t *turn) tellSaid(tx *db.Tx, now session, step Step, m message, last wire.LastWords) error {
	e := Said{
		Session: now.ID, Chat: now.ChatID, Visitor: now.Visitor, Kind: m.Kind, From: m.From, Author: m.Author,
		Update: wire.RowUpdate{
			ID: now.ChatID, Version: now.Version, UnansweredSince: now.UnansweredSince, VisitorCount: now.VisitorCount, Last: last,
		},
		Alert: step.Alert && step.For == "",
	}
	if t.wrote(m.Entry) { // an ack says everything of one's own words, but not of what they caused besides
		e.Origin = t.origin
	}
	s := stored{message: m, Chat: now.ChatID, Author: t.person(m.Agent), Target: t.person(m.Target)}
	var err error
	if e.AgentFrame, err = json.Marshal(wire.AgentMessageFrame{T: "message", Session: now.ID, M: s.forAgents()}); err != nil {
		return err
	}
	if m.VSeq > 0 {
		if e.VisitorFrame, err = json.Marshal(wire.VisitorMessageFrame{T: "message", Session: now.ID, M: s.forVisitor()}); err != nil {
			return err
		}
	}
	SaidTopic.Emit(tx, now.Property, e)
	return nil
}

func (t *turn) person(a id.Agent) *wire.Person {
	if a == "" {
		return nil
	}
	for i := range t.people {
		if t.people[i].ID == a {
			return &t.people[i]
		}
	}
	return &wire.Person{ID: a}
}

func (m stored) forAgents() wire.AgentMessage {
	return wire.AgentMessage{
		Seq: m.Seq, VSeq: m.VSeq, ID: m.ClientID, Chat: m.Chat, At: m.At, Kind: m.Kind, From: m.From,
		Author: m.Author, Target: m.Target, Text: m.Text, By: m.By, Ban: m.Ban, Rating: int(m.Rating), Card: m.Card.Shown(),
	}
}

func (m stored) forVisitor() wire.VisitorMessage {
	return wire.VisitorMessage{
		Seq: m.VSeq, ID: m.ClientID, At: m.At, Kind: m.Kind, From: m.From, Author: m.Author, Text: m.Text, By: m.By, Card: m.Card.Shown(),
	}
}

// view is the session as its visitor sees it.
func (s session) view() wire.VisitorSession {
	v := wire.VisitorSession{
		ID: s.ID, Active: s.State == Active, EndedBy: s.EndedBy, StartedAt: s.Started, EndedAt: s.EndedAt, Last: s.VSeq,
		Missed: s.Chat == wire.ChatMissed, Rating: int(s.Rating), Marks: s.Marks,
	}
	if v.EndedBy == wire.EndedByBan {
		v.EndedBy = "" // also after it was lifted: the session is over, and that is all
	}
	return v
}
