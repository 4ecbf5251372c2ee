package ban

import (
	"net/mail"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

const (
	minBits4  = 8  // wider is a slip that bans half the world
	minBits6  = 32 // what a provider is given
	household = 64 // bits of the IPv6 network that one household has
)

// Network reads an address or a range as people write it and puts it into the one form that is stored: an IPv4 address is
// its /32, an IPv6 address its /64, IPv4 inside IPv6 is IPv4, and a range begins where it begins. Zones are refused.
func Network(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, ErrNetwork
		}
		return checkWidth(NetworkOf(a))
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, ErrNetwork
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, ErrNetwork // IPv4 as a whole and more: nobody means that
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p.IsSingleIP() {
		p = NetworkOf(p.Addr())
	}
	return checkWidth(p.Masked())
}

// NetworkOf is what a ban of one address covers. The zero Addr has the zero Prefix.
func NetworkOf(a netip.Addr) netip.Prefix {
	a = canonical(a)
	bits := 32
	if a.Is6() {
		bits = household
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

func checkWidth(p netip.Prefix) (netip.Prefix, error) {
	least := minBits4
	if p.Addr().Is6() {
		least = minBits6
	}
	if p.Bits() < least {
		return netip.Prefix{}, ErrTooWide
	}
	return p, nil
}

// canonical compares equal however the address was written: no IPv4 inside IPv6, no zone.
func canonical(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Zone() != "" {
		return a.WithZone("")
	}
	return a
}

// kindOf tells an address from a range.
func kindOf(p netip.Prefix) Kind {
	if p == NetworkOf(p.Addr()) {
		return KindAddress
	}
	return KindRange
}

// hosts maps names as people write them (Bücher.example) to the ones in mail (xn--bcher-kva.example).
var hosts = idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.BidiRule())

// Domain puts an email domain into the form that is stored: lower case, punycode. It covers exactly this domain, none below.
func Domain(s string) (string, error) {
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "@"), ".")
	if s == "" || len(s) > 255 || strings.ContainsAny(s, "@:/*%[] ") {
		return "", ErrDomain
	}
	host, err := hosts.ToASCII(s)
	if err != nil || !strings.Contains(host, ".") {
		return "", ErrDomain
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return "", ErrDomain // an address is no domain
	}
	return host, nil
}

// Email puts an email address into the form that is stored: lower case, the domain in punycode.
func Email(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > 320 {
		return "", ErrEmail
	}
	at := strings.LastIndexByte(s, '@')
	domain, err := Domain(s[at+1:])
	if err != nil || strings.ContainsAny(s[at+1:], "@") {
		return "", ErrEmail
	}
	return strings.ToLower(s[:at]) + "@" + domain, nil
}

// domainOf is the domain of an email address in canonical form; empty for none.
func domainOf(email string) string {
	return email[strings.LastIndexByte(email, '@')+1:]
}
