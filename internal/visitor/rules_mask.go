package visitor

import "net/netip"

// Mask takes the last part off an address: what is left of IPv4 is a /24, of IPv6 a /48. What is no address becomes nothing.
func Mask(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.Masked().Addr().String()
}
