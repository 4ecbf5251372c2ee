// Package privacy is what people may ask of a team about their own data, and how long it is kept: export and erasure of one
// visitor, receipts of erasures, and the sweep that forgets by age. What there is of a visitor is known by the features that hold it.
package privacy

import (
	"time"

	"parley/internal/kernel/id"
)

// Counts is how much was deleted.
type Counts struct {
	Visitor  int64 `json:"visitor"` // rows: 1, or 0 of one who only browsed
	Sessions int64 `json:"sessions"`
	Chats    int64 `json:"chats"`
	Messages int64 `json:"messages"`
	Openers  int64 `json:"openers"`
	Tickets  int64 `json:"tickets"`
	Bans     int64 `json:"bans"`  // they hold as before; what they said of the visitor was deleted
	Votes    int64 `json:"votes"` // on articles of the help centre
}

// Receipt says that a visitor was erased, by whom and when, and how much that was. It does not say who they were: whoever still
// knows the visitor's id can tell by [visitor.Hash] that this is the receipt.
type Receipt struct {
	ID          id.Erasure
	At          time.Time
	By          id.Agent
	VisitorHash string
	Counts      Counts
}

const day = 24 * time.Hour

// before is the moment from which on things are kept; ok: there is one.
func before(now time.Time, days int) (at time.Time, ok bool) {
	return now.Add(-time.Duration(days) * day), days > 0
}
