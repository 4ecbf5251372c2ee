package chat

import (
	"context"
	"encoding/json"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
)

func (s agentSocket) dispatch(ctx context.Context, c *hub.Conn, conn *agentConn, base wire.Base, data []byte) {
	who := conn.agent
	switch base.T {
	case "hello", "attach":
		s.hello(ctx, c, conn, data)
	case "send":
		with(ctx, s.Live, c, base, data, func(f wire.AgentSend) (any, error) {
			return s.Chats.Send(ctx, who, f.Chat, AgentSay{
				ClientID: f.ID, Text: f.Text, Whisper: f.Whisper, Origin: c.ID(), Article: f.Article, Language: f.Language,
			})
		})
	case "join":
		s.command(ctx, c, base, data, who, s.Chats.Join)
	case "leave":
		s.command(ctx, c, base, data, who, s.Chats.Leave)
	case "close":
		s.command(ctx, c, base, data, who, s.Chats.Close)
	case "end":
		s.command(ctx, c, base, data, who, s.Chats.End)
	case "invite":
		with(ctx, s.Live, c, base, data, func(f wire.AgentInvite) (any, error) { return s.Chats.Invite(ctx, who, f.Chat, f.ID, f.Agent) })
	case "start":
		with(ctx, s.Live, c, base, data, func(f wire.AgentStart) (any, error) {
			return s.Chats.Start(ctx, who, StartChat{ClientID: f.ID, Visitor: f.Visitor, Text: f.Text})
		})
	default:
		s.look(ctx, c, conn, base, data)
	}
}

func (s agentSocket) command(ctx context.Context, c *hub.Conn, base wire.Base, data []byte, who actor.Agent,
	fn func(context.Context, actor.Agent, id.Chat, string) (wire.Ack, error),
) {
	with(ctx, s.Live, c, base, data, func(f wire.AgentChatCommand) (any, error) { return fn(ctx, who, f.Chat, f.ID) })
}

// look is the half of dispatch that changes no chat.
func (s agentSocket) look(ctx context.Context, c *hub.Conn, conn *agentConn, base wire.Base, data []byte) {
	who := conn.agent
	switch base.T {
	case "watch":
		with(ctx, s.Live, c, base, data, func(f wire.AgentWatch) (any, error) { return s.watch(ctx, c, conn, f) })
	case "unwatch":
		with(ctx, s.Live, c, base, data, func(f wire.AgentUnwatch) (any, error) { return nil, s.unwatch(ctx, c, conn, f) })
	case "history":
		with(ctx, s.Live, c, base, data, func(f wire.AgentHistory) (any, error) {
			t, err := s.Chats.Messages(ctx, who, f.Chat, f.Before, 0, page.Default)
			return messagesFrame(f.ID, f.Chat, t), err
		})
	case "typing":
		with(ctx, s.Live, c, base, data, func(f wire.AgentTyping) (any, error) { return nil, s.typing(ctx, c, conn, f) })
	case "mark":
		with(ctx, s.Live, c, base, data, func(f wire.AgentMark) (any, error) {
			return nil, s.Chats.MarkTeam(ctx, who, f.Chat, f.Got, f.Read, f.Count)
		})
	default:
		s.lookAround(ctx, c, conn, base, data)
	}
}

func messagesFrame(command string, chat id.Chat, t Thread) wire.AgentMessagesFrame {
	return wire.AgentMessagesFrame{T: "messages", ID: command, Session: t.Session, Chat: chat, Messages: list(t.Messages), More: t.More}
}

// watch opens a session's stream first and reads it then, so that nothing falls between.
func (s agentSocket) watch(ctx context.Context, c *hub.Conn, conn *agentConn, f wire.AgentWatch) (any, error) {
	at, err := s.place(ctx, conn, f.Chat)
	if err != nil {
		return nil, err
	}
	s.stream(ctx, c, conn, streamChange{Session: at.session, Open: true})
	t, err := s.Chats.Newest(ctx, conn.agent, f.Chat, f.After)
	return messagesFrame(f.ID, f.Chat, t), err
}

// unwatch closes the stream again, but never of a chat that the agent is in.
func (s agentSocket) unwatch(ctx context.Context, c *hub.Conn, conn *agentConn, f wire.AgentUnwatch) error {
	row, err := s.Chats.Get(ctx, conn.agent, f.Chat)
	if err != nil {
		return err
	}
	s.stream(ctx, c, conn, streamChange{Session: row.Session, Stay: isIn(row, conn.agent.ID)})
	return nil
}

// place finds a chat's session and visitor. They never change, so a connection asks once a chat.
func (s agentSocket) place(ctx context.Context, conn *agentConn, chat id.Chat) (place, error) {
	if at, ok := conn.places[chat]; ok {
		return at, nil
	}
	row, err := s.Chats.Get(ctx, conn.agent, chat)
	if err != nil {
		return place{}, err
	}
	if len(conn.places) >= maxPlaces {
		clear(conn.places)
	}
	at := place{session: row.Session, visitor: row.Visitor.ID}
	conn.places[chat] = at
	return at, nil
}

// typing tells the visitor and the colleagues that this agent types.
func (s agentSocket) typing(ctx context.Context, c *hub.Conn, conn *agentConn, f wire.AgentTyping) error {
	at, err := s.place(ctx, conn, f.Chat)
	if err != nil {
		return err
	}
	person, err := s.Chats.People.Person(ctx, conn.agent.ID)
	if err != nil {
		return err
	}
	s.publishTyping(conn.agent.Property, typed{
		Session: at.session, Visitor: at.visitor, Origin: c.ID(),
		Agents:  encode(wire.AgentTypingFrame{T: "typing", Session: at.session, From: wire.FromAgent, Agent: &person, On: f.On}),
		Widgets: encode(wire.VisitorTypingFrame{T: "typing", Session: at.session, Agent: person, On: f.On}),
	})
	return nil
}

// streamChange asks for a session's stream to be opened or closed on a connection, on whichever node that is.
type streamChange struct {
	Conn     string      `json:"conn"`
	Property id.Property `json:"property"`
	Agent    id.Agent    `json:"agent"`
	Session  id.Session  `json:"session"`
	Open     bool        `json:"open,omitempty"`
	Stay     bool        `json:"stay,omitempty"` // closed, but the agent is in the chat

	Look *look `json:"look,omitempty"` // this instead of a session: who is on the site
}

const askStream = "chat.stream"

// stream opens or closes a session's stream on the connection. The fallback's POST has none of its own: it speaks for a
// stream that may be on another node.
func (s agentSocket) stream(ctx context.Context, c *hub.Conn, conn *agentConn, change streamChange) {
	change.Conn, change.Property, change.Agent = c.ID(), conn.agent.Property, conn.agent.ID
	if !c.Attached() {
		s.changeStream(c, conn, change)
		return
	}
	if s.changeStreamHere(change) {
		return
	}
	if _, err := s.Bus.Ask(ctx, askStream, change, streamWait); err != nil {
		s.unheard(ctx, c, "watch", err) // the client sees the gap with the next message, and asks again
	}
}

// changeStreamHere finds the connection among this node's; its agent must be the one who asks.
func (l *Live) changeStreamHere(change streamChange) (found bool) {
	for _, c := range l.conns(agentTopic(change.Property, change.Agent)) {
		if conn, ok := c.State.(*agentConn); ok && c.ID() == change.Conn {
			l.changeStream(c, conn, change)
			return true
		}
	}
	return false
}

// answerStream is asked by the other nodes.
func (l *Live) answerStream(question json.RawMessage) any {
	var change streamChange
	if json.Unmarshal(question, &change) != nil || !l.changeStreamHere(change) {
		return nil
	}
	return true
}

func (l *Live) changeStream(c *hub.Conn, conn *agentConn, change streamChange) {
	if change.Look != nil {
		l.lookFor(c, change.Property, *change.Look)
		return
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if change.Open {
		if conn.watched == nil {
			conn.watched = map[id.Session]bool{}
		}
		conn.watched[change.Session] = true
		c.Join(sessionTopic(change.Session))
		return
	}
	delete(conn.watched, change.Session)
	if !change.Stay {
		c.Leave(sessionTopic(change.Session))
	}
}
