// Package ticket keeps the messages that visitors leave while nobody can answer, until an agent has dealt with them.
// It is no mail and no conversation: an agent answers by email, outside Parley.
package ticket

import (
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// State is where a ticket is in its life; it may be opened again.
type State string

const (
	Open   State = "open"
	Closed State = "closed"
)

const (
	maxForms   = 5         // of one visitor in formWindow: a person who wrote five times in an hour has said it
	formWindow = time.Hour // (ADR 0001, decision 13)
)

var (
	// ErrNotFound is also the answer for another property's ticket.
	ErrNotFound = errs.New(errs.NotFound, "ticket.not_found", "There is no such ticket.")
	// ErrText, ErrName and ErrEmail say what is wrong with a form.
	ErrText  = errs.New(errs.Invalid, "ticket.text", "Write a message of at most 5,000 characters.").At("text")
	ErrName  = errs.New(errs.Invalid, "ticket.name", "Give your name, in at most 100 characters.").At("name")
	ErrEmail = errs.New(errs.Invalid, "ticket.email", "Give an email address like name@example.com.").At("email")
	// ErrID says that a form came without a key that makes a retry safe.
	ErrID = errs.New(errs.Invalid, "frame.id", "This needs an id of 1 to 64 letters, digits, - or _.").At("id")
	// ErrTooMany protects the team from one visitor's flood.
	ErrTooMany = errs.New(errs.TooMany, "ticket.too_many", "You have left several messages already. Please wait a while.")
	// ErrState and ErrAgent say what is wrong with a change.
	ErrState = errs.New(errs.Invalid, "ticket.state", "A ticket is open or closed.").At("state")
	ErrAgent = errs.New(errs.Invalid, "ticket.agent", "This agent is not in the team.").At("agent")
)

// Ticket is one message left.
type Ticket struct {
	ID        id.Ticket
	Property  id.Property
	Number    int64
	Visitor   id.Visitor
	Session   id.Session // of the missed chat it came from; empty: none
	Chat      id.Chat    // … and that session's newest chat
	ClientID  string
	Name      string
	Email     string
	Country   string // the visitor's, now
	Text      string
	Page      wire.Page
	Article   wire.Card // it came from, as it was then; zero: none
	State     State
	Agent     id.Agent // who has it; empty: nobody yet
	CreatedAt time.Time
	ClosedAt  time.Time // zero while open
}

// Change says which ticket is new or changed.
type Change struct {
	Ticket id.Ticket `json:"ticket"`
	Number int64     `json:"number"`
}

// Created is published when a visitor left a message, Changed when an agent did something with it.
var (
	Created = event.New[Change]("ticket.created")
	Changed = event.New[Change]("ticket.changed")
)

// check trims a form and names the first field that cannot be taken.
func check(f wire.VisitorTicket, email func(string) (string, error)) (wire.VisitorTicket, error) {
	if f.ID == "" || len(f.ID) > wire.MaxIDBytes || strings.ContainsFunc(f.ID, oddInID) {
		return f, ErrID
	}
	f.Name, f.Text = strings.TrimSpace(f.Name), strings.TrimSpace(f.Text)
	if n := utf8.RuneCountInString(f.Name); n == 0 || n > wire.MaxNameRunes || !storable(f.Name) {
		return f, ErrName
	}
	var err error
	if f.Email, err = email(f.Email); err != nil || f.Email == "" {
		return f, ErrEmail
	}
	if n := utf8.RuneCountInString(f.Text); n == 0 || n > wire.MaxTextRunes || !storable(f.Text) {
		return f, ErrText
	}
	return f, nil
}

func oddInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// storable refuses what PostgreSQL cannot keep.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Patch is what an agent wants changed; nil leaves a field.
type Patch struct {
	State *State
	Agent *id.Agent
}

// apply is a no-op where nothing changes, so a double click does no harm.
func (t Ticket) apply(p Patch, at time.Time) (Ticket, error) {
	if p.State != nil && *p.State != t.State {
		switch *p.State {
		case Open:
			t.ClosedAt = time.Time{}
		case Closed:
			t.ClosedAt = at
		default:
			return t, ErrState
		}
		t.State = *p.State
	}
	if p.Agent != nil {
		t.Agent = *p.Agent
	}
	return t, nil
}
