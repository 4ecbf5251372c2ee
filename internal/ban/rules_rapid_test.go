package ban_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/ban"
	"parley/internal/kernel/id"
)

// naive decides by looking at everything.
func naive(all map[id.Ban]ban.Entry, allowed map[id.Network]ban.Allowed, who ban.Who, now int64) (banned bool) {
	listed := func(a netip.Addr) bool {
		for _, n := range allowed {
			if n.RemovedAt == 0 && n.Network.Contains(a) {
				return true
			}
		}
		return false
	}
	free := len(who.Addresses) > 0
	for _, a := range who.Addresses {
		if !a.IsValid() {
			return true
		}
		free = free && listed(a)
	}
	if free {
		return false
	}
	_, domain, _ := strings.Cut(who.Email, "@")
	for _, e := range all {
		if e.LiftedAt > 0 || (e.EndsAt > 0 && e.EndsAt <= now) {
			continue
		}
		if (e.Visitor != "" && e.Visitor == who.Visitor) || (e.Email != "" && e.Email == who.Email) || (e.Domain != "" && e.Domain == domain) {
			return true
		}
		for _, a := range who.Addresses {
			if e.Network.IsValid() && e.Network.Contains(a) && !listed(a) {
				return true
			}
		}
	}
	return false
}

var (
	// Few values, so that they meet.
	anAddress = rapid.Custom(func(t *rapid.T) netip.Addr {
		if rapid.Bool().Draw(t, "four") {
			return netip.AddrFrom4([4]byte{10, 0, byte(rapid.IntRange(0, 3).Draw(t, "c")), byte(rapid.IntRange(0, 7).Draw(t, "d"))})
		}
		b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
		b[7], b[15] = byte(rapid.IntRange(0, 3).Draw(t, "house")), byte(rapid.IntRange(0, 3).Draw(t, "host"))
		return netip.AddrFrom16(b)
	})
	aNetwork = rapid.Custom(func(t *rapid.T) netip.Prefix {
		a := anAddress.Draw(t, "address")
		least, most := 28, 32
		if a.Is6() {
			least, most = 60, 66
		}
		if rapid.IntRange(0, 4).Draw(t, "wide") == 0 {
			least = 8
		}
		p, _ := a.Prefix(rapid.IntRange(least, most).Draw(t, "bits"))
		return p
	})
	anEmail = rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("%s@%s.example", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "local"), rapid.SampledFrom([]string{"x", "y"}).Draw(t, "domain"))
	})
	aVisitor = rapid.SampledFrom([]id.Visitor{"v1", "v2", "v3"})
)

func anEntry(t *rapid.T, n int64) ban.Entry {
	e := ban.Entry{
		ID: id.Ban(fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "id"))), ChangedAt: n,
		EndsAt: rapid.SampledFrom([]int64{0, 0, 50, 100, 150}).Draw(t, "end"), LiftedAt: rapid.SampledFrom([]int64{0, 0, 0, 1}).Draw(t, "lifted"),
	}
	kinds := rapid.IntRange(1, 15).Draw(t, "kinds")
	if kinds&1 > 0 {
		e.Visitor = aVisitor.Draw(t, "visitor")
	}
	if kinds&2 > 0 {
		e.Network = aNetwork.Draw(t, "network")
	}
	if kinds&4 > 0 {
		e.Email = anEmail.Draw(t, "email")
	}
	if kinds&8 > 0 {
		e.Domain = rapid.SampledFrom([]string{"x.example", "y.example"}).Draw(t, "domain")
	}
	return e
}

func TestTheIndexDecidesLikeSomebodyWhoLooksAtEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := ban.NewIndex()
		all, allowed := map[id.Ban]ban.Entry{}, map[id.Network]ban.Allowed{}
		for n := range int64(rapid.IntRange(0, 30).Draw(t, "changes")) {
			if rapid.IntRange(0, 3).Draw(t, "allow") == 0 {
				a := ban.Allowed{
					ID: id.Network(fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "listed"))), Network: aNetwork.Draw(t, "allowed"), ChangedAt: n + 1,
					RemovedAt: rapid.SampledFrom([]int64{0, 1}).Draw(t, "removed"),
				}
				allowed[a.ID] = a
				x.ApplyAllowed(a)
				continue
			}
			e := anEntry(t, n+1)
			if old, ok := all[e.ID]; ok && rapid.Bool().Draw(t, "late") {
				old.ChangedAt = n // what was before: nothing of it may count
				x.Apply(e)
				x.Apply(old)
			} else {
				x.Apply(e)
			}
			all[e.ID] = e
		}
		for range 10 {
			who := ban.Who{Visitor: aVisitor.Draw(t, "who"), Addresses: rapid.SliceOfN(anAddress, 0, 2).Draw(t, "from")}
			if rapid.Bool().Draw(t, "writes an address") {
				who.Email = anEmail.Draw(t, "mail")
			}
			if rapid.IntRange(0, 9).Draw(t, "unreadable") == 0 {
				who.Addresses = append(who.Addresses, netip.Addr{})
			}
			now := rapid.SampledFrom([]int64{0, 49, 50, 100, 200}).Draw(t, "now")
			got := x.Decide(who, time.UnixMilli(now))
			if want := naive(all, allowed, who, now); got.Banned != want {
				t.Fatalf("%+v: %+v, want banned %v\n%+v\n%+v", who, got, want, all, allowed)
			}
			if e, named := all[got.By]; named && (!e.Covers(who) || !e.In(now)) {
				t.Fatalf("%+v is banned by %+v", who, e)
			}
		}
	})
}
