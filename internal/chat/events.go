package chat

import (
	"encoding/json"

	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// The events of a chat. They carry their frames already encoded, so that a node only routes bytes. Of one command they
// are published in an order that can be routed as it comes: what changed first, then what was said.
var (
	SaidTopic      = event.New[Said]("chat.said")
	ChangedTopic   = event.New[Changed]("chat.changed")
	MarkedTopic    = event.New[Marked]("chat.marked")
	ReadMovedTopic = event.New[ReadMoved]("chat.read")
	MovedTopic     = event.New[Moved]("chat.visitor")
)

// Said is one new message: said, whispered, or an event of the thread.
type Said struct {
	Session      id.Session      `json:"session"`
	Chat         id.Chat         `json:"chat"`
	Visitor      id.Visitor      `json:"visitor"`
	Kind         wire.Kind       `json:"kind"`
	From         wire.From       `json:"from"`
	Author       string          `json:"author,omitempty"`        // the agent's or visitor's id
	Origin       string          `json:"origin,omitempty"`        // the hub connection that gets an ack instead
	VisitorFrame json.RawMessage `json:"visitor_frame,omitempty"` // wire.VisitorMessageFrame for v:VISITOR; empty: private
	AgentFrame   json.RawMessage `json:"agent_frame"`             // wire.AgentMessageFrame for s:SESSION
	Update       wire.RowUpdate  `json:"update"`                  // for p:PROPERTY, gathered into rows frames
	Alert        bool            `json:"alert,omitempty"`         // it began a chat, or made one wait again; Changed said so already
}

// Changed is a chat that is new, or whose state or members changed.
type Changed struct {
	Session      id.Session      `json:"session"`
	Chat         id.Chat         `json:"chat"`
	Visitor      id.Visitor      `json:"visitor"`
	State        wire.ChatState  `json:"state"`
	Frame        json.RawMessage `json:"frame"`                   // wire.ChatFrame for p:PROPERTY, at once
	VisitorFrame json.RawMessage `json:"visitor_frame,omitempty"` // wire.VisitorSessionFrame for v:VISITOR, when the visitor's facts changed
	Joined       []id.Agent      `json:"joined,omitempty"`        // came into the chat: their sockets listen to s:SESSION now
	Left         []id.Agent      `json:"left,omitempty"`          // are no longer in it
	Counts       bool            `json:"counts,omitempty"`        // the number of missed chats may have changed
}

// Marked is new delivery or read marks of a session.
type Marked struct {
	Session      id.Session      `json:"session"`
	Visitor      id.Visitor      `json:"visitor"`
	VisitorFrame json.RawMessage `json:"visitor_frame"` // wire.VisitorMarksFrame for v:VISITOR
	AgentFrame   json.RawMessage `json:"agent_frame"`   // wire.AgentMarksFrame for s:SESSION
}

// ReadMoved tells that an agent has seen more of a session: for the agent's other windows.
type ReadMoved struct {
	Agent id.Agent        `json:"agent"`
	Frame json.RawMessage `json:"frame"` // wire.ReadFrame for a:PROPERTY:AGENT
}

// Moved tells that the visitor of an active session left, came back, is on another page or gave a name.
type Moved struct {
	Session id.Session      `json:"session"`
	Visitor id.Visitor      `json:"visitor"`
	Frame   json.RawMessage `json:"frame"` // wire.VisitorFrame for p:PROPERTY
}
