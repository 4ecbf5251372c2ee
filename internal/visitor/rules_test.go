package visitor

import (
	"errors"
	"strings"
	"testing"

	"parley/internal/kernel/wire"
)

func TestBrowserNamesWhatPeopleKnow(t *testing.T) {
	const mozilla = "Mozilla/5.0 "
	for name, tt := range map[string]struct{ agent, browser, system string }{
		"chrome":  {mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Chrome", "Windows"},
		"edge":    {mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge", "Windows"},
		"firefox": {mozilla + "(X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox", "Linux"},
		"safari":  {mozilla + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari", "macOS"},
		"iphone":  {mozilla + "(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "Safari", "iOS"},
		"crios":   {mozilla + "(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1", "Chrome", "iOS"},
		"android": {mozilla + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome", "Android"},
		"samsung": {mozilla + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android"},
		"nothing": {"", "", ""},
	} {
		if b, s := Browser(tt.agent); b != tt.browser || s != tt.system {
			t.Errorf("%s: Browser = %q, %q; want %q, %q", name, b, s, tt.browser, tt.system)
		}
	}
}

func TestFactsAreCutNotRefused(t *testing.T) {
	got := Facts{
		Page:     wire.Page{URL: "https://shop.example/?q=" + strings.Repeat("é", wire.MaxURLBytes), Title: strings.Repeat("ü", 1000), Referrer: "javascript:alert(1)"},
		Language: strings.Repeat("x", 1000), Name: " Ann\x00\u0007\xff", Email: "not an address",
	}.Clean()
	if n := len(got.Page.URL); n > wire.MaxURLBytes || n < wire.MaxURLBytes-1 || !strings.HasPrefix(got.Page.URL, "https://") {
		t.Errorf("URL has %d bytes, want at most %d", n, wire.MaxURLBytes)
	}
	if n := len([]rune(got.Page.Title)); n != wire.MaxTitleRunes {
		t.Errorf("title has %d characters, want %d", n, wire.MaxTitleRunes)
	}
	if got.Page.Referrer != "" || got.Email != "" || got.Name != " Ann" || len(got.Language) != maxWordBytes {
		t.Errorf("Clean = %+v", got)
	}
}

func TestEmptyFactsWipeNothing(t *testing.T) {
	was := Facts{Page: wire.Page{URL: "https://a.example/", Title: "A", Referrer: "https://search.example/"}, Browser: "Chrome", Name: "Ann"}
	if got := was.merge(Facts{}); got != was {
		t.Errorf("merge(nothing) = %+v, want %+v", got, was)
	}
	got := was.merge(Facts{Page: wire.Page{URL: "https://a.example/b"}})
	want := was
	want.Page = wire.Page{URL: "https://a.example/b", Referrer: "https://search.example/"}
	if got != want {
		t.Errorf("merge(page) = %+v, want %+v", got, want)
	}
}

func TestCheckEmail(t *testing.T) {
	for in, ok := range map[string]bool{
		"": true, "ann@example.com": true, " ann@example.com ": true, "ann+x@sub.example.co.uk": true,
		"ann": false, "ann@": false, "Ann <ann@example.com>": false, "a b@example.com": false, "ann@example.com\nBcc: x@y.z": false,
		strings.Repeat("a", 250) + "@example.com": false,
	} {
		if _, err := CheckEmail(in); (err == nil) != ok || (err != nil && !errors.Is(err, ErrEmail)) {
			t.Errorf("CheckEmail(%q) = %v, want ok %v", in, err, ok)
		}
	}
}

func TestDeviceByUserAgent(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                         "desktop",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36":                           "desktop",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1": "phone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36":                         "phone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                                "tablet",
		"Mozilla/5.0 (Android 14; Tablet; rv:133.0) Gecko/133.0 Firefox/133.0":                                                                    "tablet",
		"Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1":          "tablet",
		"curl/8.0": "",
		"":         "",
	} {
		if got := Device(agent); got != want {
			t.Errorf("%q is a %q, want %q", agent, got, want)
		}
	}
}

func TestMaskTakesTheLastPartOff(t *testing.T) {
	for address, want := range map[string]string{
		"198.51.100.7": "198.51.100.0", "::ffff:198.51.100.7": "198.51.100.0", "2001:db8:1:2::5": "2001:db8:1::", "fe80::1%eth0": "fe80::",
		"": "", "no address": "",
	} {
		if got := Mask(address); got != want {
			t.Errorf("Mask(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestThePlaceGoesWithTheAddress(t *testing.T) {
	was := Facts{Address: "198.51.100.7", Country: "DE", City: "Köln", Device: "phone"}
	for name, tt := range map[string]struct{ now, want Facts }{
		"nothing new":           {Facts{}, was},
		"the same address":      {Facts{Address: "198.51.100.7"}, was},
		"abroad":                {Facts{Address: "203.0.113.9", Country: "NL"}, Facts{Address: "203.0.113.9", Country: "NL", Device: "phone"}},
		"somewhere":             {Facts{Address: "203.0.113.9"}, Facts{Address: "203.0.113.9", Device: "phone"}},
		"a better database now": {Facts{Address: "198.51.100.7", Country: "DE", City: "Bonn"}, Facts{Address: "198.51.100.7", Country: "DE", City: "Bonn", Device: "phone"}},
	} {
		if got := was.merge(tt.now); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}
