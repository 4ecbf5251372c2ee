// Package ban decides who may not write to a property's team: bans, the allow list, and the one question that every way
// in asks ([Service.Check]). It does not close anything itself: chat ends sessions and sockets.
package ban

import (
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// maxReason and maxNote are in characters, as people count them.
const (
	maxReason = 500
	maxNote   = 200
)

// The failures that callers can expect.
var (
	// ErrBanned is what every way in answers to somebody who is banned. It names no reason: the visitor is not told.
	ErrBanned = errs.New(errs.Forbidden, "visitor.banned", "You cannot write to this team.")

	// ErrNotFound is also the answer for another property's ban.
	ErrNotFound = errs.New(errs.NotFound, "ban.not_found", "There is no such ban.")
	// ErrVisitor is also the answer for another property's visitor.
	ErrVisitor = errs.New(errs.NotFound, "visitor.not_found", "There is no such visitor.")
	// ErrChat is also the answer for another property's chat.
	ErrChat       = errs.New(errs.NotFound, "chat.not_found", "There is no such chat.")
	ErrReason     = errs.New(errs.Invalid, "ban.reason", "Say why, in at most 500 characters.").At("reason")
	ErrEnd        = errs.New(errs.Invalid, "ban.ends_at", "The end must be in the future. 0 means never.").At("ends_at")
	ErrNothing    = errs.New(errs.Invalid, "ban.nothing", "Say whom to ban: a visitor, an address, an email address or a domain.")
	ErrNetwork    = errs.New(errs.Invalid, "ban.network", "Write an address like 203.0.113.7 or 2001:db8::1, or a range like 203.0.113.0/24.").At("network")
	ErrTooWide    = errs.New(errs.Invalid, "ban.too_wide", "This range is too wide: at most a /8 of IPv4 or a /32 of IPv6.").At("network")
	ErrEmail      = errs.New(errs.Invalid, "ban.email", "Write an email address like name@example.com.").At("email")
	ErrDomain     = errs.New(errs.Invalid, "ban.domain", "Write a domain like example.com.").At("domain")
	ErrNoAddress  = errs.New(errs.Conflict, "ban.no_address", "This visitor's IP address is not known.").At("address")
	ErrOwnAddress = errs.New(errs.Conflict, "ban.own_address", "This would cover your own IP address.").At("network")
	ErrAllowed    = errs.New(errs.Conflict, "ban.allowed", "This covers an address on the allow list, which wins over every ban.").At("network")
	ErrOver       = errs.New(errs.Conflict, "ban.over", "This ban is over. Make a new one.")
	ErrByHand     = errs.New(errs.Forbidden, "ban.by_hand", "Only owners and admins may ban without a chat or visitor.")
	ErrTooMany    = errs.New(errs.Invalid, "ban.too_many", "Choose at most 1,000 bans at once.").At("ids")
	ErrFilter     = errs.New(errs.Invalid, "ban.filter", "This filter or order is not known.")
	ErrFile       = errs.New(errs.Invalid, "ban.file", "This is not a CSV file with the columns kind, value, reason and ends_at.")
	ErrFileSize   = errs.New(errs.TooLarge, "ban.file_size", "At most 10,000 lines and 5 MB at once.")
	ErrNote       = errs.New(errs.Invalid, "ban.note", "Write a note of at most 200 characters.").At("note")
	ErrNoNetwork  = errs.New(errs.NotFound, "ban.network_not_found", "There is no such entry on the allow list.")
	ErrListed     = errs.New(errs.Conflict, "ban.listed", "This is on the list already.")
)

// Kind is one thing that a ban can cover.
type Kind string

const (
	KindVisitor Kind = "visitor"
	KindAddress Kind = "address" // one IPv4 address, or the /64 of an IPv6 address
	KindRange   Kind = "range"
	KindEmail   Kind = "email"
	KindDomain  Kind = "domain"
)

// Kinds lists the kinds.
var Kinds = []Kind{KindVisitor, KindAddress, KindRange, KindEmail, KindDomain}

// State is where a ban is in its life. It is never stored: it follows from the times.
type State string

const (
	Active State = "active" // in force
	Lapsed State = "lapsed" // its end has come
	Lifted State = "lifted" // somebody took it back
)

// Entry is a ban as the decision knows it; every node holds those of its properties. At least one of the four things it
// can cover is set, all in canonical form. Times are unix milliseconds; 0: never.
type Entry struct {
	ID        id.Ban       `json:"id"`
	Visitor   id.Visitor   `json:"visitor,omitempty"`
	Network   netip.Prefix `json:"network"`
	Email     string       `json:"email,omitempty"`
	Domain    string       `json:"domain,omitempty"`
	Reason    string       `json:"reason"`
	By        id.Agent     `json:"by"`
	EndsAt    int64        `json:"ends_at,omitempty"`
	LiftedAt  int64        `json:"lifted_at,omitempty"`
	ChangedAt int64        `json:"changed_at"` // grows with every change of this entry
}

// In reports whether the entry is in force at now (unix milliseconds).
func (e Entry) In(now int64) bool { return e.LiftedAt == 0 && (e.EndsAt == 0 || e.EndsAt > now) }

// State says where the entry is in its life.
func (e Entry) State(now int64) State {
	switch {
	case e.LiftedAt > 0:
		return Lifted
	case !e.In(now):
		return Lapsed
	}
	return Active
}

// Kinds lists what the entry covers.
func (e Entry) Kinds() []Kind {
	var all []Kind
	if e.Visitor != "" {
		all = append(all, KindVisitor)
	}
	if e.Network.IsValid() {
		all = append(all, kindOf(e.Network))
	}
	if e.Email != "" {
		all = append(all, KindEmail)
	}
	if e.Domain != "" {
		all = append(all, KindDomain)
	}
	return all
}

// others reports whether the entry may be about others than one visitor.
func (e Entry) others() bool { return e.Network.IsValid() || e.Email != "" || e.Domain != "" }

// Covers reports whether the entry is about who, in force or not. It knows no allow list.
func (e Entry) Covers(who Who) bool {
	if e.Visitor != "" && e.Visitor == who.Visitor {
		return true
	}
	if e.Email != "" && e.Email == who.Email {
		return true
	}
	if e.Domain != "" && e.Domain == domainOf(who.Email) {
		return true
	}
	for _, a := range who.Addresses {
		if e.Network.IsValid() && e.Network.Contains(canonical(a)) {
			return true
		}
	}
	return false
}

// Allowed is an entry of the allow list: whoever comes from it is banned by nothing.
type Allowed struct {
	ID        id.Network   `json:"id"`
	Network   netip.Prefix `json:"network"`
	RemovedAt int64        `json:"removed_at,omitempty"` // 0: is on the list
	ChangedAt int64        `json:"changed_at"`
}

// Change is what every node has to know: whole entries, so that nobody has to ask back.
type Change struct {
	Bans    []Entry   `json:"bans,omitempty"`
	Allowed []Allowed `json:"allowed,omitempty"`
}

// Changed is published when bans were made, edited or lifted, or the allow list changed.
var Changed = event.New[Change]("ban.changed")

// Hits is how many refusals of a property's bans were written down.
type Hits struct {
	N int64 `json:"n"`
}

// Counted is published when refusals were written down: the lists show other numbers now.
var Counted = event.New[Hits]("ban.counted")

// Who is somebody who asks to come in. Fill what is known; what is empty is not asked about.
type Who struct {
	Visitor   id.Visitor
	Addresses []netip.Addr // the zero Addr is an address that could not be read: it is refused
	Email     string       // as typed, or as the visitor's row has it
}

// Addresses reads addresses for [Who]. One that cannot be read, an empty one too, stays in the list as the zero Addr.
func Addresses(texts ...string) []netip.Addr {
	all := make([]netip.Addr, len(texts))
	for i, s := range texts {
		if a, err := netip.ParseAddr(s); err == nil {
			all[i] = canonical(a)
		}
	}
	return all
}

// Canonical is who with the email address in the form that entries have.
func (w Who) Canonical() Who {
	if w.Email == "" || plainEmail(w.Email) {
		return w
	}
	if email, err := Email(w.Email); err == nil {
		w.Email = email
		return w
	}
	w.Email = strings.ToLower(strings.TrimSpace(w.Email))
	return w
}

// plainEmail reports whether Email would change nothing, for the usual address; it costs no memory.
func plainEmail(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || (c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return !strings.HasSuffix(s, ".")
}

// Verdict is the answer to whether somebody may come in.
type Verdict struct {
	Banned  bool
	By      id.Ban       // empty: an address that could not be read
	Until   time.Time    // zero: for ever
	Reason  string       // for agents, never for the visitor
	Allowed netip.Prefix // of the allow list, where that is why nothing was asked further
}

// Err is [ErrBanned] for somebody who is banned, else nil.
func (v Verdict) Err() error {
	if v.Banned {
		return ErrBanned
	}
	return nil
}

// Reason puts a reason into order: 1 to 500 characters, without control characters.
func Reason(s string) (string, error) {
	s = plain(s)
	if n := utf8.RuneCountInString(s); n < 1 || n > maxReason {
		return "", ErrReason
	}
	return s, nil
}

// plain drops what nobody can see, but not line breaks and tabs.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || (!unicode.IsControl(r) && r != utf8.RuneError) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "")))
}

// End checks an end: 0 (never) or in the future.
func End(endsAt, now int64) error {
	if endsAt != 0 && (endsAt <= now || endsAt > latestEnd) {
		return ErrEnd
	}
	return nil
}

// latestEnd is the end of the year 9999: later ones have no usual spelling.
const latestEnd = 253_402_300_799_999
