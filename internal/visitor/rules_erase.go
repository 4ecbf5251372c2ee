package visitor

import (
	"crypto/sha256"
	"encoding/hex"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/event"
	"parley/internal/kernel/id"
)

// ErrForgotten is the answer to somebody who comes with the token of a visitor who was erased: nobody becomes that visitor again.
var ErrForgotten = errs.New(errs.Forbidden, "visitor.forgotten", "This visitor was erased. Start as somebody new.")

// Gone says that a visitor was erased.
type Gone struct {
	Visitor id.Visitor `json:"visitor"`
}

// Erased is published when a visitor was erased. Whoever keeps anything of them in memory throws it away.
var Erased = event.New[Gone]("visitor.erased")

// Hash is what receipts keep instead of an erased visitor's id: from the id one can tell whether it was erased, not the other
// way round, because ids are random.
func Hash(v id.Visitor) string {
	sum := sha256.Sum256([]byte(v))
	return hex.EncodeToString(sum[:])
}

// Export is a visitor's row as it is stored. Times are unix ms.
type Export struct {
	ID        id.Visitor `json:"id"`
	Number    int64      `json:"number"`
	Name      string     `json:"name,omitempty"`
	Email     string     `json:"email,omitempty"`
	Address   string     `json:"address,omitempty"`
	Country   string     `json:"country,omitempty"`
	City      string     `json:"city,omitempty"`
	Device    string     `json:"device,omitempty"`
	Browser   string     `json:"browser,omitempty"`
	System    string     `json:"system,omitempty"`
	Language  string     `json:"language,omitempty"`
	TimeZone  string     `json:"time_zone,omitempty"`
	PageURL   string     `json:"page_url,omitempty"`
	PageTitle string     `json:"page_title,omitempty"`
	Referrer  string     `json:"referrer,omitempty"`
	Sessions  int64      `json:"sessions"`
	Visits    int64      `json:"visits"`
	FirstSeen int64      `json:"first_seen"`
	LastSeen  int64      `json:"last_seen"`
	LastVisit int64      `json:"last_visit,omitempty"`
}

// Trimmed is what retention did.
type Trimmed struct {
	Deleted int64 // rows of visitors of whom nothing else is left
	Emptied int64 // rows that keep name, email address and number only: there are chats or tickets of them
}
