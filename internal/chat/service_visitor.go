package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/visit"
	"parley/internal/visitor"
)

// VisitorSay is a visitor's message.
type VisitorSay struct {
	ClientID string // made by the widget, unique for this visitor for ever
	Text     string
	Facts    visitor.Facts // where and who the visitor is; written when a session starts
	Origin   string        // the hub connection that sent it: it gets the ack and no frame

	Article  id.Article // the visitor comes from reading it; empty: from none
	Language string     // in which it was read
}

// Rating is what the visitor thinks of a session that has ended.
type Rating struct {
	ClientID string
	Session  id.Session
	Rating   int // 1 good, -1 not good
	Comment  string
}

// Resumed is what a visitor needs to show the truth.
type Resumed struct {
	Session  *wire.VisitorSession // nil: never had one
	Messages []wire.VisitorMessage
	More     bool         // there are older ones between last and Messages[0]
	Away     bool         // the session is active and says that the visitor left: call VisitorBack
	Row      *visit.Row   // what is stored of the visitor; nil: nothing
	Opener   *wire.Opener // an agent's first words that wait for an answer
}

// Say stores a visitor's message. Where there is no session to say it in, it starts one; where the session's chat was
// closed or missed, a new chat. The same client id again is answered with the first result, whatever has happened since.
func (s *Service) Say(ctx context.Context, who actor.Visitor, in VisitorSay) (wire.Ack, error) {
	text, err := checkWords(in.ClientID, in.Text)
	if err != nil {
		return wire.Ack{}, err
	}
	times, err := s.times(ctx, who.Property)
	if err != nil {
		return wire.Ack{}, err
	}
	card, err := s.card(ctx, who.Property, in.Article, in.Language, false)
	if err != nil && !errors.Is(err, ErrArticle) { // one that is gone takes nothing from the words
		return wire.Ack{}, err
	}
	ack, err := s.sayAs(ctx, who, in, Command{Kind: VisitorSays, Text: text, Times: times, Card: card})
	if err != nil {
		if ack, err = s.again(ctx, who.Property, string(who.ID), in.ClientID, err); err != nil {
			return wire.Ack{}, fmt.Errorf("say: %w", err)
		}
		ack.Chat, ack.Seq, ack.VSeq = "", ack.VSeq, 0 // a visitor knows of no chats, and of one order
		return ack, nil
	}
	s.unindexed.Store(true)
	return ack, nil
}

// sayAs says it, as the answer to an agent's first words if there are any.
func (s *Service) sayAs(ctx context.Context, who actor.Visitor, in VisitorSay, c Command) (ack wire.Ack, err error) {
	var first speaker
	for range maxRaces {
		err = s.write(ctx, func(tx *db.Tx) error {
			t := turn{command: c, clientID: in.ClientID, author: string(who.ID), origin: in.Origin, articles: s.Articles}
			t.command.At = s.Now()
			if err := t.findForSay(ctx, tx, s, who, in.Facts); err != nil {
				return err
			}
			if t.fresh {
				if err := t.findOpening(ctx, tx, first); err != nil {
					return err
				}
			}
			now, m, err := t.play(ctx, tx)
			ack = wire.Ack{T: "ack", ID: in.ClientID, Session: now.ID, Seq: m.VSeq, At: m.At}
			return err
		})
		answers, ok := errors.AsType[speakerError](err)
		if !ok {
			break
		}
		if first, err = s.speaker(ctx, who.Property, answers.agent); err != nil {
			break
		}
	}
	return ack, err
}

// findForSay locks the active session, with the words counted; or prepares a new one.
func (t *turn) findForSay(ctx context.Context, tx *db.Tx, s *Service, who actor.Visitor, facts visitor.Facts) error {
	at := t.command.At.UnixMilli()
	stored, err := lock(ctx, tx, ErrSessionNotFound, update+visitorSaid+ofVisitor, who.Property, who.ID, at)
	switch {
	case err == nil:
		t.stored, t.was = stored, stored
		t.was.Version--
		t.was.Seq--
		t.was.VSeq--
		t.was.VisitorCount--
		return nil
	case !errors.Is(err, ErrSessionNotFound):
		return err
	}
	if _, err := s.Visitors.Ensure(ctx, tx, who, facts); err != nil {
		return err
	}
	t.fresh = true
	t.was = session{ID: id.New[id.Session](), Property: who.Property, Visitor: who.ID, Started: at}
	return nil
}

func checkWords(clientID, text string) (string, error) {
	if err := checkClientID(clientID); err != nil {
		return "", err
	}
	return cleanText(text)
}

// EndSession ends the visitor's session; ending an ended one is acknowledged and changes nothing.
func (s *Service) EndSession(ctx context.Context, who actor.Visitor, clientID string, session id.Session) (wire.Ack, error) {
	return s.visitorActs(ctx, who, clientID, session, Command{Kind: VisitorEnds})
}

// Rate keeps the visitor's opinion of a session that has ended; the last one holds.
func (s *Service) Rate(ctx context.Context, who actor.Visitor, in Rating) (wire.Ack, error) {
	in, err := in.check()
	if err != nil {
		return wire.Ack{}, err
	}
	return s.visitorActs(ctx, who, in.ClientID, in.Session, Command{Kind: VisitorRates, Rating: int64(in.Rating), Text: in.Comment})
}

// visitorActs plays a command on the visitor's own session that may be repeated.
func (s *Service) visitorActs(ctx context.Context, who actor.Visitor, clientID string, session id.Session, c Command) (wire.Ack, error) {
	if err := checkClientID(clientID); err != nil {
		return wire.Ack{}, err
	}
	var ack wire.Ack
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lock(ctx, tx, ErrSessionNotFound, update+lockOnly+ofVisitors, who.Property, who.ID, session)
		if err != nil {
			return err
		}
		now, _, err := s.playOn(ctx, tx, was, c)
		ack = wire.Ack{T: "ack", ID: clientID, Session: now.ID}
		if c.Kind == VisitorEnds { // ended is the last thing that the visitor sees, now or when it was ended before
			ack.Seq, ack.At = now.VSeq, now.EndedAt
		}
		return err
	})
	if err != nil {
		return wire.Ack{}, fmt.Errorf("%s: %w", c.Kind, err)
	}
	return ack, nil
}

// playOn plays a command that says nothing on a session that is locked.
func (s *Service) playOn(ctx context.Context, tx *db.Tx, was session, c Command, people ...wire.Person) (session, message, error) {
	c.At = s.Now()
	ms, err := members(ctx, tx, was.ChatID)
	if err != nil {
		return was, message{}, fmt.Errorf("members of chat %s: %w", was.ChatID, err)
	}
	t := turn{stored: was, was: was, members: ms, command: c, people: people}
	return t.play(ctx, tx)
}

// VisitorLeft notes that the visitor left the site, once, while a session is active.
func (s *Service) VisitorLeft(ctx context.Context, p id.Property, v id.Visitor) error {
	return s.visitorMoves(ctx, p, v, VisitorLeaves)
}

// VisitorBack notes that the visitor who had left is back. It writes: call it when Resume says so.
func (s *Service) VisitorBack(ctx context.Context, p id.Property, v id.Visitor) error {
	return s.visitorMoves(ctx, p, v, VisitorReturns)
}

func (s *Service) visitorMoves(ctx context.Context, p id.Property, v id.Visitor, kind CommandKind) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lock(ctx, tx, ErrSessionNotFound, update+lockOnly+ofVisitor, p, v)
		if errors.Is(err, ErrSessionNotFound) {
			return nil
		}
		if err == nil {
			_, _, err = s.playOn(ctx, tx, was, Command{Kind: kind})
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}

// VisitorMoved tells the agents the visitor's facts as they are stored now, while a session is active.
func (s *Service) VisitorMoved(ctx context.Context, p id.Property, v id.Visitor) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lock(ctx, tx, ErrSessionNotFound, update+lockOnly+ofVisitor, p, v)
		if errors.Is(err, ErrSessionNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		row, err := getRow(ctx, tx, p, was.ChatID)
		if err != nil {
			return err
		}
		return tellMoved(tx, p, row)
	})
	if err != nil {
		return fmt.Errorf("visitor moved: %w", err)
	}
	return nil
}

// MarkVisitor moves the visitor's marks, never back. Marks beyond what was said, or of a session that is not there, are passed over.
func (s *Service) MarkVisitor(ctx context.Context, who actor.Visitor, session id.Session, got, read int64) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		marks, moved, err := markVisitor(ctx, tx, who, session, max(got, read), read)
		if err != nil || !moved {
			return err
		}
		return tellMarked(tx, who.Property, session, who.ID, marks)
	})
	if err != nil {
		return fmt.Errorf("mark session %s: %w", session, err)
	}
	return nil
}

func tellMarked(tx *db.Tx, p id.Property, session id.Session, v id.Visitor, marks wire.Marks) error {
	e := Marked{Session: session, Visitor: v}
	var err error
	if e.VisitorFrame, err = json.Marshal(wire.VisitorMarksFrame{T: "marks", Session: session, Marks: marks}); err != nil {
		return err
	}
	e.AgentFrame = e.VisitorFrame // the same fields, by intent: see wire.AgentMarksFrame
	MarkedTopic.Emit(tx, p, e)
	return nil
}

// Resume answers hello: the visitor's newest session and its newest messages above last, if last is of that session;
// otherwise from its start.
func (s *Service) Resume(ctx context.Context, who actor.Visitor, session id.Session, last int64) (Resumed, error) {
	var out Resumed
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		row, err := s.Visitors.Find(ctx, tx, who.Property, who.ID)
		if errors.Is(err, visitor.ErrNotFound) {
			return s.refuseForgotten(ctx, tx, who)
		}
		if err != nil {
			return err
		}
		out.Row = visit.RowOf(row)
		newest, err := findSession(ctx, tx, who, "")
		switch {
		case errors.Is(err, ErrSessionNotFound):
			out.Opener, err = openerFor(ctx, tx, who)
			return err
		case err == nil && newest.State != Active:
			out.Opener, err = openerFor(ctx, tx, who)
		}
		if err != nil {
			return err
		}
		if newest.ID != session || last < 0 || last > newest.VSeq {
			last = 0 // another session's, or a client that counts wrong
		}
		view := newest.view()
		out.Session, out.Away = &view, newest.State == Active && newest.LeftAt > 0
		if last == newest.VSeq {
			return nil
		}
		var ms []stored
		ms, out.More, err = thread(ctx, tx, newest.ID, span{after: last, limit: wire.MaxMissed, visible: true})
		out.Messages = forVisitor(ms)
		return err
	})
	if err != nil {
		return Resumed{}, fmt.Errorf("resume: %w", err)
	}
	return out, nil
}

// refuseForgotten answers [visitor.ErrForgotten] to a visitor who was erased: only one without a row can be.
func (s *Service) refuseForgotten(ctx context.Context, tx *db.Tx, who actor.Visitor) error {
	erased, err := s.Visitors.Forgotten(ctx, tx, who.Property, who.ID)
	if err == nil && erased {
		err = visitor.ErrForgotten
	}
	return err
}

// VisitorHistory answers messages of one of the visitor's own sessions: the last ones below before (0: the newest), or
// with after the first ones above it; and whether there are more in that direction.
func (s *Service) VisitorHistory(ctx context.Context, who actor.Visitor, session id.Session, before, after int64) (list []wire.VisitorMessage, more bool, err error) {
	if session == "" {
		return nil, false, ErrSessionNotFound
	}
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := findSession(ctx, tx, who, session); err != nil {
			return err
		}
		var ms []stored
		ms, more, err = thread(ctx, tx, session, span{after: max(after, 0), before: max(before, 0), limit: wire.MaxMissed, fromStart: after > 0, visible: true})
		list = forVisitor(ms)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("history of session %s: %w", session, err)
	}
	return list, more, nil
}

func forVisitor(ms []stored) []wire.VisitorMessage {
	list := make([]wire.VisitorMessage, len(ms))
	for i, m := range ms {
		list[i] = m.forVisitor()
	}
	return list
}

// VisitorSessions lists the visitor's sessions, newest first, and the cursor of the next page.
func (s *Service) VisitorSessions(ctx context.Context, who actor.Visitor, cursor string) (list []wire.VisitorSession, next string, err error) {
	from, err := page.Parse(cursor)
	if err != nil {
		return nil, "", err
	}
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		list, err = listSessions(ctx, tx, who, from, page.Default+1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("sessions of visitor %s: %w", who.ID, err)
	}
	if len(list) > page.Default {
		list = list[:page.Default]
		last := list[page.Default-1]
		next = page.Cursor{At: last.StartedAt, ID: string(last.ID)}.String()
	}
	return list, next, nil
}
