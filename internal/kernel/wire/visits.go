package wire

import "parley/internal/kernel/id"

// ── visitor → server ──

// VisitorLife says that nobody has touched this page for ten minutes, or that somebody does again.
type VisitorLife struct {
	T    string `json:"t"` // "life"
	Idle bool   `json:"idle"`
}

// VisitorConsent gives the consent that the property asks for before a visit is shown to anybody, or takes it back.
type VisitorConsent struct {
	T  string `json:"t"` // "consent"
	On bool   `json:"on"`
}

// VisitorOpener says what became of an agent's first words. Dismissing is for good; seen may be repeated.
type VisitorOpener struct {
	T     string      `json:"t"` // "opener"
	ID    id.Opener   `json:"id"`
	State OpenerState `json:"state"` // seen, dismissed
}

// ── server → visitor ──

// Opener is an agent's first words to a visitor who has not written.
type Opener struct {
	ID    id.Opener `json:"id"`
	Agent Person    `json:"agent"`
	Text  string    `json:"text"`
	At    int64     `json:"at"`
	Seen  bool      `json:"seen,omitempty"` // was shown already: no sound
}

// OpenerFrame brings an agent's first words, or takes them away (absent: answered or dismissed in another tab, or replaced).
type OpenerFrame struct {
	T      string  `json:"t"` // "opener"
	Opener *Opener `json:"opener,omitempty"`
}

// OpenerState is what became of an opener, as agents see it.
type OpenerState string

const (
	OpenerSent      OpenerState = "sent"
	OpenerSeen      OpenerState = "seen"
	OpenerDismissed OpenerState = "dismissed"
	OpenerAnswered  OpenerState = "answered"
)

// ── agent → server ──

// VisitState is what a visitor does now.
type VisitState string

const (
	VisitWaiting  VisitState = "waiting"  // in a chat that nobody serves
	VisitChatting VisitState = "chatting" // in a chat that somebody serves
	VisitActive   VisitState = "active"
	VisitIdle     VisitState = "idle" // no sign of life for ten minutes
	VisitLeft     VisitState = "left" // no page open; forgotten two minutes later
)

// VisitSort names a column that visits can be sorted by.
type VisitSort string

// The columns. Every order ends with the visitor's id, so that it is the same twice.
const (
	SortState    VisitSort = "state" // waiting, chatting, active, idle, left; in each the longest on the site first
	SortName     VisitSort = "name"
	SortPage     VisitSort = "page"
	SortTime     VisitSort = "time" // on the site
	SortPages    VisitSort = "pages"
	SortCountry  VisitSort = "country"
	SortReferrer VisitSort = "referrer"
	SortDevice   VisitSort = "device"
	SortVisits   VisitSort = "visits"
	SortChats    VisitSort = "chats"
)

// VisitFilter keeps the visits that fulfil all of it; empty fields ask nothing.
type VisitFilter struct {
	Text     string       `json:"text,omitempty"` // in name, email address, number, page, referrer, address
	States   []VisitState `json:"states,omitempty"`
	Country  string       `json:"country,omitempty"` // ISO 3166, two letters
	Page     string       `json:"page,omitempty"`    // its URL
	Referrer string       `json:"referrer,omitempty"`
	Device   string       `json:"device,omitempty"`
	Agent    id.Agent     `json:"agent,omitempty"` // serves the visitor
}

// AgentVisitors opens a window on the visitors who are here, or moves it. The answer comes at once; while the window is open,
// changes come at most once a second. Size 0 asks for the counts alone.
type AgentVisitors struct {
	T      string      `json:"t"`  // "visitors"
	ID     string      `json:"id"` // the window's: frames about it carry it
	From   int         `json:"from,omitempty"`
	Size   int         `json:"size"` // at most MaxVisitWindow
	Sort   VisitSort   `json:"sort,omitempty"`
	Desc   bool        `json:"desc,omitempty"`
	Group  VisitSort   `json:"group,omitempty"` // sorted by this first: state, page, country, referrer or device
	Filter VisitFilter `json:"filter"`
}

// MaxVisitWindow is the largest window on the visitors.
const MaxVisitWindow = 100

// AgentVisitorsStop closes the window.
type AgentVisitorsStop struct {
	T string `json:"t"` // "visitors_stop"
}

// AgentVisit opens one visitor: everything that is known of the visit, and changes of it at most once a second. One is open at a time.
type AgentVisit struct {
	T       string     `json:"t"` // "visit"
	ID      string     `json:"id"`
	Visitor id.Visitor `json:"visitor"`
}

// AgentVisitStop closes it again.
type AgentVisitStop struct {
	T string `json:"t"` // "visit_stop"
}

// AgentStart speaks first: the words are shown to the visitor, and become a chat when the visitor answers.
type AgentStart struct {
	T       string     `json:"t"`  // "start"
	ID      string     `json:"id"` // unique for this agent, for ever
	Visitor id.Visitor `json:"visitor"`
	Text    string     `json:"text"`
}

// ── server → agent ──

// VisitRow is a visitor in the list. Times are unix ms; the client counts on from them.
type VisitRow struct {
	ID       id.Visitor  `json:"id"`
	Number   int64       `json:"number"`
	Name     string      `json:"name,omitempty"`
	State    VisitState  `json:"state"`
	Page     Page        `json:"page"` // without the referrer
	Since    int64       `json:"since"`
	PageAt   int64       `json:"page_at"`
	LeftAt   int64       `json:"left_at,omitempty"`
	Pages    int         `json:"pages"`
	Country  string      `json:"country,omitempty"`
	City     string      `json:"city,omitempty"`
	Referrer string      `json:"referrer,omitempty"` // host of the page that the visit came from; utm_source where there is one
	Device   string      `json:"device,omitempty"`   // desktop, phone, tablet
	Browser  string      `json:"browser,omitempty"`
	System   string      `json:"system,omitempty"`
	Visits   int64       `json:"visits"` // this one included, as far as known
	Chats    int64       `json:"chats"`  // sessions so far
	Chat     id.Chat     `json:"chat,omitempty"`
	Agents   []Person    `json:"agents,omitempty"` // who serve
	Opener   OpenerState `json:"opener,omitempty"`
}

// VisitCount is one bar beside the list.
type VisitCount struct {
	Value string `json:"value"`           // the country's letters; the page's URL
	Title string `json:"title,omitempty"` // the page's
	Count int    `json:"count"`
}

// VisitCounts are of all visitors who are here, whatever the window's filter.
type VisitCounts struct {
	Here      int          `json:"here"` // without those who left
	Waiting   int          `json:"waiting"`
	Chatting  int          `json:"chatting"`
	Active    int          `json:"active"`
	Idle      int          `json:"idle"`
	Countries []VisitCount `json:"countries"` // the ten largest
	Pages     []VisitCount `json:"pages"`
}

// VisitGroupOther is the group of all that are too small for one of their own: a window has at most 50.
const VisitGroupOther = "other"

// VisitGroup is a run of rows of the same group. States come in their order, other groups by size.
type VisitGroup struct {
	Value string `json:"value"`
	Title string `json:"title,omitempty"`
	Count int    `json:"count"`
}

// VisitorsFrame is the window as it is now. Rows holds only those that this window has not been sent as they are.
type VisitorsFrame struct {
	T      string       `json:"t"`  // "visitors"
	ID     string       `json:"id"` // the window's
	Now    int64        `json:"now"`
	Counts VisitCounts  `json:"counts"`
	Total  int          `json:"total"` // rows that the filter keeps
	From   int          `json:"from"`
	Order  []id.Visitor `json:"order"`
	Rows   []VisitRow   `json:"rows"`
	Groups []VisitGroup `json:"groups,omitempty"` // in order, of all that the filter keeps
}

// VisitStep is one page of the trail.
type VisitStep struct {
	Page Page  `json:"page"`
	At   int64 `json:"at"`
	MS   int64 `json:"ms"` // time on it; of the page now: up to VisitFrame.Now
}

// Visit is everything that is known of a visit.
type Visit struct {
	VisitRow
	Email     string            `json:"email,omitempty"`
	Address   string            `json:"address,omitempty"` // masked where the property wants it
	Language  string            `json:"language,omitempty"`
	TimeZone  string            `json:"time_zone,omitempty"`
	CameFrom  string            `json:"came_from,omitempty"` // URL
	Campaign  map[string]string `json:"campaign,omitempty"`  // utm_* parameters of the first page
	FirstSeen int64             `json:"first_seen,omitempty"`
	LastVisit int64             `json:"last_visit,omitempty"` // the one before
	Trail     []VisitStep       `json:"trail"`                // newest first
	Dropped   int               `json:"dropped,omitempty"`    // older pages that are no longer kept
	Words     *Opener           `json:"words,omitempty"`      // the newest opener
	OpenerAt  int64             `json:"opener_at,omitempty"`  // since when it is what VisitRow.Opener says, as far as known
}

// VisitFrame brings the open visit; Gone: it is over.
type VisitFrame struct {
	T       string     `json:"t"` // "visit"
	ID      string     `json:"id"`
	Now     int64      `json:"now"`
	Visitor id.Visitor `json:"visitor"`
	Visit   *Visit     `json:"visit,omitempty"`
	Gone    bool       `json:"gone,omitempty"`
}

// AgentOpenerFrame tells the team what became of an opener.
type AgentOpenerFrame struct {
	T       string      `json:"t"` // "opener"
	ID      id.Opener   `json:"id"`
	Visitor id.Visitor  `json:"visitor"`
	Agent   id.Agent    `json:"agent"`
	State   OpenerState `json:"state"`
	Chat    id.Chat     `json:"chat,omitempty"` // answered: the chat it became
}
