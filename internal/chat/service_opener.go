package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parley/internal/ban"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/platform/db"
	"parley/internal/visitor"
)

// guests knows who is on the site now, on whichever node.
type guests interface {
	Guest(ctx context.Context, p id.Property, v id.Visitor) (Guest, error)
}

// verdicts says who may not be written to: they could not answer.
type verdicts interface {
	Check(ctx context.Context, p id.Property, who ban.Who) (ban.Verdict, error)
}

// Guest is what is known of a visitor who is on the site.
type Guest struct {
	Here   bool          `json:"here"`
	Number int64         `json:"number,omitempty"` // under which agents see them; 0: none yet
	Facts  visitor.Facts `json:"facts"`
}

// StartChat is an agent's first words to a visitor.
type StartChat struct {
	ClientID string // made by the dashboard, unique for this agent for ever
	Visitor  id.Visitor
	Text     string
}

// OpenerTopic is published when an agent spoke first, and when something became of that.
var OpenerTopic = event.New[OpenerMoved]("chat.opener")

// OpenerMoved is what became of an opener, with the frames that tell of it.
type OpenerMoved struct {
	Opener       id.Opener        `json:"opener"`
	Visitor      id.Visitor       `json:"visitor"`
	State        wire.OpenerState `json:"state,omitempty"`       // empty: it was taken back
	Words        *wire.Opener     `json:"words,omitempty"`       // of a new one
	Origin       string           `json:"origin,omitempty"`      // the hub connection that said so: it knows
	VisitorFrame json.RawMessage  `json:"visitor_frame"`         // wire.OpenerFrame for v:VISITOR
	AgentFrame   json.RawMessage  `json:"agent_frame,omitempty"` // wire.AgentOpenerFrame for p:PROPERTY
}

// Start shows an agent's words to a visitor who is on the site and in no session. They wait for an answer, which makes them the
// first message of a session; newer ones take their place. The same client id again is answered with the first result.
func (s *Service) Start(ctx context.Context, who actor.Agent, in StartChat) (wire.Ack, error) {
	text, err := checkWords(in.ClientID, in.Text)
	if err != nil {
		return wire.Ack{}, err
	}
	ack, err := s.start(ctx, who, in.Visitor, Opener{
		ID: id.New[id.Opener](), Property: who.Property, Visitor: in.Visitor, Agent: who.ID, ClientID: in.ClientID, Text: text, State: wire.OpenerSent,
	})
	if err != nil {
		return wire.Ack{}, fmt.Errorf("speak first to visitor %s: %w", in.Visitor, err)
	}
	return ack, nil
}

func (s *Service) start(ctx context.Context, who actor.Agent, v id.Visitor, o Opener) (wire.Ack, error) {
	if ack, err := s.started(ctx, o); err != nil || ack.ID != "" {
		return ack, err
	}
	if !id.Valid(v) {
		return wire.Ack{}, ErrVisitorGone
	}
	guest, err := s.Guests.Guest(ctx, who.Property, v)
	switch {
	case err != nil:
		return wire.Ack{}, err
	case !guest.Here:
		return wire.Ack{}, ErrVisitorGone
	}
	if err := s.refuseBanned(ctx, who.Property, v, guest.Facts); err != nil {
		return wire.Ack{}, err
	}
	err = s.write(ctx, func(tx *db.Tx) error { return s.open(ctx, tx, &o, guest) })
	switch {
	case errors.Is(err, errTwice): // the other try of two was faster
		return s.started(ctx, o)
	case errors.Is(err, visitor.ErrForgotten):
		return wire.Ack{}, ErrVisitorGone
	case err != nil:
		return wire.Ack{}, err
	}
	return wire.Ack{T: "ack", ID: o.ClientID, At: o.MadeAt}, s.dropIfBanned(ctx, who.Property, v, guest.Facts)
}

// started answers a retry; an ack without an id: it is none.
func (s *Service) started(ctx context.Context, o Opener) (ack wire.Ack, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		first, err := openerOfKey(ctx, tx, o.Agent, o.ClientID)
		switch {
		case err != nil || first.ID == "":
			return err
		case first.Property != o.Property || first.Visitor != o.Visitor:
			return ErrIDUsed
		}
		ack = wire.Ack{T: "ack", ID: o.ClientID, At: first.MadeAt}
		return nil
	})
	return ack, err
}

// open stores the opener, unless the visitor has begun a session meanwhile.
func (s *Service) open(ctx context.Context, tx *db.Tx, o *Opener, guest Guest) error {
	at := s.Now()
	as := actor.Visitor{ID: o.Visitor, Property: o.Property, Address: guest.Facts.Address}
	if _, err := s.Visitors.EnsureNumbered(ctx, tx, as, guest.Facts, guest.Number); err != nil {
		return err
	}
	if err := holdVisitor(ctx, tx, o.Property, o.Visitor); err != nil {
		return err
	}
	switch chat, err := activeChat(ctx, tx, o.Property, o.Visitor); {
	case err != nil:
		return err
	case chat != "":
		return ErrInSession.On(string(chat))
	}
	was, err := pendingOpener(ctx, tx, o.Property, o.Visitor)
	if err == nil && was.ID != "" {
		err = saveOpener(ctx, tx, was.After(Replaced, at))
	}
	if err != nil {
		return err
	}
	o.MadeAt = at.UnixMilli()
	if err := insertOpener(ctx, tx, *o); err != nil {
		return err
	}
	by, err := personIn(ctx, tx, o.Agent)
	if err != nil {
		return fmt.Errorf("who speaks first: %w", err)
	}
	return tellOpener(tx, *o, openerNews{words: o.view(by)})
}

// refuseBanned answers [ban.ErrBanned] for a visitor who could not answer.
func (s *Service) refuseBanned(ctx context.Context, p id.Property, v id.Visitor, f visitor.Facts) error {
	who := ban.Who{Visitor: v, Addresses: ban.Addresses(f.Address)}
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		row, err := s.Visitors.Find(ctx, tx, p, v)
		if errors.Is(err, visitor.ErrNotFound) {
			return nil
		}
		who.Email = row.Facts.Email
		return err
	})
	if err != nil {
		return err
	}
	verdict, err := s.Bans.Check(ctx, p, who)
	if err == nil && verdict.Banned {
		err = ban.ErrBanned
	}
	return err
}

// dropIfBanned looks again: a ban that was made meanwhile did not know of the opener.
func (s *Service) dropIfBanned(ctx context.Context, p id.Property, v id.Visitor, f visitor.Facts) error {
	err := s.refuseBanned(ctx, p, v, f)
	if !errors.Is(err, ban.ErrBanned) {
		return nil // the opener is stored; should nobody be able to say, the visitor's next frame asks
	}
	return errors.Join(err, s.DB.Write(ctx, func(tx *db.Tx) error { return s.dropOpeners(ctx, tx, p, []id.Visitor{v}) }))
}

// dropOpeners takes back what was said to visitors who may not answer any more.
func (s *Service) dropOpeners(ctx context.Context, tx *db.Tx, p id.Property, visitors []id.Visitor) error {
	list, err := pendingOpenersOf(ctx, tx, p, visitors)
	if err != nil {
		return err
	}
	for _, o := range list {
		o = o.After(Dropped, s.Now())
		if err := saveOpener(ctx, tx, o); err != nil {
			return fmt.Errorf("drop opener %s: %w", o.ID, err)
		}
		if err := tellOpener(tx, o, openerNews{}); err != nil {
			return err
		}
	}
	return nil
}

// MoveOpener notes what one of the visitor's tabs did with an opener; the others are told. What is over, or not theirs, is passed over.
func (s *Service) MoveOpener(ctx context.Context, who actor.Visitor, opener id.Opener, state wire.OpenerState, origin string) error {
	fate, ok := fateOf(state)
	if !ok {
		return ErrFrameMalformed.At("state")
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		was, err := lockOpener(ctx, tx, who.Property, who.ID, opener)
		if err != nil {
			return err
		}
		now := was.After(fate, s.Now())
		if now == was {
			return nil
		}
		if err := saveOpener(ctx, tx, now); err != nil {
			return err
		}
		news := openerNews{origin: origin}
		if now.Pending() {
			by, err := personIn(ctx, tx, now.Agent)
			if err != nil {
				return err
			}
			news.words = now.view(by)
		}
		return tellOpener(tx, now, news)
	})
	if err != nil {
		return fmt.Errorf("opener %s: %w", opener, err)
	}
	return nil
}

// openerNews is what else to tell of an opener.
type openerNews struct {
	words  *wire.Opener // nil: the visitor's tabs take it away
	origin string
	chat   id.Chat // it became this one
}

func tellOpener(tx *db.Tx, o Opener, news openerNews) error {
	e := OpenerMoved{Opener: o.ID, Visitor: o.Visitor, Words: news.words, Origin: news.origin}
	var err error
	if e.VisitorFrame, err = json.Marshal(wire.OpenerFrame{T: "opener", Opener: news.words}); err != nil {
		return err
	}
	if o.State != openerDropped { // who was banned is gone from the lists
		e.State = o.State
		e.AgentFrame, err = json.Marshal(wire.AgentOpenerFrame{
			T: "opener", ID: o.ID, Visitor: o.Visitor, Agent: o.Agent, State: o.State, Chat: news.chat,
		})
	}
	OpenerTopic.Emit(tx, o.Property, e)
	return err
}

// speakerError says that a first message answers an opener of whose agent nothing is known yet: memory may have to ask the
// database, and must not do so inside the transaction.
type speakerError struct{ agent id.Agent }

func (speakerError) Error() string { return "the words answer an opener" }

// speaker is an agent who spoke first.
type speaker struct {
	id.Agent
	serves bool
}

// speaker finds out whether the agent may be given the chat now.
func (s *Service) speaker(ctx context.Context, p id.Property, a id.Agent) (speaker, error) {
	serves, err := s.People.Reachable(ctx, a, p)
	if err != nil {
		return speaker{}, fmt.Errorf("is agent %s there: %w", a, err)
	}
	return speaker{a, serves}, nil
}

// openerFor is the pending opener as its visitor sees it; nil: there is none.
func openerFor(ctx context.Context, tx *db.Tx, who actor.Visitor) (*wire.Opener, error) {
	o, err := pendingOpener(ctx, tx, who.Property, who.ID)
	if err != nil || o.ID == "" {
		return nil, err
	}
	by, err := personIn(ctx, tx, o.Agent)
	if err != nil {
		return nil, fmt.Errorf("who spoke first: %w", err)
	}
	return o.view(by), nil
}

// findOpening looks for an opener that a new session would begin with. The visitor is held, so none can be made meanwhile.
func (t *turn) findOpening(ctx context.Context, tx *db.Tx, by speaker) error {
	if err := holdVisitor(ctx, tx, t.was.Property, t.was.Visitor); err != nil {
		return err
	}
	o, err := pendingOpener(ctx, tx, t.was.Property, t.was.Visitor)
	if err != nil || o.ID == "" {
		return err
	}
	if o.Agent != by.Agent {
		return speakerError{o.Agent}
	}
	person, err := personIn(ctx, tx, o.Agent)
	if err != nil {
		return fmt.Errorf("who spoke first: %w", err)
	}
	t.opener, t.people = o, append(t.people, person)
	t.command.Opening = &Opening{Agent: o.Agent, Text: o.Text, Serves: by.serves}
	return nil
}

// answered notes which session and chat the opener became.
func (t *turn) answered(ctx context.Context, tx *db.Tx, now session) error {
	if t.opener.ID == "" {
		return nil
	}
	o := t.opener.After(Answered, t.command.At)
	o.Session = now.ID
	if err := saveOpener(ctx, tx, o); err != nil {
		return fmt.Errorf("answer opener %s: %w", o.ID, err)
	}
	return tellOpener(tx, o, openerNews{chat: now.ChatID})
}
