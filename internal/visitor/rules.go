// Package visitor knows who a browser on a property's site is: its signed token, its row, and whether it is still here.
// It does not know what a visitor says; chat does.
package visitor

import (
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

const (
	maxWordBytes    = 64 // language tags and time zone names are shorter
	maxAddressBytes = 64 // an IPv6 address with a zone is shorter
)

var (
	// ErrNotFound is also the answer for another property's visitor.
	ErrNotFound = errs.New(errs.NotFound, "visitor.not_found", "There is no such visitor.")
	// ErrName says that a name cannot be taken as it is.
	ErrName = errs.New(errs.Invalid, "visitor.name", "Give a name of at most 100 characters.").At("name")
	// ErrEmail says that an email address cannot be right.
	ErrEmail = errs.New(errs.Invalid, "visitor.email", "Give an email address like name@example.com.").At("email")
)

// Facts is what a visitor's browser tells about itself. All of it is the visitor's word and none of it is trusted.
// An empty field says nothing: it does not wipe what was known.
type Facts struct {
	Page     wire.Page `json:"page"`
	Browser  string    `json:"browser,omitempty"`
	System   string    `json:"system,omitempty"`
	Device   string    `json:"device,omitempty"` // desktop, phone, tablet
	Language string    `json:"language,omitempty"`
	TimeZone string    `json:"time_zone,omitempty"`
	Address  string    `json:"address,omitempty"`
	Country  string    `json:"country,omitempty"` // of the address: ISO 3166, two letters
	City     string    `json:"city,omitempty"`
	Name     string    `json:"name,omitempty"`
	Email    string    `json:"email,omitempty"`
}

// Visitor is a visitor's row: it exists from the first chat or form on.
type Visitor struct {
	ID        id.Visitor
	Property  id.Property
	Number    int64
	Facts     Facts
	Sessions  int64
	CreatedAt time.Time
	SeenAt    time.Time
	Visits    int64 // that were written down; they are counted in batches
	LastVisit int64 // began then, unix ms; 0: not known
}

// Change says that agents see something else of a visitor now. One node has to tell them: the one where it happened.
type Change struct {
	Visitor id.Visitor `json:"visitor"`
	Node    string     `json:"node,omitempty"`
	Email   bool       `json:"email,omitempty"` // they have another email address: bans may be by that
	Name    bool       `json:"name,omitempty"`
}

// Birth says that a visitor has a row from now on.
type Birth struct {
	Visitor id.Visitor `json:"visitor"`
	Number  int64      `json:"number"`
}

// Made is published when a visitor got a row: with the first chat, form or words of an agent.
var Made = event.New[Birth]("visitor.made")

// Changed is published when a visitor moved on, or got a name or an email address.
var Changed = event.New[Change]("visitor.changed")

// Topic is the hub's topic of all of a visitor's connections.
func Topic(v id.Visitor) string { return "v:" + string(v) }

// Row is the visitor as agents see it.
func (v Visitor) Row() wire.RowVisitor {
	r := wire.RowVisitor{
		ID: v.ID, Number: v.Number, Name: v.Facts.Name, Email: v.Facts.Email,
		Country: v.Facts.Country, City: v.Facts.City,
		Browser: v.Facts.Browser, System: v.Facts.System, Device: v.Facts.Device, Address: v.Facts.Address,
		Language: v.Facts.Language, TimeZone: v.Facts.TimeZone,
		FirstSeen: v.CreatedAt.UnixMilli(), Sessions: v.Sessions,
	}
	if v.Facts.Page != (wire.Page{}) {
		page := v.Facts.Page
		r.Page = &page
	}
	return r
}

// Clean cuts every fact to its limit and takes out what no screen should show. It refuses nothing: a page with
// a title of a megabyte still gets a chat.
func (f Facts) Clean() Facts {
	f.Page = CleanPage(f.Page)
	f.Browser, f.System = cutBytes(plain(f.Browser), maxWordBytes), cutBytes(plain(f.System), maxWordBytes)
	f.Language, f.TimeZone = cutBytes(plain(f.Language), maxWordBytes), cutBytes(plain(f.TimeZone), maxWordBytes)
	f.Device = cutBytes(plain(f.Device), maxWordBytes)
	f.Address = cutBytes(plain(f.Address), maxAddressBytes)
	f.Country, f.City = cutBytes(plain(f.Country), maxWordBytes), cutRunes(plain(f.City), wire.MaxNameRunes)
	f.Name = cutRunes(plain(f.Name), wire.MaxNameRunes)
	if email, err := CheckEmail(f.Email); err == nil {
		f.Email = email
	} else {
		f.Email = ""
	}
	return f
}

// CleanPage cuts a page's facts to their limits; an address that is not a web address becomes empty, because agents click it.
func CleanPage(p wire.Page) wire.Page {
	return wire.Page{URL: cleanURL(p.URL), Title: cutRunes(plain(p.Title), wire.MaxTitleRunes), Referrer: cleanURL(p.Referrer)}
}

// merge puts the new facts over the old ones; empty new ones change nothing. A page replaces the page before as a whole, and an
// address the place of the one before: whoever goes abroad is not where they were.
func (f Facts) merge(now Facts) Facts {
	if now.Page.URL != "" {
		if now.Page.Referrer == "" {
			now.Page.Referrer = f.Page.Referrer // a page change inside the site: where the visitor came from stays true
		}
		f.Page = now.Page
	}
	if now.Country != "" || (now.Address != "" && now.Address != f.Address) {
		f.Country, f.City = now.Country, now.City
	}
	for _, p := range []struct{ old, now *string }{
		{&f.Browser, &now.Browser},
		{&f.System, &now.System},
		{&f.Device, &now.Device},
		{&f.Language, &now.Language},
		{&f.TimeZone, &now.TimeZone},
		{&f.Address, &now.Address},
		{&f.Name, &now.Name},
		{&f.Email, &now.Email},
	} {
		if *p.now != "" {
			*p.old = *p.now
		}
	}
	return f
}

// CheckName trims a name and refuses one that is too long. An empty name is fine: it means that none is known.
func CheckName(s string) (string, error) {
	s = strings.TrimSpace(plain(s))
	if utf8.RuneCountInString(s) > wire.MaxNameRunes {
		return "", ErrName
	}
	return s, nil
}

// CheckEmail trims an email address and refuses what cannot be one. An empty one is fine.
func CheckEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if len(s) > wire.MaxEmailBytes || plain(s) != s {
		return "", ErrEmail
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "", ErrEmail
	}
	return s, nil
}

// plain takes out control characters and broken UTF-8: PostgreSQL refuses NUL, and terminals and screens obey the others.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

func cleanURL(s string) string {
	s = cutBytes(plain(s), wire.MaxURLBytes)
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	return s
}

func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
