// Package wire is the one definition of every frame that crosses a socket, for visitors and for agents.
// The TypeScript types in web/core/src/wire.gen.ts are generated from it, docs/protocol.md is checked against it,
// and `parley bench` speaks it. It holds shapes and limits, no behaviour.
package wire

import "parley/internal/kernel/id"

// Version is the protocol's version; hello carries it. A server refuses a version it does not speak.
const Version = 1

// Limits, the same for WebSocket, SSE + POST and HTTP.
const (
	MaxFrameBytes   = 64 << 10 // a larger frame closes the connection with CloseTooBig
	MaxTextRunes    = 5000     // of one message
	MaxNameRunes    = 100      // of a person or a property
	MaxEmailBytes   = 254      // RFC 5321
	MaxCommentRunes = 1000     // of a rating's comment
	MaxPreviewRunes = 500      // of unsent words; longer ones are cut, not refused
	MaxURLBytes     = 2048     // longer ones are cut
	MaxTitleRunes   = 300      // longer ones are cut
	MaxIDBytes      = 64       // of a client-made id
	MaxMissed       = 200      // messages in a welcome or a messages frame; `more` says that there are older ones
	MaxBatch        = 64       // frames in one POST of the fallback
)

// Close codes. The client reconnects with jitter after any other close.
const (
	CloseGoingAway   = 1001 // the server stops or restarts: reconnect
	CloseTooBig      = 1009 // a frame over MaxFrameBytes: do not send it again
	CloseInternal    = 1011 // something went wrong on our side: reconnect
	CloseTryLater    = 1013 // hello could not be answered just now (the database is away): reconnect
	CloseNoHello     = 4000 // no hello within 10 s
	CloseLoggedOut   = 4001 // the login ended, or the agent lost access: do not reconnect
	CloseBanned      = 4002 // banned: take the widget and what it keeps out of the page; ask again every 45 s
	CloseNotAllowed  = 4003 // unknown property, or a domain that is not allowed: do not reconnect
	CloseBadFrame    = 4004 // not JSON, no type, or a frame before hello
	CloseFlood       = 4005 // frames far beyond the limits: reconnect after 30 s
	CloseForgotten   = 4006 // the visitor was erased: throw away the token and all that is kept, then connect as somebody new
	CloseTooSlow     = 4008 // the reader did not keep up: reconnect and resume
	CloseWrongClient = 4010 // a protocol version this server does not speak: reload the page
)

// Kind says what a message is.
type Kind string

const (
	Text        Kind = "text"         // said by visitor or agent
	Whisper     Kind = "whisper"      // private: said by an agent to agents
	Joined      Kind = "joined"       // event: an agent came into the chat
	Left        Kind = "left"         // event: an agent left the chat
	Invited     Kind = "invited"      // private event: author invited target
	Closed      Kind = "closed"       // private event: author closed the chat (the last one in it)
	Missed      Kind = "missed"       // private event: nobody served the chat in time
	Ended       Kind = "ended"        // event: the session ended; By says how
	VisitorLeft Kind = "visitor_left" // private event: the visitor left the site
	VisitorBack Kind = "visitor_back" // private event: … and came back
	Rated       Kind = "rated"        // private event: the visitor rated the session
	Article     Kind = "article"      // private event: the visitor came from reading an article; Card is it
)

// From says who a message is from.
type From string

const (
	FromVisitor From = "visitor"
	FromAgent   From = "agent"
	FromSystem  From = "system"
)

// EndedBy says how a session ended.
type EndedBy string

const (
	EndedByVisitor EndedBy = "visitor"
	EndedByTimeout EndedBy = "timeout"
	EndedByBan     EndedBy = "ban"
)

// Status is an agent's, and a team's.
type Status string

const (
	Online    Status = "online"
	Away      Status = "away"
	Invisible Status = "invisible" // agents only: works, but seems offline to visitors
	Offline   Status = "offline"   // computed: no socket open (agents); nobody online or away (teams)
)

// Person is an agent as others see them.
type Person struct {
	ID      id.Agent `json:"id"`
	Name    string   `json:"name"`
	Picture string   `json:"picture,omitempty"` // absolute path on this server: /pictures/ID
}

// Base is in every frame: its type, and for commands the client-made id that ack and error repeat.
type Base struct {
	T  string `json:"t"`
	ID string `json:"id,omitempty"`
}

// Ack answers a command, after the commit. For a repeated command it is the first answer again.
// Seq and VSeq are set where the command stored a message: for a visitor Seq counts what the visitor sees.
type Ack struct {
	T       string     `json:"t"` // "ack"
	ID      string     `json:"id"`
	Session id.Session `json:"session,omitempty"`
	Chat    id.Chat    `json:"chat,omitempty"`
	Seq     int64      `json:"seq,omitempty"`
	VSeq    int64      `json:"vseq,omitempty"` // agents only
	At      int64      `json:"at,omitempty"`   // unix ms
}

// Error answers a command that was refused, or (without ID) a frame that could not be read.
type Error struct {
	T            string `json:"t"` // "error"
	ID           string `json:"id,omitempty"`
	Code         string `json:"code"`
	Message      string `json:"message"`
	Field        string `json:"field,omitempty"`
	About        string `json:"about,omitempty"`          // id of what stands in the way: the chat, for chat.session_active
	RetryAfterMS int64  `json:"retry_after_ms,omitempty"` // set: the same command may be sent again then
}

// Resync tells a client that news may have been lost: send hello again on the same socket.
type Resync struct {
	T string `json:"t"` // "resync"
}
