package ban_test

import (
	"fmt"
	"net/netip"
	"testing"

	"parley/internal/ban"
	"parley/internal/kernel/id"
)

// filled has n entries of every kind, the networks of many lengths.
func filled(n int) *ban.Index {
	x := ban.NewIndex()
	for i := range n {
		e := ban.Entry{ID: id.New[id.Ban](), Reason: "spam", ChangedAt: 1}
		four := netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
		switch i % 8 {
		case 0:
			e.Visitor = id.New[id.Visitor]()
		case 1:
			e.Email = fmt.Sprintf("spam%d@example.com", i)
		case 2:
			e.Domain = fmt.Sprintf("spam%d.example", i)
		case 3:
			e.Network, _ = four.Prefix(20 + i/8%12)
		case 4, 5:
			e.Network = ban.NetworkOf(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb9, 0, byte(i >> 16), byte(i >> 8), byte(i)}))
		default:
			e.Network = ban.NetworkOf(four)
		}
		x.Apply(e)
	}
	return x
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{0, 1_000, 1_000_000} {
		x := filled(n)
		for name, address := range map[string]string{"IPv4": "203.0.113.7", "IPv6": "2001:db8::1"} {
			who := ban.Who{Visitor: id.New[id.Visitor](), Addresses: ban.Addresses(address), Email: "bob@example.com"}
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if x.Decide(who.Canonical(), noon).Banned {
						b.Fatal("banned")
					}
				}
			})
		}
	}
}

func TestADecisionCostsNoMemory(t *testing.T) {
	x := filled(1000)
	who := ban.Who{Visitor: "v", Addresses: ban.Addresses("2001:db8::1", "203.0.113.7"), Email: "bob@example.com"}
	if n := testing.AllocsPerRun(100, func() { x.Decide(who.Canonical(), noon) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
