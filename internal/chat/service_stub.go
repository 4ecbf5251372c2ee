package chat

import (
	"context"
	"errors"
	"time"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/visitor"
)

// VisitorSay is a visitor's message.
type VisitorSay struct {
	ClientID string // made by the widget, unique for this visitor for ever
	Text     string
	Facts    visitor.Facts // where and who the visitor is; written when a session starts
	Origin   string        // the hub connection that sent it
}

// AgentSay is an agent's message or whisper.
type AgentSay struct {
	ClientID string // made by the dashboard, unique for this agent for ever
	Text     string
	Whisper  bool
	Origin   string
}

// Rating is what the visitor thinks of a session that has ended.
type Rating struct {
	ClientID string
	Session  id.Session
	Rating   int // 1 good, -1 not good
	Comment  string
	Origin   string
}

// Resumed is what a visitor needs to show the truth.
type Resumed struct {
	Session  *wire.VisitorSession // nil: never had one
	Messages []wire.VisitorMessage
	More     bool // there are older ones between last and Messages[0]
	Away     bool // the session is active and says that the visitor left: call VisitorBack
}

// Thread is a piece of a session, in order.
type Thread struct {
	Session  id.Session
	Messages []wire.AgentMessage
	More     bool // further ones in the direction asked for
}

// Listed is an agent's list of chats.
type Listed struct {
	Rows  []wire.Row
	Reads map[id.Session]int64 // visitor messages that the agent has seen
}

// Filter narrows the history.
type Filter struct {
	State  wire.ChatState
	Agent  id.Agent // was in it
	From   int64    // started at, unix ms, inclusive
	To     int64    // exclusive
	Q      string   // words, all of them; the last one may be unfinished
	Cursor string
	Limit  int
}

// Found is one chat of the history.
type Found struct {
	Row     wire.Row `json:"row"`
	Snippet string   `json:"snippet,omitempty"` // around the words that were looked for
}

// FoundPage is a page of the history, newest first.
type FoundPage struct {
	Items []Found
	Next  string
}

var errStub = errors.New("not yet")

// Say stores a visitor's message; it starts a session, or a new chat of one, where there is none to say it in.
func (s *Service) Say(ctx context.Context, who actor.Visitor, in VisitorSay) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// EndSession ends the visitor's session. Ending an ended one changes nothing.
func (s *Service) EndSession(ctx context.Context, who actor.Visitor, clientID string, session id.Session, origin string) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// Rate keeps the visitor's opinion of a session that has ended; the last one holds.
func (s *Service) Rate(ctx context.Context, who actor.Visitor, in Rating) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// MarkVisitor moves the visitor's marks, never back.
func (s *Service) MarkVisitor(ctx context.Context, who actor.Visitor, session id.Session, got, read int64) error {
	return errStub
}

// Resume answers hello: the visitor's newest session and what is new in it above last, if it is session; otherwise from its start.
func (s *Service) Resume(ctx context.Context, who actor.Visitor, session id.Session, last int64) (Resumed, error) {
	return Resumed{}, errStub
}

// VisitorHistory answers the last messages below before (0: the newest), or with after the first ones above it; and whether there are more.
func (s *Service) VisitorHistory(ctx context.Context, who actor.Visitor, session id.Session, before, after int64) ([]wire.VisitorMessage, bool, error) {
	return nil, false, errStub
}

// VisitorSessions lists the visitor's sessions, newest first, and the cursor of the next page.
func (s *Service) VisitorSessions(ctx context.Context, who actor.Visitor, cursor string) ([]wire.VisitorSession, string, error) {
	return nil, "", errStub
}

// VisitorLeft notes once that the visitor left the site in an active session.
func (s *Service) VisitorLeft(ctx context.Context, p id.Property, v id.Visitor) error { return errStub }

// VisitorBack notes once that the visitor who had left is back.
func (s *Service) VisitorBack(ctx context.Context, p id.Property, v id.Visitor) error { return errStub }

// VisitorMoved tells the agents the visitor's facts as they are stored now, while a session is active.
func (s *Service) VisitorMoved(ctx context.Context, p id.Property, v id.Visitor) error {
	return errStub
}

// Send says something in the chat, joining it first, or whispers to the team without joining.
func (s *Service) Send(ctx context.Context, who actor.Agent, chat id.Chat, in AgentSay) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// Join puts the agent into the chat.
func (s *Service) Join(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// Leave takes the agent out of the chat, or declines an invitation.
func (s *Service) Leave(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// Close hides the chat from the agent; by the last one in it, from everybody.
func (s *Service) Close(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// End is always refused: only a visitor can end a chat session.
func (s *Service) End(ctx context.Context, who actor.Agent, chat id.Chat, clientID string) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// Invite asks a colleague into the chat.
func (s *Service) Invite(ctx context.Context, who actor.Agent, chat id.Chat, clientID string, agent id.Agent) (wire.Ack, error) {
	return wire.Ack{}, errStub
}

// MarkTeam moves the team's marks (visitor seqs) and how many visitor messages this agent has seen, never back.
func (s *Service) MarkTeam(ctx context.Context, who actor.Agent, chat id.Chat, got, read, count int64) error {
	return errStub
}

// List answers the chats that the agent's list shows.
func (s *Service) List(ctx context.Context, who actor.Agent) (Listed, error) {
	return Listed{}, errStub
}

// Get answers one chat.
func (s *Service) Get(ctx context.Context, who actor.Agent, chat id.Chat) (wire.Row, error) {
	return wire.Row{}, errStub
}

// Counts answers how many chats were missed in the last seven days.
func (s *Service) Counts(ctx context.Context, p id.Property) (int64, error) { return 0, errStub }

// Messages answers the last messages below before (0: the newest), or with after the first ones above it, of the chat's whole session.
func (s *Service) Messages(ctx context.Context, who actor.Agent, chat id.Chat, before, after int64, limit int) (Thread, error) {
	return Thread{}, errStub
}

// Newest answers the last wire.MaxMissed messages above after (watch); More: there are older ones above it.
func (s *Service) Newest(ctx context.Context, who actor.Agent, chat id.Chat, after int64) (Thread, error) {
	return Thread{}, errStub
}

// History answers a page of the property's chats.
func (s *Service) History(ctx context.Context, who actor.Agent, f Filter) (FoundPage, error) {
	return FoundPage{}, errStub
}

// Sweep ends the sessions that time out and misses the chats that nobody served in time; it answers when to come again.
func (s *Service) Sweep(ctx context.Context) (time.Time, error) { return time.Time{}, errStub }

// Run sweeps until ctx ends.
func (s *Service) Run(ctx context.Context) error { return errStub }

// SettingsChanged sets the property's deadlines anew; every node may call it on property.Changed.
func (s *Service) SettingsChanged(ctx context.Context, p id.Property) error { return errStub }
