package app

import (
	"fmt"
	"net/netip"
	"time"

	"parley/internal/ban"
	"parley/internal/kernel/id"
)

const decisionsMeasured = 200_000

// decisionTime is how long one decision takes among so many bans of every kind, in nanoseconds, for visitors who are free:
// nothing is found early. `parley bench bans` prints it.
func decisionTime(bans int) float64 {
	index, now := ban.NewIndex(), time.Now()
	for i := range bans {
		index.Apply(madeUp(i))
	}
	who := make([]ban.Who, 1024)
	for i := range who {
		who[i] = ban.Who{
			Visitor: id.New[id.Visitor](), Email: fmt.Sprintf("free%d@good.example", i),
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})},
		}
	}
	began := time.Now()
	for i := range decisionsMeasured {
		if index.Decide(who[i%len(who)], now).Banned {
			panic("a visitor whom no ban covers is banned") // the figure would mean nothing
		}
	}
	return float64(time.Since(began).Nanoseconds()) / decisionsMeasured
}

// madeUp is the i-th ban; their kinds take turns, and none covers documentation's own addresses.
func madeUp(i int) ban.Entry {
	e := ban.Entry{ID: id.New[id.Ban](), Reason: "bench", ChangedAt: 1}
	b := [4]byte{10 + byte(i%4), byte(i >> 16), byte(i >> 8), byte(i)} //nolint:gosec // cut on purpose
	switch i % 6 {
	case 0, 1:
		e.Network = netip.PrefixFrom(netip.AddrFrom4(b), 32)
	case 2:
		e.Network = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, b[0], b[1], b[2], b[3]}), 64)
	case 3:
		e.Network = netip.PrefixFrom(netip.AddrFrom4(b), 16+i%12).Masked()
	case 4:
		e.Email = fmt.Sprintf("bad%d@bad.example", i)
	default:
		e.Visitor = id.New[id.Visitor]()
	}
	return e
}
