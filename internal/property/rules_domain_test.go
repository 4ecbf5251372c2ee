package property

import (
	"testing"
)

func TestNormalDomain(t *testing.T) {
	for in, want := range map[string]string{ // "": refused
		"example.com": "example.com", " Example.COM ": "example.com", "https://shop.example.com/": "shop.example.com",
		"*.example.com": "*.example.com", "*.Example.com:8443": "*.example.com:8443", "localhost:3000": "localhost:3000",
		"bücher.example": "xn--bcher-kva.example", "*.bücher.example": "*.xn--bcher-kva.example", "xn--bcher-kva.example": "xn--bcher-kva.example",
		"127.0.0.1": "127.0.0.1", "127.0.0.1:80": "127.0.0.1:80", "[::1]:8080": "[::1]:8080", "[2001:DB8::1]": "[2001:db8::1]",
		"example.com.": "example.com", "localhost": "localhost", "HTTP://localhost:1": "localhost:1", "example.com:080": "example.com:80",
		"": "", " ": "", "*": "", "*.": "", "*.com": "", "a b.example": "", "example.com/path": "", "https://": "", "ftp://example.com": "",
		"example.com:0": "", "example.com:99999": "", "example.com:x": "", "*.127.0.0.1": "", "*.*.example.com": "", "a.*.example.com": "",
		"user@example.com": "", "::1": "", "[::1": "", "exa_mple..com": "", "<script>": "", "*.[::1]": "", "[fe80::1%eth0]": "",
	} {
		got, err := normalDomain(in)
		if (err != nil) != (want == "") || (err == nil && got != want) {
			t.Errorf("normalDomain(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestAllowed(t *testing.T) {
	list := []string{"example.com", "*.shop.example", "localhost:3000", "xn--bcher-kva.example", "*.dev.example:8443", "[::1]", "secure.example:443"}
	for origin, want := range map[string]bool{
		"https://example.com": true, "http://example.com:8080": true, "https://EXAMPLE.com": true, "https://example.com.": true,
		"https://www.example.com": false, "https://example.com.evil.example": false, "https://notexample.com": false,
		"https://a.shop.example": true, "https://a.b.shop.example:99": true, "https://shop.example": false, "https://evilshop.example": false,
		"http://localhost:3000": true, "http://localhost": false, "http://localhost:3001": false,
		"https://bücher.example": true, "https://xn--bcher-kva.example": true,
		"https://x.dev.example:8443": true, "https://x.dev.example": false,
		"http://[::1]:5173": true, "http://[::2]": false,
		"https://secure.example": true, "http://secure.example": false, "http://secure.example:443": true,
		"null": false, "": false, "file://": false, "ftp://example.com": false, "https://": false,
		"https://example.com@evil.example": false, "javascript:alert(1)": false, "example.com": false,
	} {
		if got := Allowed(list, origin); got != want {
			t.Errorf("Allowed(%q) = %v", origin, got)
		}
		if !Allowed(nil, origin) {
			t.Errorf("an empty list refuses %q", origin)
		}
	}
}

// FuzzAllowed: an entry that was accepted stays as it is when it is checked again, and lets its own host in.
func FuzzAllowed(f *testing.F) {
	for _, s := range []string{"example.com", "*.example.com:80", "bücher.example", "[::1]:8080", "127.0.0.1", "https://a.b/", "xn--a", "ß.de", "İ.com"} {
		f.Add(s, "https://"+s)
	}
	f.Fuzz(func(t *testing.T, entry, origin string) {
		Allowed([]string{entry}, origin) // whatever is stored, it never panics
		d, err := normalDomain(entry)
		if err != nil {
			return
		}
		if again, err := normalDomain(d); err != nil || again != d {
			t.Fatalf("%q became %q, then %q, %v", entry, d, again, err)
		}
		host := d
		if len(d) > 2 && d[:2] == "*." {
			host = "www." + d[2:]
			if len(host) > 250 {
				return // a name that long with another label is no name
			}
		}
		if !Allowed([]string{d}, "https://"+host) {
			t.Fatalf("%q does not allow https://%s", d, host)
		}
	})
}
