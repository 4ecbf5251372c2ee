package web

import (
	"net/netip"
	"testing"
)

var proxies = canonical([]netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::ffff:172.16.0.0/108"), netip.MustParsePrefix("fd00::/8"),
})

func TestTheClientsAddressIsTheRightMostHopThatNobodyTrusts(t *testing.T) {
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string // empty: refused
	}{
		{"a client without a proxy", "203.0.113.9:4711", nil, "203.0.113.9"},
		{"a client's own header is not believed", "203.0.113.9:4711", []string{"198.51.100.1"}, "203.0.113.9"},
		{"nor an unreadable one", "203.0.113.9:4711", []string{"junk"}, "203.0.113.9"},
		{"IPv6", "[2001:db8::1]:443", nil, "2001:db8::1"},
		{"IPv6 in its long form", "[2001:0db8:0:0:0:0:0:1]:443", nil, "2001:db8::1"},
		{"IPv4 mapped into IPv6", "[::ffff:203.0.113.9]:4711", nil, "203.0.113.9"},
		{"a zone", "[fe80::1%eth0]:4711", nil, "fe80::1"},
		{"a peer that cannot be read", "@", nil, ""},
		{"no peer at all", "", nil, ""},

		{"one proxy", "10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"one proxy, mapped", "[::ffff:10.0.0.1]:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a proxy whose network was given mapped", "172.17.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"an IPv6 proxy", "[fd00::1]:80", []string{"2001:db8::7"}, "2001:db8::7"},
		{"a forged hop on the left", "10.0.0.1:80", []string{"127.0.0.1, 198.51.100.1"}, "198.51.100.1"},
		{"a forged trusted hop on the left", "10.0.0.1:80", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		{"a forged unreadable hop on the left", "10.0.0.1:80", []string{"junk, 198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.0.0.1:80", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"two headers are one list", "10.0.0.1:80", []string{"192.0.2.66", "198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"the client's own header before the proxy's", "10.0.0.1:80", []string{"10.0.0.7", "198.51.100.1"}, "198.51.100.1"},
		{"a hop with a port", "10.0.0.1:80", []string{"198.51.100.1:5555"}, "198.51.100.1"},
		{"a hop in brackets", "10.0.0.1:80", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"a hop in brackets with a port", "10.0.0.1:80", []string{"[2001:db8::7]:5555"}, "2001:db8::7"},
		{"a hop with a zone", "10.0.0.1:80", []string{"fe80::7%wlan0"}, "fe80::7"},
		{"a mapped hop", "10.0.0.1:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"a mapped trusted hop", "10.0.0.1:80", []string{"198.51.100.1, ::ffff:10.0.0.2"}, "198.51.100.1"},
		{"spaces and tabs", "10.0.0.1:80", []string{" \t198.51.100.1 ,\t10.0.0.2 "}, "198.51.100.1"},
		{"only proxies", "10.0.0.1:80", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"the proxy itself (a health check)", "10.0.0.1:80", nil, "10.0.0.1"},
		{"an empty header", "10.0.0.1:80", []string{""}, "10.0.0.1"},

		{"an unreadable hop from a proxy", "10.0.0.1:80", []string{"junk"}, ""},
		{"an unknown hop from a proxy", "10.0.0.1:80", []string{"unknown"}, ""},
		{"an empty hop on the right", "10.0.0.1:80", []string{"198.51.100.1,"}, ""},
		{"an empty hop between", "10.0.0.1:80", []string{"198.51.100.1,,10.0.0.2"}, ""},
		{"an empty header after one", "10.0.0.1:80", []string{"198.51.100.1", ""}, ""},
		{"too many numbers", "10.0.0.1:80", []string{"198.51.100.1.5"}, ""},
		{"octal numbers", "10.0.0.1:80", []string{"198.051.100.001"}, ""},
		{"IPv4 in brackets", "10.0.0.1:80", []string{"[198.51.100.1]"}, ""},
		{"half a bracket", "10.0.0.1:80", []string{"[2001:db8::7"}, ""},
		{"a port that is none", "10.0.0.1:80", []string{"198.51.100.1:99999"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, ok := clientAddress(c.remote, c.forwarded, proxies)
			if got := addr.String(); ok != (c.want != "") || ok && got != c.want {
				t.Errorf("clientAddress(%q, %q) = %q, %v; want %q", c.remote, c.forwarded, got, ok, c.want)
			}
		})
	}
}

// The address is canonical whatever comes, and only a trusted peer's word moves it.
func FuzzClientAddress(f *testing.F) {
	f.Add("10.0.0.1:80", "198.51.100.1, 10.0.0.2", "::ffff:1.2.3.4")
	f.Add("[::ffff:10.0.0.1]:80", "[2001:db8::7%x]:1", "")
	f.Add("203.0.113.9:4711", "unknown", ",,")
	f.Fuzz(func(t *testing.T, remote, first, second string) {
		addr, ok := clientAddress(remote, []string{first, second}, proxies)
		if !ok {
			return
		}
		if !addr.IsValid() || addr.Zone() != "" || addr.Is4In6() {
			t.Errorf("%v is not canonical", addr)
		}
		if back, err := netip.ParseAddr(addr.String()); err != nil || back != addr {
			t.Errorf("%v does not survive being written: %v, %v", addr, back, err)
		}
		if peer, _ := parseHop(remote); !within(peer, proxies) && addr != peer {
			t.Errorf("the header of %v, whom nobody trusts, made it %v", peer, addr)
		}
	})
}
