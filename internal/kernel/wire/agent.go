package wire

import (
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
)

// ── agent → server ──

// AgentHello is the first frame of an agent's connection (the login cookie says who); it may be sent again to resume.
type AgentHello struct {
	T        string      `json:"t"` // "hello"
	V        int         `json:"v"`
	Property id.Property `json:"property"`
}

// AgentSend says something in a chat, or whispers to the team. Saying joins the chat; whispering does not.
type AgentSend struct {
	T       string  `json:"t"`  // "send"
	ID      string  `json:"id"` // unique for this agent, for ever
	Chat    id.Chat `json:"chat"`
	Text    string  `json:"text"` // may be empty with an article
	Whisper bool    `json:"whisper,omitempty"`

	Article  id.Article `json:"article,omitempty"`  // sent along as a card; one for agents only needs Whisper
	Language string     `json:"language,omitempty"` // of its text; absent: the help centre's own
}

// AgentChatCommand is join, leave, close or end. Each may be repeated; end is always refused: only a visitor ends a session.
type AgentChatCommand struct {
	T    string  `json:"t"` // "join", "leave", "close", "end"
	ID   string  `json:"id"`
	Chat id.Chat `json:"chat"`
}

// AgentInvite asks a colleague into the chat.
type AgentInvite struct {
	T     string   `json:"t"` // "invite"
	ID    string   `json:"id"`
	Chat  id.Chat  `json:"chat"`
	Agent id.Agent `json:"agent"`
}

// AgentWatch opens a session's stream on this connection and answers with messages. Agents watch the chats they are in
// without asking; this is for others, and to catch up. After: the last seq the client has (0: the newest MaxMissed).
type AgentWatch struct {
	T     string  `json:"t"` // "watch"
	ID    string  `json:"id"`
	Chat  id.Chat `json:"chat"`
	After int64   `json:"after,omitempty"`
}

// AgentUnwatch closes the stream again (not of a chat the agent is in).
type AgentUnwatch struct {
	T    string  `json:"t"` // "unwatch"
	Chat id.Chat `json:"chat"`
}

// AgentHistory asks for messages of the chat's session below seq Before (earlier chats of the session included).
type AgentHistory struct {
	T      string  `json:"t"` // "history"
	ID     string  `json:"id"`
	Chat   id.Chat `json:"chat"`
	Before int64   `json:"before"`
}

// AgentTyping says that the agent types (repeat at most every 3 s), or stopped.
type AgentTyping struct {
	T    string  `json:"t"` // "typing"
	Chat id.Chat `json:"chat"`
	On   bool    `json:"on"`
}

// AgentMark says how far the team has received (Got) and this agent has read (Read) the session, as visitor seqs, and
// how many visitor messages this agent has seen (Count: Row.VisitorCount at the time).
type AgentMark struct {
	T     string  `json:"t"` // "mark"
	Chat  id.Chat `json:"chat"`
	Got   int64   `json:"got,omitempty"`
	Read  int64   `json:"read,omitempty"`
	Count int64   `json:"count,omitempty"`
}

// ── server → agent ──

// AgentMessage is a message as agents see it. Seq is 1, 2, 3 … without a gap over all of a session.
type AgentMessage struct {
	Seq    int64   `json:"seq"`
	VSeq   int64   `json:"vseq,omitempty"` // its place among what the visitor sees; absent: private
	ID     string  `json:"id"`
	Chat   id.Chat `json:"chat"`
	At     int64   `json:"at"`
	Kind   Kind    `json:"kind"`
	From   From    `json:"from"`
	Author *Person `json:"author,omitempty"`
	Target *Person `json:"target,omitempty"` // kind invited
	Text   string  `json:"text,omitempty"`
	By     EndedBy `json:"by,omitempty"`     // kind ended
	Ban    id.Ban  `json:"ban,omitempty"`    // kind ended, by ban: Author made it, Text is the reason; visitors see nothing of it
	Rating int     `json:"rating,omitempty"` // kind rated; Text is the comment
	Card   *Card   `json:"card,omitempty"`   // kinds text and whisper: an article beside the text, which may then be empty; kind article: it
}

// ChatState is where a chat is in its life.
type ChatState string

const (
	Waiting    ChatState = "waiting" // nobody serves it
	Served     ChatState = "served"  // at least one agent is in it
	ChatClosed ChatState = "closed"  // the agents are done; the visitor's session goes on
	ChatEnded  ChatState = "ended"   // the session ended
	ChatMissed ChatState = "missed"  // nobody served it in time, or it ended unserved
)

// MemberState is an agent's part in a chat.
type MemberState string

const (
	MemberInvited MemberState = "invited" // asked in by a colleague
	MemberJoined  MemberState = "joined"
	MemberLeft    MemberState = "left"
	MemberClosed  MemberState = "closed" // closed it: gone from that agent's list
)

// ChatMember is an agent's part in a chat.
type ChatMember struct {
	Person
	State MemberState `json:"state"`
}

// RowVisitor is the visitor of a row.
type RowVisitor struct {
	ID        id.Visitor `json:"id"`
	Number    int64      `json:"number"` // "Visitor 4821", where there is no name
	Name      string     `json:"name,omitempty"`
	Email     string     `json:"email,omitempty"`
	Country   string     `json:"country,omitempty"` // ISO 3166, two letters
	City      string     `json:"city,omitempty"`
	Away      int64      `json:"away,omitempty"` // left the site at, unix ms; absent: is on the site
	Page      *Page      `json:"page,omitempty"`
	Browser   string     `json:"browser,omitempty"`
	System    string     `json:"system,omitempty"`
	Device    string     `json:"device,omitempty"` // desktop, phone, tablet
	Address   string     `json:"address,omitempty"`
	Language  string     `json:"language,omitempty"`
	TimeZone  string     `json:"time_zone,omitempty"`
	FirstSeen int64      `json:"first_seen,omitempty"`
	Sessions  int64      `json:"sessions,omitempty"`
}

// LastWords is what visitor or agent said last; neither an event nor a whisper takes its place.
type LastWords struct {
	Seq  int64  `json:"seq"` // of the newest message of any kind
	Kind Kind   `json:"kind"`
	From From   `json:"from"`
	Text string `json:"text,omitempty"` // cut to 200 characters
	At   int64  `json:"at"`
}

// Row is one chat in the agents' lists. The client with the higher Version has the newer truth.
type Row struct {
	ID              id.Chat      `json:"id"`
	Session         id.Session   `json:"session"`
	Number          int64        `json:"number"` // 1, 2 … within the session
	Version         int64        `json:"version"`
	State           ChatState    `json:"state"`
	EndedBy         EndedBy      `json:"ended_by,omitempty"`
	Ban             id.Ban       `json:"ban,omitempty"`        // it was ended by this ban …
	BannedBy        *Person      `json:"banned_by,omitempty"`  // … made by
	BanReason       string       `json:"ban_reason,omitempty"` // … because
	Visitor         RowVisitor   `json:"visitor"`
	Members         []ChatMember `json:"members"`
	StartedAt       int64        `json:"started_at"`
	ServedAt        int64        `json:"served_at,omitempty"`
	EndedAt         int64        `json:"ended_at,omitempty"`         // closed, ended or missed at
	UnansweredSince int64        `json:"unanswered_since,omitempty"` // the visitor's first words without an answer
	VisitorCount    int64        `json:"visitor_count"`              // visitor messages in the session
	Last            LastWords    `json:"last"`
	Marks           Marks        `json:"marks"`
	Rating          int          `json:"rating,omitempty"`
}

// Member is a colleague.
type Member struct {
	Person
	Role   actor.Role `json:"role"`
	Status Status     `json:"status"`
}

// AgentWelcome answers hello: the list as it is now, and who is here.
type AgentWelcome struct {
	T        string                `json:"t"` // "welcome"
	Now      int64                 `json:"now"`
	Me       id.Agent              `json:"me"`
	Role     actor.Role            `json:"role"`
	Property id.Property           `json:"property"`
	Members  []Member              `json:"members"`
	Chats    []Row                 `json:"chats"`
	Reads    map[id.Session]int64  `json:"reads"` // visitor messages this agent has seen
	Missed   int64                 `json:"missed"`
	Tickets  int64                 `json:"tickets"` // open ones
	Settings AgentPropertySettings `json:"settings"`
}

// AgentPropertySettings is what the dashboard needs of the property.
type AgentPropertySettings struct {
	Name          string `json:"name"`
	TypingPreview bool   `json:"typing_preview"`
	TimeoutMS     int64  `json:"timeout_ms"`
	MissedMS      int64  `json:"missed_ms"`
}

// AgentMessageFrame brings one new message of a watched session. A gap in seq: send watch{after}.
type AgentMessageFrame struct {
	T       string       `json:"t"` // "message"
	Session id.Session   `json:"session"`
	M       AgentMessage `json:"m"`
}

// AgentMessagesFrame answers watch and history.
type AgentMessagesFrame struct {
	T        string         `json:"t"` // "messages"
	ID       string         `json:"id"`
	Session  id.Session     `json:"session"`
	Chat     id.Chat        `json:"chat"`
	Messages []AgentMessage `json:"messages"`
	More     bool           `json:"more,omitempty"` // there are older ones
}

// ChatFrame brings a chat that is new or changed its state or members: at once.
type ChatFrame struct {
	T     string `json:"t"` // "chat"
	Chat  Row    `json:"chat"`
	Alert bool   `json:"alert,omitempty"` // it needs somebody: sound, badge, notification
	For   string `json:"for,omitempty"`   // the alert is for this agent only (invited)
}

// RowsFrame brings what messages changed in the rows: at most once a second for a property.
type RowsFrame struct {
	T    string      `json:"t"` // "rows"
	Rows []RowUpdate `json:"rows"`
}

// RowUpdate is the part of a Row that messages change.
type RowUpdate struct {
	ID              id.Chat   `json:"id"`
	Version         int64     `json:"version"`
	UnansweredSince int64     `json:"unanswered_since,omitempty"`
	VisitorCount    int64     `json:"visitor_count"`
	Last            LastWords `json:"last"`
}

// AgentTypingFrame says that the visitor or a colleague types in a watched session.
type AgentTypingFrame struct {
	T       string     `json:"t"` // "typing"
	Session id.Session `json:"session"`
	From    From       `json:"from"`
	Agent   *Person    `json:"agent,omitempty"`
	Text    string     `json:"text,omitempty"` // the visitor's unsent words, if the property shows them
	On      bool       `json:"on"`
}

// AgentMarksFrame brings new marks of a watched session.
type AgentMarksFrame struct {
	T       string     `json:"t"` // "marks"
	Session id.Session `json:"session"`
	Marks   Marks      `json:"marks"`
}

// ReadFrame tells an agent's other windows what was read.
type ReadFrame struct {
	T       string     `json:"t"` // "read"
	Session id.Session `json:"session"`
	Count   int64      `json:"count"`
}

// VisitorFrame tells that a visitor of a chat left, came back, moved on or gave a name.
type VisitorFrame struct {
	T       string     `json:"t"` // "visitor"
	Session id.Session `json:"session"`
	Visitor RowVisitor `json:"visitor"`
}

// MembersFrame brings the team as it is now.
type MembersFrame struct {
	T       string   `json:"t"` // "members"
	Members []Member `json:"members"`
}

// BansFrame tells that bans, the allow list or hits of bans have changed, at most once a second for a property: whoever shows
// them asks for them again.
type BansFrame struct {
	T string `json:"t"` // "bans"
}

// ErasedFrame tells that everything of a visitor was deleted for good: take it off the screen.
type ErasedFrame struct {
	T       string     `json:"t"` // "erased"
	Visitor id.Visitor `json:"visitor"`
}

// CountsFrame brings the badges of the left bar.
type CountsFrame struct {
	T       string `json:"t"` // "counts"
	Missed  int64  `json:"missed"`
	Tickets int64  `json:"tickets"`
}
