package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
)

// AgentSay is an agent's message or whisper.
type AgentSay struct {
	ClientID string // made by the dashboard, unique for this agent for ever
	Text     string
	Whisper  bool   // private: to the team
	Origin   string // the hub connection that sent it: it gets the ack and no frame

	Article  id.Article // sent along as a card, as it is published now; the text may then be empty
	Language string     // of the card; where the article has none in it, or this is empty, the card is in the help centre's own
}

// Send says something in the chat, joining it first, or whispers to the team without joining. The same client id again
// is answered with the first result, whatever has happened since.
func (s *Service) Send(ctx context.Context, who actor.Agent, chat id.Chat, in AgentSay) (wire.Ack, error) {
	text, err := checkWords(in.ClientID, in.Text)
	if in.Article != "" && errors.Is(err, ErrEmpty) {
		text, err = "", nil
	}
	if err != nil {
		return wire.Ack{}, err
	}
	me, err := s.People.Person(ctx, who.ID) // before the transaction, as the card: memory may have to ask the database
	if err != nil {
		return wire.Ack{}, fmt.Errorf("person %s: %w", who.ID, err)
	}
	c := Command{Kind: AgentSays, Agent: who.ID, Text: text}
	if in.Whisper {
		c.Kind = AgentWhispers
	}
	var ack wire.Ack
	if c.Card, err = s.card(ctx, who.Property, in.Article, in.Language, in.Whisper); err == nil {
		ack, err = s.sendAs(ctx, who, chat, in, c, me)
	}
	if err != nil {
		if ack, err = s.again(ctx, who.Property, string(who.ID), in.ClientID, err); err != nil {
			return wire.Ack{}, fmt.Errorf("send to chat %s: %w", chat, err)
		}
		return ack, nil
	}
	s.unindexed.Store(true)
	return ack, nil
}

func (s *Service) sendAs(ctx context.Context, who actor.Agent, chat id.Chat, in AgentSay, c Command, me wire.Person) (ack wire.Ack, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t := turn{command: c, clientID: in.ClientID, origin: in.Origin, people: []wire.Person{me}}
		t.command.At = s.Now()
		if err := t.findForSend(ctx, tx, who.Property, chat); err != nil {
			return err
		}
		now, m, err := t.play(ctx, tx)
		ack = wire.Ack{T: "ack", ID: in.ClientID, Session: now.ID, Chat: now.ChatID, Seq: m.Seq, VSeq: m.VSeq, At: m.At}
		return err
	})
	return ack, err
}

// findForSend locks the chat's session, with the words counted.
func (t *turn) findForSend(ctx context.Context, tx *db.Tx, p id.Property, chat id.Chat) error {
	query, args := update+agentSaid+ofChat, []any{p, chat, t.command.At.UnixMilli()}
	if t.command.Kind == AgentWhispers {
		query, args = update+agentWhispered+ofChat, args[:2]
	}
	stored, err := lock(ctx, tx, ErrNotFound, query, args...)
	if err != nil {
		return err
	}
	if stored.ChatID != chat {
		return ErrSuperseded
	}
	t.stored, t.was = stored, stored
	t.was.Version--
	t.was.Seq--
	if t.command.Kind == AgentSays {
		t.was.VSeq--
	}
	t.members, err = members(ctx, tx, chat)
	return err
}

// Join puts the agent into the chat; being in it already is fine.
func (s *Service) Join(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return s.agentActs(ctx, who, chat, clientID, Command{Kind: AgentJoins})
}

// Leave takes the agent out of the chat, or declines an invitation. When the last one leaves the chat waits again.
func (s *Service) Leave(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return s.agentActs(ctx, who, chat, clientID, Command{Kind: AgentLeaves})
}

// Close hides the chat from the agent; closed by the last one in it, from everybody. The visitor notices nothing.
func (s *Service) Close(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return s.agentActs(ctx, who, chat, clientID, Command{Kind: AgentCloses})
}

// End is always refused with [ErrOnlyVisitorEnds]; a chat that is not there is not found.
func (s *Service) End(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return s.agentActs(ctx, who, chat, clientID, Command{Kind: AgentEnds})
}

// Invite asks a colleague into the chat. One who is in it, or invited already, is not asked again.
func (s *Service) Invite(ctx context.Context, who actor.Agent, chat id.Chat, clientID string, agent id.Agent) (wire.Ack, error) {
	serves, err := s.People.Serves(ctx, agent, who.Property)
	if err != nil {
		return wire.Ack{}, fmt.Errorf("invite %s: %w", agent, err)
	}
	if !serves || agent == who.ID {
		return wire.Ack{}, ErrInvitee
	}
	colleague, err := s.People.Person(ctx, agent)
	if err != nil {
		return wire.Ack{}, fmt.Errorf("person %s: %w", agent, err)
	}
	return s.agentActs(ctx, who, chat, clientID, Command{Kind: AgentInvites, Target: agent}, colleague)
}

// agentActs plays a command that may be repeated on the newest chat of its session.
func (s *Service) agentActs(ctx context.Context, who actor.Agent, chat id.Chat, clientID string, c Command, people ...wire.Person) (wire.Ack, error) {
	if err := checkClientID(clientID); err != nil {
		return wire.Ack{}, err
	}
	me, err := s.People.Person(ctx, who.ID)
	if err != nil {
		return wire.Ack{}, fmt.Errorf("person %s: %w", who.ID, err)
	}
	c.Agent = who.ID
	var ack wire.Ack
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lock(ctx, tx, ErrNotFound, update+lockOnly+ofChat, who.Property, chat)
		if err != nil {
			return err
		}
		ack = wire.Ack{T: "ack", ID: clientID, Session: was.ID, Chat: chat}
		if was.ChatID != chat {
			return superseded(c.Kind)
		}
		_, m, err := s.playOn(ctx, tx, was, c, append(people, me)...)
		ack.Seq, ack.VSeq, ack.At = m.Seq, m.VSeq, m.At
		return err
	})
	if err != nil {
		return wire.Ack{}, fmt.Errorf("%s, chat %s: %w", c.Kind, chat, err)
	}
	return ack, nil
}

// superseded answers a command for an earlier chat of a session, which is closed for good.
func superseded(c CommandKind) error {
	if c == AgentCloses {
		return nil
	}
	if c == AgentEnds {
		return ErrOnlyVisitorEnds
	}
	return ErrSuperseded
}

// MarkTeam moves the team's marks (as visitor seqs), and how many visitor messages this agent has seen; never back.
// What goes beyond what was said is passed over.
func (s *Service) MarkTeam(ctx context.Context, who actor.Agent, chat id.Chat, got, read, count int64) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if got, read := max(got, read), read; got > 0 {
			now, moved, err := markTeam(ctx, tx, who.Property, chat, got, read)
			if err != nil {
				return err
			}
			if moved {
				if err := tellMarked(tx, who.Property, now.ID, now.Visitor, now.Marks); err != nil {
					return err
				}
			}
		}
		if count <= 0 {
			return nil
		}
		session, moved, err := moveRead(ctx, tx, who, chat, count)
		if err != nil || !moved {
			return err
		}
		frame, err := json.Marshal(wire.ReadFrame{T: "read", Session: session, Count: count})
		ReadMovedTopic.Emit(tx, who.Property, ReadMoved{Agent: who.ID, Frame: frame})
		return err
	})
	if err != nil {
		return fmt.Errorf("mark chat %s: %w", chat, err)
	}
	return nil
}
