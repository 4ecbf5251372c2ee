package ban

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"unicode/utf8"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/kernel/page"
	"parley/internal/platform/db"
)

// maxLift is how many bans are lifted at once.
const maxLift = 1000

// Get reads one ban of the property, with its record.
func (s *Service) Get(ctx context.Context, who actor.Agent, ban id.Ban) (b Ban, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		b, err = find(ctx, tx, who.Property, ban)
		return err
	})
	return b, err
}

// List pages through the property's bans, without their records.
func (s *Service) List(ctx context.Context, who actor.Agent, f Filter, from page.Cursor, limit int) (items []Ban, next page.Cursor, err error) {
	if f.Sort == "" {
		f.Sort = NewestFirst
	}
	if _, ok := orders[f.Sort]; !ok || (f.Kind != "" && !slices.Contains(Kinds, f.Kind)) {
		return nil, page.Cursor{}, ErrFilter
	}
	limit = page.Limit(limit)
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		items, err = list(ctx, tx, who.Property, f, part{from, limit + 1, s.Now()})
		return err
	})
	if err != nil {
		return nil, page.Cursor{}, fmt.Errorf("list bans: %w", err)
	}
	if len(items) > limit {
		items = items[:limit]
		last := items[limit-1]
		next = page.Cursor{At: orders[f.Sort].of(last), ID: string(last.ID)}
	}
	return items, next, nil
}

// Patch changes a ban in force; nil leaves it.
type Patch struct {
	Reason *string
	EndsAt *int64
}

// editDetail is what the audit log keeps of an edit.
type editDetail struct {
	Label  string        `json:"label"`
	Reason *audit.Change `json:"reason,omitempty"`
	EndsAt *audit.Change `json:"ends_at,omitempty"`
}

// Edit changes the reason or the end of a ban in force; ErrOver of one that is over. Changing nothing is fine and silent.
func (s *Service) Edit(ctx context.Context, who actor.Agent, ban id.Ban, change Patch) (b Ban, err error) {
	now := s.Now().UnixMilli()
	if change.EndsAt != nil {
		if err := End(*change.EndsAt, now); err != nil {
			return Ban{}, err
		}
	}
	if change.Reason != nil {
		reason, err := Reason(*change.Reason)
		if err != nil {
			return Ban{}, err
		}
		change.Reason = &reason
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if b, err = find(ctx, tx, who.Property, ban); err != nil {
			return err
		}
		if !b.In(now) {
			return ErrOver
		}
		detail := b.change(change)
		if detail.Reason == nil && detail.EndsAt == nil {
			return nil
		}
		changedAt, ok, err := edit(ctx, tx, who.Property, b, now)
		if err == nil && !ok {
			err = ErrOver // somebody was faster
		}
		if err != nil {
			return err
		}
		b.ChangedAt = changedAt
		Changed.Emit(tx, who.Property, Change{Bans: []Entry{b.Entry}})
		return audit.Write(ctx, tx, s.entry(who, audit.BanEdited, string(b.ID), detail))
	})
	if err != nil {
		return Ban{}, fmt.Errorf("edit ban %s: %w", ban, err)
	}
	s.apply(who.Property, Change{Bans: []Entry{b.Entry}})
	return b, nil
}

// change makes the change and answers what it was.
func (b *Ban) change(p Patch) editDetail {
	d := editDetail{Label: b.AuditLabel()}
	if p.Reason != nil && *p.Reason != b.Reason {
		d.Reason = &audit.Change{Was: b.Reason, Now: *p.Reason}
		b.Reason = *p.Reason
	}
	if p.EndsAt != nil && *p.EndsAt != b.EndsAt {
		d.EndsAt = &audit.Change{Was: b.EndsAt, Now: *p.EndsAt}
		b.EndsAt = *p.EndsAt
	}
	return d
}

func (s *Service) entry(who actor.Agent, action audit.Action, target string, detail any) audit.Entry {
	return audit.Entry{Property: who.Property, At: s.Now(), Agent: who.ID, Action: action, Target: target, Detail: detail}
}

// Lift takes a ban back. It stays in the list of past bans. Lifting one that is over changes nothing.
func (s *Service) Lift(ctx context.Context, who actor.Agent, ban id.Ban) (Ban, error) {
	if _, err := s.LiftMany(ctx, who, []id.Ban{ban}); err != nil {
		return Ban{}, err
	}
	return s.Get(ctx, who, ban)
}

// labelDetail is what the audit log keeps of a lift.
type labelDetail struct {
	Label string `json:"label"`
}

// LiftMany takes bans back, all or none, and answers how many were in force. ErrNotFound: one of them is not the property's.
func (s *Service) LiftMany(ctx context.Context, who actor.Agent, bans []id.Ban) (int, error) {
	if len(bans) > maxLift {
		return 0, ErrTooMany
	}
	bans = slices.Compact(slices.Sorted(slices.Values(bans))) // in one order, so that two of these do not lock each other
	var c Change
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		c = Change{}
		var log []audit.Entry
		for _, one := range bans {
			b, err := find(ctx, tx, who.Property, one)
			if err != nil {
				return err
			}
			now := s.Now().UnixMilli()
			changedAt, ok, err := lift(ctx, tx, who.Property, one, who.ID, now)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			b.LiftedAt, b.ChangedAt = now, changedAt
			c.Bans = append(c.Bans, b.Entry)
			log = append(log, s.entry(who, audit.BanLifted, string(one), labelDetail{b.AuditLabel()}))
		}
		emit(tx, who.Property, c.Bans)
		return audit.Write(ctx, tx, log...)
	})
	if err != nil {
		return 0, fmt.Errorf("lift bans: %w", err)
	}
	s.apply(who.Property, c)
	return len(c.Bans), nil
}

// emitted is how many entries one event carries: reasons are long, and an event is at most 1 MB.
const emitted = 100

func emit(tx *db.Tx, p id.Property, entries []Entry) {
	for some := range slices.Chunk(entries, emitted) {
		Changed.Emit(tx, p, Change{Bans: some})
	}
}

// Question is what somebody asks the test box. Fill one or more.
type Question struct {
	Address string
	Email   string
	Visitor id.Visitor
}

// Answer is what the decision says of a question.
type Answer struct {
	Banned  bool
	Ban     *Ban            // why
	Allowed *AllowedNetwork // why not
}

// Test answers whether somebody would be let in, and by what not, without a trace.
func (s *Service) Test(ctx context.Context, who actor.Agent, q Question) (Answer, error) {
	asks := Who{Visitor: q.Visitor, Email: q.Email}
	if q.Address != "" {
		asks.Addresses = Addresses(q.Address)
		if !asks.Addresses[0].IsValid() {
			return Answer{}, ErrNetwork.At("address")
		}
	}
	if q.Visitor == "" && q.Email == "" && q.Address == "" {
		return Answer{}, ErrNothing
	}
	v, err := s.decide(ctx, who.Property, asks)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Banned: v.Banned}
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if v.By != "" {
			b, err := find(ctx, tx, who.Property, v.By)
			a.Ban = &b
			return err
		}
		if !v.Allowed.IsValid() {
			return nil
		}
		all, err := listAllowed(ctx, tx, who.Property)
		if i := slices.IndexFunc(all, func(n AllowedNetwork) bool { return n.Network == v.Allowed }); i >= 0 {
			a.Allowed = &all[i]
		}
		return err
	})
	return a, err
}

// AllowList reads the property's allow list, newest first.
func (s *Service) AllowList(ctx context.Context, who actor.Agent) (all []AllowedNetwork, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = listAllowed(ctx, tx, who.Property)
		return err
	})
	return all, err
}

// allowedDetail is what the audit log keeps of the allow list.
type allowedDetail struct {
	Network netip.Prefix `json:"network"`
	Note    string       `json:"note,omitempty"`
}

// Allow puts a network on the allow list: nobody who comes from it is banned by anything. ErrListed: it is there already.
func (s *Service) Allow(ctx context.Context, who actor.Agent, network, note string) (AllowedNetwork, error) {
	n, err := Network(network)
	if err != nil {
		return AllowedNetwork{}, err
	}
	if note = plain(note); utf8.RuneCountInString(note) > maxNote {
		return AllowedNetwork{}, ErrNote
	}
	now := s.Now().UnixMilli()
	a := AllowedNetwork{Allowed: Allowed{ID: id.New[id.Network](), Network: n, ChangedAt: now}, Note: note, By: who.ID, MadeAt: now}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		inserted, err := insertAllowed(ctx, tx, who.Property, a)
		if err == nil && !inserted {
			err = ErrListed.At("network")
		}
		if err != nil {
			return err
		}
		Changed.Emit(tx, who.Property, Change{Allowed: []Allowed{a.Allowed}})
		return audit.Write(ctx, tx, s.entry(who, audit.NetworkAllowed, string(a.ID), allowedDetail{n, note}))
	})
	if err != nil {
		return AllowedNetwork{}, fmt.Errorf("allow network: %w", err)
	}
	s.apply(who.Property, Change{Allowed: []Allowed{a.Allowed}})
	return a, nil
}

// Disallow takes an entry off the allow list. ErrNoNetwork: it is not there.
func (s *Service) Disallow(ctx context.Context, who actor.Agent, entry id.Network) error {
	var a Allowed
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		var ok bool
		a, ok, err = removeAllowed(ctx, tx, who.Property, entry, s.Now().UnixMilli())
		if err == nil && !ok {
			err = ErrNoNetwork
		}
		if err != nil {
			return err
		}
		Changed.Emit(tx, who.Property, Change{Allowed: []Allowed{a}})
		return audit.Write(ctx, tx, s.entry(who, audit.NetworkRemoved, string(a.ID), allowedDetail{Network: a.Network}))
	})
	if err != nil {
		return fmt.Errorf("disallow network %s: %w", entry, err)
	}
	s.apply(who.Property, Change{Allowed: []Allowed{a}})
	return nil
}
