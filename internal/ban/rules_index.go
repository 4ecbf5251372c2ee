package ban

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/kernel/id"
)

// Index is a property's bans and allow list in the form that the decision asks: a hash map for each kind, and for networks
// one for each length of prefix in use, so that a million entries cost no more than one. It does no I/O. Safe for
// concurrent use. Make it with [NewIndex].
type Index struct {
	generation atomic.Uint64

	mu       sync.RWMutex
	known    map[id.Ban]*Entry
	listed   map[id.Network]Allowed
	gone     map[string]int64 // what was lifted or removed, and when: late news must not bring it back
	visitors table[id.Visitor]
	emails   table[string]
	domains  table[string]
	networks networks
	allowed  networks // of entries made from the allow list
	ending   map[id.Ban]*Entry
}

// NewIndex makes an index without entries.
func NewIndex() *Index {
	return &Index{
		known: map[id.Ban]*Entry{}, listed: map[id.Network]Allowed{}, gone: map[string]int64{}, ending: map[id.Ban]*Entry{},
		visitors: newTable[id.Visitor](), emails: newTable[string](), domains: newTable[string](),
	}
}

// Decide says whether who may come in at now. The allow list wins over every ban, for the addresses that are on it; a
// visitor, an email address and a domain are let in by it only if everything in who.Addresses is. Of several entries that
// cover who, the one that is named is of the visitor, else of the longest network, the email address, the domain. who must be canonical.
func (x *Index) Decide(who Who, now time.Time) Verdict {
	at := now.UnixMilli()
	x.mu.RLock()
	defer x.mu.RUnlock()
	network, free, ok := x.decideAddresses(who.Addresses, at)
	switch {
	case !ok:
		return Verdict{Banned: true}
	case free != nil:
		return Verdict{Allowed: free.Network}
	}
	by := network
	if e := x.visitors.find(who.Visitor, at); who.Visitor != "" && e != nil {
		by = e
	}
	if by == nil && who.Email != "" {
		if by = x.emails.find(who.Email, at); by == nil {
			by = x.domains.find(domainOf(who.Email), at)
		}
	}
	if by == nil {
		return Verdict{}
	}
	v := Verdict{Banned: true, By: by.ID, Reason: by.Reason}
	if by.EndsAt > 0 {
		v.Until = time.UnixMilli(by.EndsAt).UTC()
	}
	return v
}

// decideAddresses finds the entry that bans one of the addresses, or the one of the allow list where all are on it. ok is
// false when one could not be read.
func (x *Index) decideAddresses(addresses []netip.Addr, at int64) (banned, free *Entry, ok bool) {
	all := true
	for _, a := range addresses {
		if !a.IsValid() {
			return nil, nil, false
		}
		a = canonical(a)
		if e := x.allowed.find(a, at); e != nil {
			free = e
			continue
		}
		all = false
		if banned == nil {
			banned = x.networks.find(a, at)
		}
	}
	if !all {
		free = nil
	}
	return banned, free, true
}

// Apply takes in what has become of an entry and reports whether that was news. Any order and any repetition is fine:
// what changed last holds.
func (x *Index) Apply(e Entry) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.known[e.ID]
	if (was != nil && was.ChangedAt >= e.ChangedAt) || x.gone[string(e.ID)] >= e.ChangedAt {
		return false
	}
	if was != nil {
		x.drop(was)
	}
	if e.LiftedAt > 0 {
		x.gone[string(e.ID)] = e.ChangedAt
	} else {
		x.add(&e)
	}
	x.generation.Add(1)
	return true
}

func (x *Index) add(e *Entry) {
	x.known[e.ID] = e
	if e.EndsAt > 0 {
		x.ending[e.ID] = e
	}
	if e.Visitor != "" {
		x.visitors.add(e.Visitor, e)
	}
	if e.Network.IsValid() {
		x.networks.add(e)
	}
	if e.Email != "" {
		x.emails.add(e.Email, e)
	}
	if e.Domain != "" {
		x.domains.add(e.Domain, e)
	}
}

func (x *Index) drop(e *Entry) {
	delete(x.known, e.ID)
	delete(x.ending, e.ID)
	if e.Visitor != "" {
		x.visitors.drop(e.Visitor, e)
	}
	if e.Network.IsValid() {
		x.networks.drop(e)
	}
	if e.Email != "" {
		x.emails.drop(e.Email, e)
	}
	if e.Domain != "" {
		x.domains.drop(e.Domain, e)
	}
}

// ApplyAllowed is Apply for the allow list.
func (x *Index) ApplyAllowed(a Allowed) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	was, known := x.listed[a.ID]
	if (known && was.ChangedAt >= a.ChangedAt) || x.gone[string(a.ID)] >= a.ChangedAt {
		return false
	}
	if known {
		x.allowed.drop(&Entry{ID: id.Ban(was.ID), Network: was.Network})
		delete(x.listed, a.ID)
	}
	if a.RemovedAt > 0 {
		x.gone[string(a.ID)] = a.ChangedAt
	} else {
		x.listed[a.ID] = a
		x.allowed.add(&Entry{ID: id.Ban(a.ID), Network: a.Network})
	}
	x.generation.Add(1)
	return true
}

// Forget drops what the decision no longer needs: entries that have lapsed, and the memory of what went before since. It
// changes no answer, as long as no news from before since is still on its way.
func (x *Index) Forget(now, since int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.ending {
		if !e.In(now) && e.ChangedAt < since {
			x.drop(e)
		}
	}
	for key, at := range x.gone {
		if at < since {
			delete(x.gone, key)
		}
	}
}

// Has reports whether an entry in force covers exactly one thing of e: the same visitor, network, email address or domain.
func (x *Index) Has(e Entry, now time.Time) bool {
	at := now.UnixMilli()
	x.mu.RLock()
	defer x.mu.RUnlock()
	return (e.Visitor != "" && x.visitors.find(e.Visitor, at) != nil) ||
		(e.Network.IsValid() && x.networks.exact(e.Network, at) != nil) ||
		(e.Email != "" && x.emails.find(e.Email, at) != nil) ||
		(e.Domain != "" && x.domains.find(e.Domain, at) != nil)
}

// Generation changes with everything that Apply took in.
func (x *Index) Generation() uint64 { return x.generation.Load() }

// ByEmail reports whether there is an entry by email address or domain, lapsed ones included.
func (x *Index) ByEmail() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.emails.one)+len(x.domains.one) > 0
}

// Len counts the entries that are not lifted.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.known)
}

// table finds entries by one key. Nearly always there is one a key; more holds the others.
type table[K comparable] struct {
	one  map[K]*Entry
	more map[K][]*Entry
}

func newTable[K comparable]() table[K] { return table[K]{one: map[K]*Entry{}, more: map[K][]*Entry{}} }

func (t table[K]) add(k K, e *Entry) {
	if _, taken := t.one[k]; taken {
		t.more[k] = append(t.more[k], e)
		return
	}
	t.one[k] = e
}

func (t table[K]) drop(k K, e *Entry) {
	rest := slices.DeleteFunc(t.more[k], func(o *Entry) bool { return o.ID == e.ID })
	if first := t.one[k]; first != nil && first.ID == e.ID {
		if len(rest) == 0 {
			delete(t.one, k)
			return
		}
		t.one[k], rest = rest[0], rest[1:]
	}
	if len(rest) == 0 {
		delete(t.more, k)
		return
	}
	t.more[k] = rest
}

// find is the entry in force that lasts longest.
func (t table[K]) find(k K, at int64) *Entry {
	best := t.one[k]
	if best == nil {
		return nil
	}
	if !best.In(at) {
		best = nil
	}
	if len(t.more) == 0 {
		return best
	}
	for _, e := range t.more[k] {
		if e.In(at) && (best == nil || lastsLonger(e, best)) {
			best = e
		}
	}
	return best
}

func lastsLonger(a, b *Entry) bool {
	if a.EndsAt == 0 || b.EndsAt == 0 {
		return b.EndsAt != 0
	}
	return a.EndsAt > b.EndsAt
}

// networks finds the entries whose network an address is in, with one table for each length of prefix in use.
type networks struct {
	four []length[uint32] // longest first
	six  []length[[2]uint64]
}

type length[K comparable] struct {
	bits int
	table[K]
}

func (n *networks) add(e *Entry) {
	if a := e.Network.Addr(); a.Is4() {
		n.four = withLength(n.four, e.Network.Bits())
		at(n.four, e.Network.Bits()).add(key4(a, 32), e)
	} else {
		n.six = withLength(n.six, e.Network.Bits())
		at(n.six, e.Network.Bits()).add(key6(a, 128), e)
	}
}

func (n *networks) drop(e *Entry) {
	bits := e.Network.Bits()
	if a := e.Network.Addr(); a.Is4() {
		at(n.four, bits).drop(key4(a, 32), e)
		n.four = slices.DeleteFunc(n.four, func(l length[uint32]) bool { return len(l.one) == 0 })
	} else {
		at(n.six, bits).drop(key6(a, 128), e)
		n.six = slices.DeleteFunc(n.six, func(l length[[2]uint64]) bool { return len(l.one) == 0 })
	}
}

// find is the entry in force with the longest network that a is in.
func (n *networks) find(a netip.Addr, at int64) *Entry {
	if a.Is4() {
		for i := range n.four {
			if e := n.four[i].find(key4(a, n.four[i].bits), at); e != nil {
				return e
			}
		}
		return nil
	}
	for i := range n.six {
		if e := n.six[i].find(key6(a, n.six[i].bits), at); e != nil {
			return e
		}
	}
	return nil
}

func (n *networks) exact(p netip.Prefix, now int64) *Entry {
	if p.Addr().Is4() {
		return at(n.four, p.Bits()).find(key4(p.Addr(), 32), now)
	}
	return at(n.six, p.Bits()).find(key6(p.Addr(), 128), now)
}

func key4(a netip.Addr, bits int) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:]) & (^uint32(0) << (32 - bits))
}

func key6(a netip.Addr, bits int) [2]uint64 {
	b := a.As16()
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	if bits <= 64 {
		return [2]uint64{high & (^uint64(0) << (64 - bits)), 0}
	}
	return [2]uint64{high, low & (^uint64(0) << (128 - bits))}
}

// withLength makes sure that there is a table for this length.
func withLength[K comparable](all []length[K], bits int) []length[K] {
	i, found := slices.BinarySearchFunc(all, bits, longerFirst[K])
	if found {
		return all
	}
	return slices.Insert(all, i, length[K]{bits: bits, table: newTable[K]()})
}

// at is the table of this length; an empty one where there is none.
func at[K comparable](all []length[K], bits int) table[K] {
	if i, found := slices.BinarySearchFunc(all, bits, longerFirst[K]); found {
		return all[i].table
	}
	return table[K]{}
}

func longerFirst[K comparable](l length[K], bits int) int { return cmp.Compare(bits, l.bits) }
