package wire

import (
	"fmt"

	"parley/internal/kernel/id"
)

// ── visitor → server ──

// VisitorHello is the first frame of a visitor's connection, and may be sent again to resume.
type VisitorHello struct {
	T        string      `json:"t"` // "hello"
	V        int         `json:"v"` // Version
	Property id.Property `json:"property"`
	Token    string      `json:"token,omitempty"`   // from an earlier welcome; absent: a new visitor
	Session  id.Session  `json:"session,omitempty"` // the session the client has messages of
	Last     int64       `json:"last,omitempty"`    // the last seq it has of that session
	Settings string      `json:"settings,omitempty"`
	Page     Page        `json:"page"`
	Language string      `json:"language,omitempty"`  // BCP 47, navigator.language
	TimeZone string      `json:"time_zone,omitempty"` // IANA; finding it out costs a browser much, so only who chats says it
	Offset   *int        `json:"offset,omitempty"`    // minutes that the visitor's clock is ahead of UTC
	Open     bool        `json:"open,omitempty"`      // the panel is open: send team faces and messages
	Idle     bool        `json:"idle,omitempty"`      // nobody has touched this page for ten minutes
	Consent  bool        `json:"consent,omitempty"`   // the page has said that the visitor agrees to being seen
	Private  bool        `json:"private,omitempty"`   // the browser asks for privacy: Do Not Track or Global Privacy Control
}

// Zone is the visitor's time zone: its name, or how far it is from UTC (+05:30), which calendars know as well.
func (h VisitorHello) Zone() string {
	if h.TimeZone != "" || h.Offset == nil || *h.Offset < -maxOffset || *h.Offset > maxOffset {
		return h.TimeZone
	}
	sign, minutes := "+", *h.Offset
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%02d:%02d", sign, minutes/60, minutes%60)
}

const maxOffset = 14 * 60 // Kiritimati

// Page is where the visitor is.
type Page struct {
	URL      string `json:"url"`
	Title    string `json:"title,omitempty"`
	Referrer string `json:"referrer,omitempty"`
}

// VisitorPage tells of a page change without a page load.
type VisitorPage struct {
	T    string `json:"t"` // "page"
	Page Page   `json:"page"`
}

// VisitorSend is a message. It starts a session, or a new chat of one, where there is none.
type VisitorSend struct {
	T    string `json:"t"`  // "send"
	ID   string `json:"id"` // unique for this visitor, for ever
	Text string `json:"text"`

	Article  id.Article `json:"article,omitempty"`  // the visitor comes from reading it; told to the agents if the message begins a chat
	Language string     `json:"language,omitempty"` // in which it was read
}

// VisitorTyping carries unsent words (only if settings.typing_preview); empty text: stopped or sent.
type VisitorTyping struct {
	T    string `json:"t"` // "typing"
	Text string `json:"text,omitempty"`
	On   bool   `json:"on"`
}

// VisitorMark says how far the visitor has received (Got) and seen (Read) the session. Never goes back.
type VisitorMark struct {
	T       string     `json:"t"` // "mark"
	Session id.Session `json:"session"`
	Got     int64      `json:"got,omitempty"`
	Read    int64      `json:"read,omitempty"`
}

// VisitorEnd ends the chat session. Ending an ended session again is acknowledged and changes nothing.
type VisitorEnd struct {
	T       string     `json:"t"` // "end"
	ID      string     `json:"id"`
	Session id.Session `json:"session"`
}

// VisitorRate rates a session that has ended; may be repeated, the last one holds.
type VisitorRate struct {
	T       string     `json:"t"` // "rate"
	ID      string     `json:"id"`
	Session id.Session `json:"session"`
	Rating  int        `json:"rating"` // 1 good, -1 not good
	Comment string     `json:"comment,omitempty"`
}

// VisitorTicket is the form offered when nobody is online, or when a chat was missed.
type VisitorTicket struct {
	T     string `json:"t"`  // "ticket"
	ID    string `json:"id"` // unique for this visitor, for ever
	Name  string `json:"name"`
	Email string `json:"email"`
	Text  string `json:"text"`

	Article  id.Article `json:"article,omitempty"`  // the visitor comes from reading it; one that is not there any more takes nothing from the words
	Language string     `json:"language,omitempty"` // in which it was read
}

// VisitorHistory asks for messages of one of the visitor's own sessions, before or after a seq.
// With Before: the last ones below it (0: the newest). With After: the first ones above it (a gap was seen).
type VisitorHistory struct {
	T       string     `json:"t"` // "history"
	ID      string     `json:"id"`
	Session id.Session `json:"session"`
	Before  int64      `json:"before,omitempty"`
	After   int64      `json:"after,omitempty"`
}

// VisitorSessions asks for the visitor's earlier sessions, newest first.
type VisitorSessions struct {
	T      string `json:"t"` // "sessions"
	ID     string `json:"id"`
	Cursor string `json:"cursor,omitempty"`
}

// ── server → visitor ──

// VisitorMessage is a message as the visitor sees it. Seq is 1, 2, 3 … without a gap over what visitors see.
type VisitorMessage struct {
	Seq    int64   `json:"seq"`
	ID     string  `json:"id"` // the sender's client-made id; for events the server's
	At     int64   `json:"at"` // unix ms, the server's clock
	Kind   Kind    `json:"kind"`
	From   From    `json:"from"`
	Author *Person `json:"author,omitempty"` // agents only
	Text   string  `json:"text,omitempty"`
	By     EndedBy `json:"by,omitempty"`   // kind ended
	Card   *Card   `json:"card,omitempty"` // an article beside the text, which may then be empty
}

// VisitorSession is the visitor's newest session, active or ended.
type VisitorSession struct {
	ID        id.Session `json:"id"`
	Active    bool       `json:"active"`
	EndedBy   EndedBy    `json:"ended_by,omitempty"`
	StartedAt int64      `json:"started_at"`
	EndedAt   int64      `json:"ended_at,omitempty"`
	Last      int64      `json:"last"`             // highest seq stored
	Missed    bool       `json:"missed,omitempty"` // nobody served its newest chat in time: offer the form
	Rating    int        `json:"rating,omitempty"`
	LastText  string     `json:"last_text,omitempty"` // in lists of earlier sessions
	Marks     Marks      `json:"marks"`
}

// Marks are the delivery and read marks of a session, as visitor seqs.
type Marks struct {
	VisitorGot  int64 `json:"visitor_got"`
	VisitorRead int64 `json:"visitor_read"`
	TeamGot     int64 `json:"team_got"`
	TeamRead    int64 `json:"team_read"`
}

// Team is who answers, as visitors see it: at most five people, online before away; never the invisible.
type Team struct {
	Status Status   `json:"status"` // online, away or offline
	Agents []Person `json:"agents"`
}

// Welcome answers hello: all a client needs to show the truth, after a second away or a week.
type Welcome struct {
	T        string           `json:"t"`   // "welcome"
	Now      int64            `json:"now"` // unix ms, the server's clock
	Visitor  id.Visitor       `json:"visitor"`
	Token    string           `json:"token,omitempty"`    // set when it is new or was renewed: keep it
	Settings *WidgetSettings  `json:"settings,omitempty"` // absent when the client's version is current
	Team     Team             `json:"team"`
	Session  *VisitorSession  `json:"session,omitempty"`
	Messages []VisitorMessage `json:"messages,omitempty"` // above hello.last, or the last MaxMissed
	More     bool             `json:"more,omitempty"`     // there are older ones between hello.last and messages[0]
	Panel    string           `json:"panel"`              // path of the panel's script on this server
	Keep     bool             `json:"keep,omitempty"`     // the token may be kept for as long as this tab is open
	Opener   *Opener          `json:"opener,omitempty"`   // an agent's first words that wait for an answer
}

// WidgetSettings is what the owner set, as the widget needs it.
type WidgetSettings struct {
	Version       string        `json:"version"`
	Name          string        `json:"name"`
	Colour        OwnerColour   `json:"colour"`
	Theme         string        `json:"theme"`    // system, light, dark
	Corner        string        `json:"corner"`   // end, start
	Language      string        `json:"language"` // auto, en, ar
	Greeting      GreetingTexts `json:"greeting"` // empty: the catalogue's own words
	Sound         bool          `json:"sound"`    // on unless the visitor switches it
	Faces         bool          `json:"faces"`
	Brand         bool          `json:"brand"`          // the foot line "Chat by Parley"
	TypingPreview bool          `json:"typing_preview"` // send unsent words
	EarlyCookie   bool          `json:"early_cookie"`   // keep the token before the first chat
	OfflineForm   bool          `json:"offline_form"`
	Help          bool          `json:"help,omitempty"` // there are articles to read
}

// OwnerColour is derived once, by the server, from the colour that the owner picked.
type OwnerColour struct {
	Fill      string `json:"fill"`       // #rrggbb
	OnFill    string `json:"on_fill"`    // the ink that reads better on it
	TextLight string `json:"text_light"` // a shade that reads on light paper
	TextDark  string `json:"text_dark"`  // … and on dark
	SoftLight string `json:"soft_light"` // a tint
	SoftDark  string `json:"soft_dark"`
}

// GreetingTexts is shown before the first message, by the team's status.
type GreetingTexts struct {
	Online  string `json:"online,omitempty"`
	Away    string `json:"away,omitempty"`
	Offline string `json:"offline,omitempty"`
}

// VisitorMessageFrame brings one new message. A gap in seq: send history{after}.
type VisitorMessageFrame struct {
	T       string         `json:"t"` // "message"
	Session id.Session     `json:"session"`
	M       VisitorMessage `json:"m"`
}

// VisitorHistoryFrame answers history.
type VisitorHistoryFrame struct {
	T        string           `json:"t"` // "history"
	ID       string           `json:"id"`
	Session  id.Session       `json:"session"`
	Messages []VisitorMessage `json:"messages"`
	More     bool             `json:"more,omitempty"` // further ones in the direction asked for
}

// VisitorSessionsFrame answers sessions.
type VisitorSessionsFrame struct {
	T        string           `json:"t"` // "sessions"
	ID       string           `json:"id"`
	Sessions []VisitorSession `json:"sessions"`
	Next     string           `json:"next,omitempty"`
}

// VisitorSessionFrame tells that the session's facts changed (started, ended, missed, served after all, rated).
type VisitorSessionFrame struct {
	T       string         `json:"t"` // "session"
	Session VisitorSession `json:"session"`
}

// VisitorMarksFrame brings new marks.
type VisitorMarksFrame struct {
	T       string     `json:"t"` // "marks"
	Session id.Session `json:"session"`
	Marks   Marks      `json:"marks"`
}

// VisitorTypingFrame says that an agent types, or stopped. A client forgets it after 8 s.
type VisitorTypingFrame struct {
	T       string     `json:"t"` // "typing"
	Session id.Session `json:"session"`
	Agent   Person     `json:"agent"`
	On      bool       `json:"on"`
}

// TeamFrame brings a new team status.
type TeamFrame struct {
	T    string `json:"t"` // "team"
	Team Team   `json:"team"`
}

// SettingsFrame brings new settings to open pages.
type SettingsFrame struct {
	T        string         `json:"t"` // "settings"
	Settings WidgetSettings `json:"settings"`
}
