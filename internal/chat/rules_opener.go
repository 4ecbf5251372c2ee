package chat

import (
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// The refusals of speaking first.
var (
	ErrVisitorGone = errs.New(errs.NotFound, "visitor.gone", "This visitor is no longer on the site.").At("visitor")
	ErrInSession   = errs.New(errs.Conflict, "chat.session_active", "This visitor is in a chat already. Open that one.").At("visitor")
)

// States that agents are not told of: what took the opener's place is news enough.
const (
	openerReplaced wire.OpenerState = "replaced" // by a newer one
	openerDropped  wire.OpenerState = "dropped"  // the visitor was banned
)

// Opener is an agent's first words to a visitor. It is pending until it is answered, dismissed or taken back.
type Opener struct {
	ID       id.Opener
	Property id.Property
	Visitor  id.Visitor
	Agent    id.Agent
	ClientID string
	Text     string
	State    wire.OpenerState
	MadeAt   int64
	SeenAt   int64
	EndedAt  int64      // no longer pending
	Session  id.Session // answered: the one that it opened
}

// Fate is what may become of an opener.
type Fate string

const (
	Seen      Fate = "the visitor saw it"
	Dismissed Fate = "the visitor waved it away"
	Answered  Fate = "the visitor answered"
	Replaced  Fate = "an agent said something else"
	Dropped   Fate = "the visitor was banned"
)

// Pending reports whether the visitor may still answer.
func (o Opener) Pending() bool { return o.State == wire.OpenerSent || o.State == wire.OpenerSeen }

// After is the opener after something happened. What is over stays as it is: tabs may tell late, and twice.
func (o Opener) After(f Fate, at time.Time) Opener {
	if !o.Pending() {
		return o
	}
	if f == Seen {
		if o.State == wire.OpenerSent {
			o.State, o.SeenAt = wire.OpenerSeen, at.UnixMilli()
		}
		return o
	}
	o.EndedAt = at.UnixMilli()
	switch f {
	case Dismissed:
		o.State = wire.OpenerDismissed
	case Answered:
		o.State = wire.OpenerAnswered
	case Replaced:
		o.State = openerReplaced
	case Dropped, Seen:
		o.State = openerDropped
	}
	if o.SeenAt == 0 && (f == Dismissed || f == Answered) { // nobody answers what they have not seen
		o.SeenAt = o.EndedAt
	}
	return o
}

// fateOf is what a tab may say.
func fateOf(s wire.OpenerState) (Fate, bool) {
	switch s { //nolint:exhaustive // the others are not the visitor's to say
	case wire.OpenerSeen:
		return Seen, true
	case wire.OpenerDismissed:
		return Dismissed, true
	default:
		return "", false
	}
}

// Opening is an opener that the visitor's first words answer: it becomes the first message of the session.
type Opening struct {
	Agent  id.Agent
	Text   string
	Serves bool // the agent works there still, and is not away for good: the chat is theirs
}

// opening says the opener before the visitor's words. Whoever spoke first serves the chat, as whoever answers does.
func (s *step) opening(o *Opening) {
	if o == nil {
		return
	}
	s.public(Entry{Kind: wire.Text, From: wire.FromAgent, Agent: o.Agent, Text: o.Text})
	if !o.Serves {
		return
	}
	s.set(o.Agent, wire.MemberJoined)
	s.Life.Chat, s.Life.MissedAt, s.For = wire.Served, 0, o.Agent
	s.public(Entry{Kind: wire.Joined, From: wire.FromSystem, Agent: o.Agent})
}
