// Package visit is who is on the site now: one visit a visitor, in memory, on the node that has the visitor's connection.
// Nothing of it is stored but counts by the hour; agents see it through windows that are made here.
package visit

import (
	"time"
	"unique"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/property"
	"parley/internal/visitor"
)

const (
	maxTrail  = 30              // pages of a visit that are kept
	leftAfter = time.Second     // without a connection: a page load takes less
	goneAfter = 2 * time.Minute // after leaving
)

// Arrival is what a browser says and shows when it says hello.
type Arrival struct {
	Page      wire.Page
	Language  string
	TimeZone  string
	UserAgent string
	Address   string
	Country   string // where the address is
	City      string
	Idle      bool
	WasIdle   bool // hello again: the tab was idle until now
	Consent   bool // the page says that the visitor agrees to being seen
	Private   bool // the browser asks not to be tracked
}

// Seen reports whether there may be a visit of this browser: crawlers have none, and people decide with the property's owner.
func (a Arrival) Seen(s property.Settings) bool {
	return !Crawler(a.UserAgent) && mayBeSeen(s, a.Consent, a.Private)
}

func mayBeSeen(s property.Settings, consent, private bool) bool {
	return (consent || !s.RequireConsent) && (!private || !s.RespectDNT)
}

// Row is what is stored of a visitor.
type Row struct {
	Number    int64
	Name      string
	Email     string
	Visits    int64 // that were written down
	Sessions  int64
	FirstSeen int64 // unix ms
	LastVisit int64 // began then, unix ms; 0: not known
}

// RowOf is what a visit needs of a visitor's row.
func RowOf(v visitor.Visitor) *Row {
	return &Row{
		Number: v.Number, Name: v.Facts.Name, Email: v.Facts.Email, Sessions: v.Sessions, FirstSeen: v.CreatedAt.UnixMilli(),
		Visits: v.Visits, LastVisit: v.LastVisit,
	}
}

// pageKey is a page as thousands of visits share it.
type pageKey struct{ url, title string }

// browserKey is what a User-Agent tells.
type browserKey struct{ browser, system, device string }

// placeKey is where an address is.
type placeKey struct{ country, city string }

// fromKey is how a visit came to the site.
type fromKey struct {
	referrer string // URL
	campaign string // the utm_* parameters, encoded
	source   string // what the list shows of both
}

// step is one page of the trail.
type step struct {
	page unique.Handle[pageKey]
	at   uint32 // ms after the visit began: enough for 49 days
}

// Visit is one visitor's presence on the site. There are many thousands: every field counts. The property's lock guards it.
type Visit struct {
	id       id.Visitor
	address  string
	since    int64 // unix ms
	seen     int64 // last sign of life
	leftAt   int64 // when the last connection ended; it means something only while there is none
	number   int64
	pages    uint32
	tabs     uint16
	idle     uint16 // of the tabs
	flags    flags
	language unique.Handle[string]
	timeZone unique.Handle[string]
	from     unique.Handle[fromKey]
	browser  unique.Handle[browserKey]
	place    unique.Handle[placeKey]
	trail    []step // oldest first; the last is the page now
	row      *stored
	stamp    uint64 // of the last change that a list shows
}

type flags uint8

const (
	isLeft      flags = 1 << iota // no connection for longer than a page load takes
	isOut                         // not on any list: nothing is kept of it but the language
	isKnown                       // whether there is a row was looked up
	isConsent                     // the visitor agreed to be seen
	isPrivate                     // the browser asks not to be tracked
	isOpener                      // an agent has spoken first: the property knows what
	isElsewhere                   // its connection is on another node
	isPassing                     // of a connection that is over with its answer: on no list
)

func (f flags) has(any flags) bool { return f&any != 0 }

func (v *Visit) set(f flags, on bool) {
	if on {
		v.flags |= f
	} else {
		v.flags &^= f
	}
}

// stored is what is known of a visitor with a row, and how often they came before this visit.
type stored struct {
	name, email        string
	before             int64
	sessions           int64
	firstSeen, lastOne int64
}

// state is what the visitor does, as far as a visit knows: chats are chat's.
func (v *Visit) state() wire.VisitState {
	switch {
	case v.flags.has(isLeft):
		return wire.VisitLeft
	case v.tabs > 0 && v.idle >= v.tabs:
		return wire.VisitIdle
	default:
		return wire.VisitActive
	}
}

func (v *Visit) page() pageKey {
	if len(v.trail) == 0 {
		return pageKey{}
	}
	return v.trail[len(v.trail)-1].page.Value()
}

func (v *Visit) pageAt() int64 {
	if len(v.trail) == 0 {
		return v.since
	}
	return v.since + int64(v.trail[len(v.trail)-1].at)
}

// view notes a page; false: it is the page that the visitor is on, perhaps with a better title.
func (v *Visit) view(p wire.Page, now int64, trail bool) bool {
	if p.URL == "" {
		return false
	}
	next := step{page: unique.Make(pageKey{p.URL, p.Title}), at: uint32(max(0, now-v.since))} //nolint:gosec // nobody stays for 49 days
	if n := len(v.trail); n > 0 && v.trail[n-1].page.Value().url == p.URL {
		if p.Title != "" {
			v.trail[n-1].page = next.page
		}
		return false
	}
	v.pages++
	if !trail {
		v.trail = v.trail[:0]
	}
	if len(v.trail) >= maxTrail {
		copy(v.trail, v.trail[1:])
		v.trail = v.trail[:maxTrail-1]
	}
	if n := len(v.trail); n == cap(v.trail) { // most visits are short: no room for what does not come
		grown := make([]step, n, min(maxTrail, n+1+n/2))
		copy(grown, v.trail)
		v.trail = grown
	}
	v.trail = append(v.trail, next)
	return true
}

// oneStep forgets where the visitor was before.
func (v *Visit) oneStep() {
	if n := len(v.trail); n > 1 {
		v.trail = []step{v.trail[n-1]}
	}
}

// facts are what a chat is told of its visitor. Without a visit it is what chatting needs.
func (v *Visit) facts() visitor.Facts {
	f := visitor.Facts{Language: value(v.language), Address: v.address}
	if v.flags.has(isOut) {
		return f
	}
	page, from, b, place := v.page(), value(v.from), value(v.browser), value(v.place)
	f.Page = wire.Page{URL: page.url, Title: page.title, Referrer: from.referrer}
	f.TimeZone, f.Browser, f.System = value(v.timeZone), b.browser, b.system
	f.Country, f.City, f.Device = place.country, place.city, b.device
	return f
}

// value is the handle's, or nothing: handles of nothing are never made.
func value[T comparable](h unique.Handle[T]) T {
	if h == (unique.Handle[T]{}) {
		var none T
		return none
	}
	return h.Value()
}

func intern[T comparable](v T) unique.Handle[T] {
	var none T
	if v == none {
		return unique.Handle[T]{}
	}
	return unique.Make(v)
}
