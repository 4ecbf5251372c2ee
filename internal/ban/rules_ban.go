package ban

import (
	"fmt"
	"net/netip"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// Ban is a whole ban: the entry, and what the list and the record show of it.
type Ban struct {
	Entry
	Chat     id.Chat    // it was made from
	Session  id.Session // of that chat
	MadeAt   int64
	LiftedBy id.Agent
	Hits     int64
	HitAt    int64 // 0: never
	Person   Person
	Record   Record // not read for lists
}

// Person is the visitor of a ban as they are now. All but the id is empty where the visitor has no row.
type Person struct {
	ID     id.Visitor
	Number int64
	Name   string
	Email  string
}

// Record is what happened, as it was when the ban was made.
type Record struct {
	Name     string    `json:"name,omitempty"`
	Email    string    `json:"email,omitempty"`
	Address  string    `json:"address,omitempty"`
	Country  string    `json:"country,omitempty"`
	Browser  string    `json:"browser,omitempty"`
	System   string    `json:"system,omitempty"`
	Page     wire.Page `json:"page"`
	Language string    `json:"language,omitempty"`
	Messages []Message `json:"messages,omitempty"`
}

// Message is a line of a chat as a ban's record keeps it.
type Message struct {
	At     int64     `json:"at"`
	From   wire.From `json:"from" enum:"visitor,agent,system"`
	Author string    `json:"author,omitempty" doc:"The agent's name."`
	Text   string    `json:"text,omitempty"`
}

// Label is what a list calls the ban.
func (b Ban) Label() string {
	switch {
	case b.Person.Name != "":
		return b.Person.Name
	case b.Visitor != "" && b.Record.Name != "":
		return b.Record.Name
	case b.Person.Number > 0:
		return fmt.Sprintf("Visitor %d", b.Person.Number)
	case b.Network.IsValid():
		return networkText(b.Network)
	case b.Email != "":
		return b.Email
	case b.Domain != "":
		return b.Domain
	}
	return "Visitor"
}

// AuditLabel is what the audit log, which nothing is ever taken out of, calls the ban: no name, so that a visitor can be erased.
func (b Ban) AuditLabel() string {
	if b.Visitor != "" {
		b.Person.Name, b.Record.Name = "", ""
		if b.Person.Number == 0 {
			return "Visitor"
		}
	}
	return b.Label()
}

// search is what the list's search looks at.
func (b Ban) search() string {
	words := []string{
		b.Reason, b.Label(), b.Email, b.Domain, b.Person.Name, b.Person.Email, b.Record.Name, b.Record.Email, b.Record.Address,
		networkText(b.Network), string(b.Visitor),
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

// networkText is how a network is written: one IPv4 address without its length.
func networkText(p netip.Prefix) string {
	switch {
	case !p.IsValid():
		return ""
	case p.Addr().Is4() && p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

// AllowedNetwork is an entry of the allow list with what the list shows of it.
type AllowedNetwork struct {
	Allowed
	Note   string
	By     id.Agent
	MadeAt int64
}

// Sort is an order of the list; a minus sign turns it round.
type Sort string

const (
	NewestFirst Sort = "made_at"
	OldestFirst Sort = "-made_at"
	EndsFirst   Sort = "ends_at" // never comes last
	EndsLast    Sort = "-ends_at"
	MostHits    Sort = "hits"
	FewestHits  Sort = "-hits"
)

// EndFilter narrows the list by when a ban ends.
type EndFilter string

const (
	EndsNever EndFilter = "never"
	EndsSoon  EndFilter = "soon"  // within a day
	EndsLater EndFilter = "later" // after that
)

// Filter narrows and orders the list; empty fields narrow nothing.
type Filter struct {
	Past bool // lapsed and lifted ones, else those in force
	Kind Kind
	By   id.Agent
	End  EndFilter
	Text string // looked for in names, addresses, networks and reasons; an IP address also finds the networks it is in
	Sort Sort   // empty: NewestFirst
}
