package chat

import (
	"context"

	"parley/internal/kernel/wire"
	"parley/internal/platform/hub"
)

func (s visitorSocket) dispatch(ctx context.Context, c *hub.Conn, conn *visitorConn, base wire.Base, data []byte) {
	switch base.T {
	case "hello", "attach":
		s.hello(ctx, c, conn, data)
	case "send":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorSend) (any, error) {
			ack, err := s.Chats.Say(ctx, conn.who(c), VisitorSay{
				ClientID: f.ID, Text: f.Text, Facts: s.facts(conn), Origin: c.ID(), Article: f.Article, Language: f.Language,
			})
			if err == nil {
				err = s.wrote(ctx, c, conn)
			}
			return ack, err
		})
	case "typing":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorTyping) (any, error) { return nil, s.typing(ctx, c, conn, f) })
	case "mark":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorMark) (any, error) {
			return nil, s.Chats.MarkVisitor(ctx, conn.who(c), f.Session, f.Got, f.Read)
		})
	case "page":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorPage) (any, error) { return nil, s.page(ctx, c, conn, f) })
	case "life":
		note(ctx, s.Live, c, base, data, func(f wire.VisitorLife) { s.life(ctx, c, conn, f.Idle) })
	case "consent":
		note(ctx, s.Live, c, base, data, func(f wire.VisitorConsent) { s.consent(c, conn, f.On) })
	case "opener":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorOpener) (any, error) { return nil, s.opener(ctx, c, conn, f) })
	default:
		s.ask(ctx, c, conn, base, data)
	}
}

// ask is the rarer half of dispatch.
func (s visitorSocket) ask(ctx context.Context, c *hub.Conn, conn *visitorConn, base wire.Base, data []byte) {
	switch base.T {
	case "end":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorEnd) (any, error) {
			return s.Chats.EndSession(ctx, conn.who(c), f.ID, f.Session)
		})
	case "rate":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorRate) (any, error) {
			return s.Chats.Rate(ctx, conn.who(c), Rating{ClientID: f.ID, Session: f.Session, Rating: f.Rating, Comment: f.Comment})
		})
	case "ticket":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorTicket) (any, error) {
			return s.Tickets.Leave(ctx, conn.who(c), s.facts(conn), f)
		})
	case "history":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorHistory) (any, error) {
			messages, more, err := s.Chats.VisitorHistory(ctx, conn.who(c), f.Session, f.Before, f.After)
			return wire.VisitorHistoryFrame{T: "history", ID: f.ID, Session: f.Session, Messages: list(messages), More: more}, err
		})
	case "sessions":
		with(ctx, s.Live, c, base, data, func(f wire.VisitorSessions) (any, error) {
			sessions, next, err := s.Chats.VisitorSessions(ctx, conn.who(c), f.Cursor)
			return wire.VisitorSessionsFrame{T: "sessions", ID: f.ID, Sessions: list(sessions), Next: next}, err
		})
	default:
		s.fail(ctx, c, base.ID, ErrFrameUnknown)
	}
}

// with decodes a frame, calls fn, and sends what it answers: a frame, an error, or nothing to frames that are no commands.
func with[F any](ctx context.Context, l *Live, c *hub.Conn, base wire.Base, data []byte, fn func(F) (any, error)) {
	f, err := readFrame[F](data)
	if err != nil {
		l.fail(ctx, c, base.ID, err)
		return
	}
	answer, err := fn(f)
	switch {
	case base.ID != "" && keyed(base.T) && (answer != nil || err != nil): // or what was asked for has been sent
		l.answer(ctx, c, base.ID, answer, err)
	case err != nil:
		l.unheard(ctx, c, base.T, err)
	}
}

// note is with for frames that nobody answers and that cannot fail.
func note[F any](ctx context.Context, l *Live, c *hub.Conn, base wire.Base, data []byte, fn func(F)) {
	f, err := readFrame[F](data)
	if err != nil {
		l.fail(ctx, c, base.ID, err)
		return
	}
	fn(f)
}

// typing tells the agents who look at the session what the visitor writes; the words only if the owner wants that.
func (s visitorSocket) typing(ctx context.Context, c *hub.Conn, conn *visitorConn, f wire.VisitorTyping) error {
	session := conn.active()
	if session == "" && c.Attached() { // the short life of a POST remembers nothing
		r, err := s.Chats.Resume(ctx, conn.who(c), "", 0)
		if err != nil || r.Session == nil || !r.Session.Active {
			return err
		}
		session = r.Session.ID
		conn.setActive(session)
	}
	if session == "" {
		return nil
	}
	p, err := s.Properties.Get(ctx, conn.property)
	if err != nil {
		return err
	}
	frame := wire.AgentTypingFrame{T: "typing", Session: session, From: wire.FromVisitor, On: f.On}
	if p.Settings.TypingPreview && f.On {
		text, err := clean(f.Text)
		if err != nil {
			return ErrText
		}
		frame.Text = cut(text, wire.MaxPreviewRunes)
	}
	s.publishTyping(conn.property, typed{Session: session, Agents: encode(frame)})
	return nil
}

// list is never null on the wire.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
