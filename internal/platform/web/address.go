package web

import (
	"net/netip"
	"slices"
	"strings"
)

// clientAddress finds the canonical address of the client: the peer's, or, when the peer is a trusted proxy, the
// right-most hop of X-Forwarded-For that is none. Whatever stands left of that hop was written by the client and is not believed.
// ok is false when the answer cannot be known: an unreadable peer, or an unreadable hop that a trusted proxy vouches for.
func clientAddress(remote string, forwarded []string, trusted []netip.Prefix) (addr netip.Addr, ok bool) {
	addr, ok = parseHop(remote)
	if !ok || !within(addr, trusted) {
		return addr, ok
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",") // several headers are one list
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if hop == "" && len(hops) == 1 {
			return addr, true // no header: the proxy speaks for itself (a health check)
		}
		if addr, ok = parseHop(hop); !ok || !within(addr, trusted) {
			return addr, ok
		}
	}
	return addr, true // every hop is a trusted proxy: the left-most is the client
}

// parseHop reads an address with or without a port and brackets, and makes it canonical: no IPv4 inside IPv6, no zone.
func parseHop(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			inner, found := strings.CutPrefix(s, "[")
			inner, closed := strings.CutSuffix(inner, "]")
			if addr, err = netip.ParseAddr(inner); err != nil || !found || !closed || !addr.Is6() {
				return netip.Addr{}, false
			}
		} else {
			addr = withPort.Addr()
		}
	}
	return addr.WithZone("").Unmap(), true
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// canonical makes prefixes match canonical addresses: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
func canonical(networks []netip.Prefix) []netip.Prefix {
	all := make([]netip.Prefix, 0, len(networks))
	for _, n := range networks {
		if n.Addr().Is4In6() && n.Bits() >= 96 {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
		}
		all = append(all, n.Masked())
	}
	return all
}
