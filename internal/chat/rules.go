package chat

import (
	"slices"
	"time"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// The refusals of the life of a chat.
var (
	ErrNotFound        = errs.New(errs.NotFound, "chat.not_found", "There is no such chat.")
	ErrSessionNotFound = errs.New(errs.NotFound, "session.not_found", "There is no such chat session.")
	ErrEnded           = errs.New(errs.Conflict, "chat.ended", "This chat session has ended.")
	ErrClosed          = errs.New(errs.Conflict, "chat.closed", "This chat is closed. Join it first.")
	ErrSuperseded      = errs.New(errs.Conflict, "chat.superseded", "The visitor has started a newer chat. Open that one.")
	ErrOnlyVisitorEnds = errs.New(errs.Conflict, "chat.only_visitor_ends", "Only a visitor can end a chat session. You can close the chat instead.")
	ErrSessionActive   = errs.New(errs.Conflict, "session.active", "This chat session has not ended yet.")
	ErrInvitee         = errs.New(errs.Invalid, "chat.invitee", "Choose a colleague of this property.").At("agent")
	errUnknownCommand  = errs.New(errs.Internal, "chat.command", "There is no such command.")
)

// State is where a visitor's session is in its life.
type State string

const (
	None   State = "" // the visitor has not said anything yet
	Active State = "active"
	Ended  State = "ended" // final; the visitor's next message starts another one
)

// CommandKind is what somebody, or the clock, wants of a session.
type CommandKind string

const (
	VisitorSays    CommandKind = "visitor says"
	VisitorEnds    CommandKind = "visitor ends"
	VisitorRates   CommandKind = "visitor rates"
	VisitorLeaves  CommandKind = "visitor leaves the site"
	VisitorReturns CommandKind = "visitor returns to the site"
	AgentJoins     CommandKind = "agent joins"
	AgentSays      CommandKind = "agent says"
	AgentWhispers  CommandKind = "agent whispers"
	AgentInvites   CommandKind = "agent invites"
	AgentLeaves    CommandKind = "agent leaves"
	AgentCloses    CommandKind = "agent closes"
	AgentEnds      CommandKind = "agent ends"
	TimeOut        CommandKind = "time-out"
	MissedDue      CommandKind = "missed is due"
	BanEnds        CommandKind = "ban ends"
)

// Commands lists every command; the rule test has a row for each in every state.
var Commands = []CommandKind{
	VisitorSays, VisitorEnds, VisitorRates, VisitorLeaves, VisitorReturns, AgentJoins, AgentSays, AgentWhispers,
	AgentInvites, AgentLeaves, AgentCloses, AgentEnds, TimeOut, MissedDue, BanEnds,
}

// Command is one request to the rules.
type Command struct {
	Kind   CommandKind
	At     time.Time
	Agent  id.Agent // who, for an agent's command, or who banned
	Target id.Agent // whom, for an invitation
	Ban    id.Ban   // for BanEnds
	Text   string   // of a message, the comment of a rating, or the reason of a ban
	Rating int64
	Times  Times

	Card    wire.Card // for VisitorSays: the article that the visitor comes from, told with a new chat; for what agents say: sent along
	Opening *Opening  // for VisitorSays: what it answers; only a new session begins with it
}

// Times are the property's patience.
type Times struct {
	Timeout time.Duration // of silence on both sides, until the session ends
	Missed  time.Duration // that a new chat waits, until it counts as missed
}

// Member is an agent's part in a chat.
type Member struct {
	Agent id.Agent
	State wire.MemberState
}

// Life is a session, its newest chat and who is in it: everything that a decision needs. It is a value: Decide changes nothing.
type Life struct {
	Standing
	Members []Member // of the newest chat
}

// Standing is what the session's own row says. Times are unix milliseconds; 0: never, or not now.
type Standing struct {
	State   State
	EndedBy wire.EndedBy
	EndedAt int64
	Ban     id.Ban // that ended it

	Chat   wire.ChatState // the newest chat's
	Number int64          // … within the session: 1, 2 …

	Seq             int64 // of the last message
	VSeq            int64 // of the last message that the visitor sees
	VisitorCount    int64 // messages by the visitor
	UnansweredSince int64 // the visitor's first words after the last answer
	LeftAt          int64 // the visitor left the site; 0: is there
	ActiveAt        int64 // last words of either side
	TimeoutAt       int64 // look then whether the session has timed out; 0: it has ended
	MissedAt        int64 // the chat counts as missed then; set exactly while it waits and was never served
	Rating          int64
	Comment         string
}

// Entry is something to store in the thread.
type Entry struct {
	Seq    int64
	VSeq   int64 // 0: private
	Kind   wire.Kind
	From   wire.From
	Agent  id.Agent // its author, if that is an agent
	Target id.Agent
	Text   string
	By     wire.EndedBy
	Ban    id.Ban // of By
	Rating int64
	Card   wire.Card // an article beside the text, or that a chat came from
}

// Step is a decision: the life after it and what it leaves in the thread.
type Step struct {
	Life    Life
	Entries []Entry
	NewChat bool     // the newest chat is another one than before (of a new session, if there was no active one)
	Alert   bool     // somebody is needed
	For     id.Agent // the alert is for this agent alone
}

// Decide is the life of a chat, every rule of it. After an error, and after a step without entries whose life is
// the same, nothing has happened.
func Decide(l Life, c Command) (Step, error) {
	s := &step{Step{Life: l}, c.At.UnixMilli()}
	s.Life.Members = slices.Clone(l.Members)
	var err error
	switch c.Kind {
	case VisitorSays:
		s.visitorSays(c)
	case VisitorEnds:
		err = s.visitorEnds()
	case VisitorRates:
		err = s.visitorRates(c)
	case VisitorLeaves, VisitorReturns:
		s.visitorMoves(c.Kind == VisitorLeaves)
	case AgentJoins, AgentSays, AgentWhispers:
		err = s.agentTakesPart(c)
	case AgentInvites:
		err = s.agentInvites(c)
	case AgentLeaves:
		s.agentLeaves(c.Agent)
	case AgentCloses:
		s.agentCloses(c.Agent)
	case AgentEnds:
		err = ErrOnlyVisitorEnds // in every state: it is the visitor's session
	case TimeOut:
		s.timeOut(c.Times)
	case MissedDue:
		s.missedDue()
	case BanEnds:
		s.banEnds(c)
	default:
		err = errUnknownCommand
	}
	if err != nil {
		return Step{}, err
	}
	return s.Step, nil
}

// Listed reports whether the newest chat is in the agent's list.
func (l Life) Listed(a id.Agent) bool {
	if l.open() {
		return l.part(a) != wire.MemberClosed
	}
	// An ended one is shown, read only, to those who were in it, until they close it.
	return l.Chat == wire.ChatEnded && l.EndedBy != wire.EndedByTimeout && l.part(a) == wire.MemberJoined
}

func (l Life) open() bool { return l.Chat == wire.Waiting || l.Chat == wire.Served }

// Equal reports whether nothing is different.
func (l Life) Equal(o Life) bool {
	return l.Standing == o.Standing && slices.Equal(l.Members, o.Members)
}

func (l Life) part(a id.Agent) wire.MemberState {
	for _, m := range l.Members {
		if m.Agent == a {
			return m.State
		}
	}
	return ""
}

func (l Life) served() bool {
	return slices.ContainsFunc(l.Members, func(m Member) bool { return m.State == wire.MemberJoined })
}

// step is a decision in the making.
type step struct {
	Step
	at int64
}

func (s *step) visitorSays(c Command) {
	l := &s.Life
	switch {
	case l.State != Active:
		s.Life = Life{Standing: Standing{State: Active, TimeoutAt: s.at + c.Times.Timeout.Milliseconds()}}
		s.newChat(c.Times)
		s.opening(c.Opening)
	case l.Chat == wire.ChatClosed || l.Chat == wire.ChatMissed:
		s.newChat(c.Times)
	}
	s.visitorMoves(false) // who writes is there
	if l.UnansweredSince == 0 {
		l.UnansweredSince = s.at
	}
	l.VisitorCount++
	l.ActiveAt = s.at
	s.cameFrom(c.Card)
	s.public(Entry{Kind: wire.Text, From: wire.FromVisitor, Text: c.Text})
}

// cameFrom tells the agents which article a chat comes from, before its first words: in the midst of one it is no news where
// the visitor reads on.
func (s *step) cameFrom(card wire.Card) {
	if s.NewChat && card.Article != "" {
		s.private(Entry{Kind: wire.Article, From: wire.FromSystem, Card: card})
	}
}

func (s *step) newChat(t Times) {
	l := &s.Life
	l.Number++
	l.Chat, l.Members, l.MissedAt = wire.Waiting, nil, s.at+t.Missed.Milliseconds()
	s.NewChat, s.Alert = true, true
}

func (s *step) visitorEnds() error {
	if s.Life.State == None {
		return ErrSessionNotFound
	}
	if s.Life.State == Active {
		s.end(wire.EndedByVisitor)
	}
	return nil
}

func (s *step) end(by wire.EndedBy) {
	if s.Life.MissedAt > 0 { // it waits, and was never served
		s.Life.Chat = wire.ChatMissed
	}
	s.finish(by)
	s.public(Entry{Kind: wire.Ended, From: wire.FromSystem, By: by})
}

func (s *step) finish(by wire.EndedBy) {
	l := &s.Life
	if l.open() {
		l.Chat = wire.ChatEnded
	}
	l.State, l.EndedBy, l.EndedAt, l.TimeoutAt, l.MissedAt = Ended, by, s.at, 0, 0
}

// banEnds also ends a chat that nobody served: it was dealt with, so it is not missed. The visitor is not told.
func (s *step) banEnds(c Command) {
	if s.Life.State != Active {
		return
	}
	s.finish(wire.EndedByBan)
	s.Life.Ban = c.Ban
	s.private(Entry{Kind: wire.Ended, From: wire.FromSystem, By: wire.EndedByBan, Agent: c.Agent, Ban: c.Ban, Text: c.Text})
}

func (s *step) visitorRates(c Command) error {
	l := &s.Life
	switch {
	case l.State == None:
		return ErrSessionNotFound
	case l.State == Active:
		return ErrSessionActive
	case l.Rating == c.Rating && l.Comment == c.Text:
		return nil
	}
	l.Rating, l.Comment = c.Rating, c.Text
	s.private(Entry{Kind: wire.Rated, From: wire.FromSystem, Rating: c.Rating, Text: c.Text})
	return nil
}

func (s *step) visitorMoves(leaves bool) {
	l := &s.Life
	switch {
	case l.State != Active || leaves == (l.LeftAt > 0):
	case leaves:
		l.LeftAt = s.at
		s.private(Entry{Kind: wire.VisitorLeft, From: wire.FromSystem})
	default:
		l.LeftAt = 0
		s.private(Entry{Kind: wire.VisitorBack, From: wire.FromSystem})
	}
}

func (s *step) agentTakesPart(c Command) error {
	l := &s.Life
	if l.State != Active {
		return ErrEnded
	}
	if c.Kind != AgentWhispers && l.part(c.Agent) != wire.MemberJoined {
		s.set(c.Agent, wire.MemberJoined)
		l.Chat, l.MissedAt = wire.Served, 0
		s.public(Entry{Kind: wire.Joined, From: wire.FromSystem, Agent: c.Agent})
	}
	if c.Kind == AgentSays {
		l.UnansweredSince, l.ActiveAt = 0, s.at
		s.public(Entry{Kind: wire.Text, From: wire.FromAgent, Agent: c.Agent, Text: c.Text, Card: c.Card})
	}
	if c.Kind == AgentWhispers {
		s.private(Entry{Kind: wire.Whisper, From: wire.FromAgent, Agent: c.Agent, Text: c.Text, Card: c.Card})
	}
	return nil
}

func (s *step) agentInvites(c Command) error {
	switch l := s.Life; {
	case l.State != Active:
		return ErrEnded
	case !l.open():
		return ErrClosed
	case l.part(c.Target) == wire.MemberJoined || l.part(c.Target) == wire.MemberInvited:
		return nil
	}
	s.set(c.Target, wire.MemberInvited)
	s.Alert, s.For = true, c.Target
	s.private(Entry{Kind: wire.Invited, From: wire.FromSystem, Agent: c.Agent, Target: c.Target})
	return nil
}

func (s *step) agentLeaves(a id.Agent) {
	l := &s.Life
	part := l.part(a)
	if l.State != Active || (part != wire.MemberJoined && part != wire.MemberInvited) {
		return
	}
	s.set(a, wire.MemberLeft)
	if part == wire.MemberInvited { // declined; nothing was shown, so nothing is taken back
		return
	}
	s.public(Entry{Kind: wire.Left, From: wire.FromSystem, Agent: a})
	if !l.served() {
		l.Chat, s.Alert = wire.Waiting, true
	}
}

func (s *step) agentCloses(a id.Agent) {
	l := &s.Life
	if !l.Listed(a) {
		return // hidden already
	}
	in := l.part(a) == wire.MemberJoined
	s.set(a, wire.MemberClosed)
	if in && l.Chat == wire.Served && !l.served() {
		l.Chat = wire.ChatClosed
		s.private(Entry{Kind: wire.Closed, From: wire.FromSystem, Agent: a})
	}
}

// timeOut ends a session that was silent for long enough. Words do not move TimeoutAt (they would write an index with
// every message), so at that time the session is looked at, and mostly looked at again later.
func (s *step) timeOut(t Times) {
	l := &s.Life
	due := l.ActiveAt + t.Timeout.Milliseconds()
	switch {
	case l.State != Active:
	case s.at < due:
		l.TimeoutAt = due
	default:
		for _, m := range l.Members {
			if m.State == wire.MemberJoined || m.State == wire.MemberInvited {
				s.set(m.Agent, wire.MemberLeft)
			}
		}
		s.end(wire.EndedByTimeout)
	}
}

func (s *step) missedDue() {
	l := &s.Life
	if l.MissedAt == 0 || s.at < l.MissedAt {
		return
	}
	l.Chat, l.MissedAt = wire.ChatMissed, 0
	s.private(Entry{Kind: wire.Missed, From: wire.FromSystem})
}

func (s *step) set(a id.Agent, state wire.MemberState) {
	for i, m := range s.Life.Members {
		if m.Agent == a {
			s.Life.Members[i].State = state
			return
		}
	}
	s.Life.Members = append(s.Life.Members, Member{a, state})
}

func (s *step) private(e Entry) {
	s.Life.Seq++
	e.Seq = s.Life.Seq
	s.Entries = append(s.Entries, e)
}

func (s *step) public(e Entry) {
	s.Life.VSeq++
	e.VSeq = s.Life.VSeq
	s.private(e)
}
