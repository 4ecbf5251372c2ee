package property

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"parley/internal/kernel/errs"
)

// ErrDomain says that an entry of the allowed domains cannot be understood.
var ErrDomain = errs.New(errs.Invalid, "property.domain",
	"Write a domain like shop.example.com, *.example.com or localhost:3000, without https:// and without a path.")

// hosts maps names as people write them (Bücher.example) to the ones that browsers send (xn--bcher-kva.example).
var hosts = idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.BidiRule())

// normalDomain puts one entry into the form that Allowed compares: [*.]host[:port], lower case, punycode.
// An address in full (https://shop.example.com/) is understood when nothing but scheme and host is in it.
func normalDomain(entry string) (string, error) {
	s := strings.TrimSpace(entry)
	for _, scheme := range []string{"https://", "http://"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s = strings.TrimSuffix(s[len(scheme):], "/")
			break
		}
	}
	star := strings.HasPrefix(s, "*.")
	host, port, ok := splitHost(strings.TrimPrefix(s, "*."))
	if !ok {
		return "", ErrDomain
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && star {
		return "", ErrDomain // *.127.0.0.1 means nothing
	}
	if star && !strings.Contains(host, ".") && host != "localhost" {
		return "", ErrDomain // *.com is everybody's
	}
	if port != "" {
		host += ":" + port
	}
	if star {
		host = "*." + host
	}
	return host, nil
}

// splitHost takes host[:port] apart and puts the host into canonical form; IPv6 stays in brackets.
func splitHost(s string) (host, port string, ok bool) {
	if s == "" || len(s) > 300 || strings.ContainsAny(s, "/?#@\\ \t\r\n%") {
		return "", "", false
	}
	host = s
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", "", false
		}
		port = strconv.FormatUint(n, 10)
	}
	if strings.HasPrefix(host, "[") || strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
		if err != nil || !addr.Is6() || !strings.HasPrefix(host, "[") {
			return "", "", false
		}
		return "[" + addr.String() + "]", port, true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String(), port, true
	}
	if !utf8.ValidString(host) {
		return "", "", false
	}
	host, err := hosts.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || host == "" || strings.HasSuffix(host, ".") {
		return "", "", false
	}
	// What a browser would send for it must mean the same again, or the entry would never fit.
	if again, err := hosts.ToASCII(host); err != nil || again != host {
		return "", "", false
	}
	return host, port, true
}

// Allowed reports whether a page of origin (scheme://host[:port], as browsers send it) may carry the widget.
// No domains means any origin, also none. An entry without a port fits every port; with one it must be that one
// (80 and 443 where the origin names none); *.example.com fits every name below example.com but not itself.
func Allowed(domains []string, origin string) bool {
	if len(domains) == 0 {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return false
	}
	host, port, ok := splitHost(u.Host)
	if !ok {
		return false
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	for _, d := range domains {
		if fits(d, host, port) {
			return true
		}
	}
	return false
}

// fits compares with one entry in the form that normalDomain gives.
func fits(domain, host, port string) bool {
	below, star := strings.CutPrefix(domain, "*.")
	if i := strings.LastIndexByte(below, ':'); i >= 0 && !strings.HasSuffix(below, "]") {
		if below[i+1:] != port {
			return false
		}
		below = below[:i]
	}
	if star {
		return strings.HasSuffix(host, "."+below)
	}
	return host == below
}
