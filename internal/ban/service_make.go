package ban

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"parley/internal/audit"
	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/db"
)

const (
	// lastMessages is how much of the chat the record keeps: enough to see why.
	lastMessages = 20
	// recently is how far back a preview looks.
	recently = 24 * time.Hour
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

// byHand reports whether the draft has what only managers may ban.
func (d Draft) byHand() bool { return d.Network != "" || d.Email != "" || d.Domain != "" }

// asksWhoIsHere reports whether it matters who is connected: the other nodes' answers are waited for.
func (d Draft) asksWhoIsHere() bool {
	return d.Address || d.Network != "" || (d.Visitor != "" && d.Chat == "")
}

// Preview is what a draft would do.
type Preview struct {
	Network      string // that it would cover
	Others       int    // other visitors of the last 24 hours whom it would hit
	OthersInChat int    // … of them in a chat now
	Refused      error  // why it cannot be made; nil: it can
}

// plan is a draft that was understood.
type plan struct {
	entry   Entry
	subject subject
	online  []Present
	talking []soul // read in the transaction that ends their sessions
	allowed []netip.Prefix
	refused error
}

// Make bans: in one transaction the entry, the end of every session it covers, and the audit entry. When it returns, this
// node lets nobody in whom the ban covers, and the others are told.
func (s *Service) Make(ctx context.Context, who actor.Agent, d Draft) (Ban, error) {
	b, err := s.make(ctx, who, d)
	if err != nil {
		return Ban{}, fmt.Errorf("make ban: %w", err)
	}
	s.apply(who.Property, Change{Bans: []Entry{b.Entry}})
	return b, nil
}

func (s *Service) make(ctx context.Context, who actor.Agent, d Draft) (Ban, error) {
	now := s.Now().UnixMilli()
	reason, err := Reason(d.Reason)
	if err != nil {
		return Ban{}, err
	}
	if err := End(d.EndsAt, now); err != nil {
		return Ban{}, err
	}
	plan, err := s.plan(ctx, who, d)
	if err != nil {
		return Ban{}, err
	}
	if plan.refused != nil {
		return Ban{}, plan.refused
	}
	b := Ban{Entry: plan.entry, Chat: plan.subject.Chat, Session: plan.subject.Session, MadeAt: now, Person: plan.subject.Person, Record: plan.subject.Record}
	b.ID, b.Reason, b.By, b.EndsAt, b.ChangedAt = id.New[id.Ban](), reason, who.ID, d.EndsAt, now
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if b.Session != "" {
			if b.Record.Messages, err = s.Chats.LastMessages(ctx, tx, who.Property, b.Session, lastMessages); err != nil {
				return err
			}
		}
		if b.others() {
			if plan.talking, err = talking(ctx, tx, who.Property); err != nil {
				return err
			}
		}
		if err := s.put(ctx, tx, who.Property, b, plan); err != nil {
			return err
		}
		Changed.Emit(tx, who.Property, Change{Bans: []Entry{b.Entry}})
		return audit.Write(ctx, tx, s.made(who, b, d.From))
	})
	return b, err
}

// put stores the ban and ends the sessions it covers.
func (s *Service) put(ctx context.Context, tx *db.Tx, p id.Property, b Ban, plan plan) error {
	if err := insert(ctx, tx, p, b); err != nil {
		return err
	}
	visitors := plan.covered(b.Entry)
	if len(visitors) == 0 {
		return nil
	}
	return s.Chats.EndByBan(ctx, tx, p, Ref{ID: b.ID, By: b.By, Reason: b.Reason}, visitors)
}

// madeDetail is what the audit log keeps of a new ban.
type madeDetail struct {
	Label  string `json:"label"`
	Kinds  []Kind `json:"kinds"`
	Reason string `json:"reason"`
	EndsAt int64  `json:"ends_at"`
}

func (s *Service) made(who actor.Agent, b Ban, from string) audit.Entry {
	return audit.Entry{
		Property: who.Property, At: s.Now(), Agent: who.ID, Address: from, Action: audit.BanMade, Target: string(b.ID),
		Detail: madeDetail{Label: b.AuditLabel(), Kinds: b.Kinds(), Reason: b.Reason, EndsAt: b.EndsAt},
	}
}

// covered lists the visitors whose sessions the entry ends: those who talk from a place it covers, as their row has it, and
// those who are there now.
func (p plan) covered(e Entry) []id.Visitor {
	hit := map[id.Visitor]bool{}
	if e.Visitor != "" {
		hit[e.Visitor] = true
	}
	for _, all := range [][]soul{p.talking, here(p.online)} {
		for _, one := range all {
			if e.Covers(one.Who) && !free(one.Who, p.allowed) {
				hit[one.Visitor] = true
			}
		}
	}
	return slices.Collect(maps.Keys(hit))
}

func here(online []Present) []soul {
	all := make([]soul, len(online))
	for i, o := range online {
		all[i].Visitor, all[i].Addresses = o.Visitor, Addresses(o.Address)
	}
	return all
}

// free reports whether the allow list lets the visitor in.
func free(who Who, allowed []netip.Prefix) bool {
	for _, a := range who.Addresses {
		for _, n := range allowed {
			if n.Contains(a) {
				return true
			}
		}
	}
	return false
}

// Preview says what the draft would do. It needs neither a reason nor an end yet.
func (s *Service) Preview(ctx context.Context, who actor.Agent, d Draft) (Preview, error) {
	plan, err := s.plan(ctx, who, d)
	if err != nil {
		return Preview{}, fmt.Errorf("preview ban: %w", err)
	}
	e := plan.entry
	out := Preview{Network: text(e.Network), Refused: plan.refused}
	if !e.others() {
		return out, nil // nobody but the visitor
	}
	var all []soul
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		if all, err = talking(ctx, tx, who.Property); err != nil {
			return err
		}
		more, err := seen(ctx, tx, who.Property, s.Now().Add(-recently).UnixMilli())
		all = append(all, more...)
		return err
	})
	if err != nil {
		return Preview{}, fmt.Errorf("preview ban: %w", err)
	}
	hit := map[id.Visitor]bool{}
	for _, one := range append(all, here(plan.online)...) {
		if one.Visitor != plan.subject.Visitor && e.Covers(one.Who) && !free(one.Who, plan.allowed) {
			hit[one.Visitor] = hit[one.Visitor] || one.InChat
		}
	}
	inChat := map[id.Visitor]bool{} // somebody who is here from a covered address talks with an older address in their row
	for _, one := range all {
		inChat[one.Visitor] = inChat[one.Visitor] || one.InChat
	}
	for v := range hit {
		out.Others++
		if inChat[v] {
			out.OthersInChat++
		}
	}
	return out, nil
}

// plan understands a draft: whom and what it covers, and why it cannot be made.
func (s *Service) plan(ctx context.Context, who actor.Agent, d Draft) (plan, error) {
	if d.byHand() && !who.Role.Manages() {
		return plan{}, ErrByHand
	}
	if d.Chat == "" && d.Visitor == "" && !d.byHand() {
		return plan{}, ErrNothing
	}
	entry, err := understand(d)
	if err != nil {
		return plan{}, err
	}
	out := plan{entry: entry}
	if d.asksWhoIsHere() {
		if out.online, err = s.Chats.Online(ctx, who.Property); err != nil {
			return plan{}, err
		}
	}
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		var list []AllowedNetwork
		if list, err = listAllowed(ctx, tx, who.Property); err != nil {
			return err
		}
		out.allowed = nil
		for _, a := range list {
			out.allowed = append(out.allowed, a.Network)
		}
		out.subject, err = subjectOf(ctx, tx, who.Property, d, out.online)
		return err
	})
	if err != nil {
		return plan{}, err
	}
	out.entry.Visitor = out.subject.Visitor
	if r := &out.subject.Record; r.Country == "" { // no row, or one of before countries were known
		r.Country = s.Geo.Find(r.Address).Country
	}
	if d.Address && d.Network == "" {
		if out.entry.Network, err = Network(out.subject.Record.Address); err != nil {
			return plan{}, ErrNoAddress
		}
	}
	out.refused = out.refusal(d)
	return out, nil
}

// understand reads what the draft has by hand.
func understand(d Draft) (e Entry, err error) {
	if d.Network != "" {
		if e.Network, err = Network(d.Network); err != nil {
			return Entry{}, err
		}
	}
	if d.Email != "" {
		if e.Email, err = Email(d.Email); err != nil {
			return Entry{}, err
		}
	}
	if d.Domain != "" {
		if e.Domain, err = Domain(d.Domain); err != nil {
			return Entry{}, err
		}
	}
	return e, nil
}

// subjectOf finds the visitor of the draft. One without a row is known only while they are here.
func subjectOf(ctx context.Context, tx *db.Tx, p id.Property, d Draft, online []Present) (s subject, err error) {
	if d.Chat == "" && d.Visitor == "" {
		return subject{}, nil
	}
	s.Visitor = d.Visitor
	if d.Chat != "" {
		s.Chat = d.Chat
		if s.Visitor, s.Session, err = findChat(ctx, tx, p, d.Chat); err != nil {
			return subject{}, err
		}
		if d.Visitor != "" && d.Visitor != s.Visitor {
			return subject{}, ErrVisitor
		}
	} else if s.Chat, s.Session, err = newestChat(ctx, tx, p, d.Visitor); err != nil {
		return subject{}, err
	}
	if err := describe(ctx, tx, p, &s); err != nil {
		return subject{}, err
	}
	for _, o := range online {
		if o.Visitor != s.Visitor {
			continue
		}
		s.Known = true
		if s.Record.Address == "" {
			s.Record.Address = o.Address
		}
	}
	if !s.Known {
		return subject{}, ErrVisitor
	}
	return s, nil
}

// refusal says why the ban must not be made.
func (p plan) refusal(d Draft) error {
	if n := p.entry.Network; n.IsValid() {
		if own := Addresses(d.From)[0]; own.IsValid() && n.Contains(own) {
			return ErrOwnAddress
		}
		for _, a := range p.allowed {
			if a.Overlaps(n) {
				return ErrAllowed
			}
		}
	}
	if p.subject.Visitor != "" && p.subject.Record.Address != "" && free(Who{Addresses: Addresses(p.subject.Record.Address)}, p.allowed) {
		return ErrAllowed
	}
	return nil
}
