package ban

import (
	"context"
	"fmt"

	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

// Export is a ban about a visitor, with what its record keeps of them. Times are unix ms.
type Export struct {
	Network string `json:"network,omitempty"`
	Email   string `json:"email,omitempty"`
	Domain  string `json:"domain,omitempty"`
	Reason  string `json:"reason"`
	State   State  `json:"state"`
	MadeAt  int64  `json:"made_at"`
	EndsAt  int64  `json:"ends_at,omitempty"` // absent: never
	Hits    int64  `json:"hits"`
	HitAt   int64  `json:"hit_at,omitempty"`
	Record  Record `json:"record"`
}

// ExportVisitor reads all bans that name the visitor, in force or not, inside the caller's transaction, oldest first. Bans of an
// address or email address that name nobody are about everybody who has it; they are not among them.
func (s *Service) ExportVisitor(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) ([]Export, error) {
	bans, err := about(ctx, tx, p, v)
	if err != nil {
		return nil, fmt.Errorf("export bans of visitor %s: %w", v, err)
	}
	now := s.Now().UnixMilli()
	list := make([]Export, len(bans))
	for i, b := range bans {
		list[i] = Export{
			Network: text(b.Network), Email: b.Email, Domain: b.Domain, Reason: b.Reason, State: b.State(now),
			MadeAt: b.MadeAt, EndsAt: b.EndsAt, Hits: b.Hits, HitAt: b.HitAt, Record: b.Record,
		}
	}
	return list, nil
}

// EraseVisitor empties what bans say of the visitor, inside the caller's transaction, and answers how many they were. The bans hold
// as before: what they cover, why, who made them and until when stays.
func (s *Service) EraseVisitor(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (int64, error) {
	bans, err := about(ctx, tx, p, v)
	for i := range bans {
		b := bans[i]
		b.Person, b.Record = Person{ID: b.Visitor}, Record{}
		if err == nil {
			err = wipe(ctx, tx, p, b)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("empty the bans of visitor %s: %w", v, err)
	}
	return int64(len(bans)), nil
}

// Names reports whether a ban names the visitor.
func (s *Service) Names(ctx context.Context, tx *db.Tx, p id.Property, v id.Visitor) (bool, error) {
	return names(ctx, tx, p, v)
}
