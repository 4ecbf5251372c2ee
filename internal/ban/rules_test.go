package ban_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/ban"
)

func TestNetworksHaveOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.7":              "203.0.113.7/32",
		" 203.0.113.7 ":            "203.0.113.7/32",
		"203.0.113.7/32":           "203.0.113.7/32",
		"::ffff:203.0.113.7":       "203.0.113.7/32", // IPv4 inside IPv6
		"::ffff:cb00:7107":         "203.0.113.7/32",
		"::ffff:203.0.113.0/120":   "203.0.113.0/24",
		"203.0.113.7/24":           "203.0.113.0/24",
		"10.0.0.0/8":               "10.0.0.0/8",
		"2001:db8::1":              "2001:db8::/64", // a household
		"2001:DB8:0:0:1::1":        "2001:db8::/64",
		"2001:db8:1:2:3:4:5:6/128": "2001:db8:1:2::/64",
		"2001:db8:1:2:3::/80":      "2001:db8:1:2:3::/80",
		"2001:db8::/32":            "2001:db8::/32",
		"2001:db8:ffff::/33":       "2001:db8:8000::/33",
	} {
		got, err := ban.Network(text)
		if err != nil || got.String() != want {
			t.Errorf("Network(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestWhatIsNoNetworkIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		"": ban.ErrNetwork, "localhost": ban.ErrNetwork, "203.0.113": ban.ErrNetwork, "203.0.113.256": ban.ErrNetwork, "203.0.113.07": ban.ErrNetwork,
		"203.0.113.7/33": ban.ErrNetwork, "203.0.113.7/-1": ban.ErrNetwork, "203.0.113.7/08": ban.ErrNetwork, "203.0.113.7/24/24": ban.ErrNetwork,
		"fe80::1%eth0": ban.ErrNetwork, "fe80::1%eth0/64": ban.ErrNetwork, "2001:db8::/129": ban.ErrNetwork, "2001:db8::1::2": ban.ErrNetwork,
		"203.0.113.7, 203.0.113.8": ban.ErrNetwork, "203.0.113.7:80": ban.ErrNetwork, "[2001:db8::1]": ban.ErrNetwork, "0x7f.1": ban.ErrNetwork,
		"::ffff:0.0.0.0/95": ban.ErrNetwork, "0.0.0.0/0": ban.ErrTooWide, "0.0.0.0/7": ban.ErrTooWide, "::/0": ban.ErrTooWide, "2001:d00::/31": ban.ErrTooWide,
		"::ffff:0.0.0.0/96": ban.ErrTooWide, strings.Repeat("1", 10_000): ban.ErrNetwork,
	} {
		if got, err := ban.Network(text); !errors.Is(err, want) {
			t.Errorf("Network(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestEmailAddressesAndDomainsHaveOneForm(t *testing.T) {
	for text, want := range map[string]string{
		"Bob@Example.COM": "bob@example.com", " bob@example.com ": "bob@example.com", "bob@bücher.example": "bob@xn--bcher-kva.example",
		"bob@example.com.": "", "bob": "", "bob@": "", "@example.com": "", "Bob <bob@example.com>": "", "a@b@example.com": "", "bob@localhost": "", "": "",
		"bob@[192.0.2.1]": "",
	} {
		got, err := ban.Email(text)
		if got != want || (want == "") != errors.Is(err, ban.ErrEmail) {
			t.Errorf("Email(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"Example.COM": "example.com", "@example.com": "example.com", "example.com.": "example.com", "Bücher.example": "xn--bcher-kva.example",
		"": "", "com": "", "192.0.2.1": "", "https://example.com": "", "*.example.com": "", "a b.com": "", "example..com": "", "-a.com": "",
	} {
		got, err := ban.Domain(text)
		if got != want || (want == "") != errors.Is(err, ban.ErrDomain) {
			t.Errorf("Domain(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestAReasonHasOneToFiveHundredCharacters(t *testing.T) {
	for text, want := range map[string]string{
		" rude ": "rude", "a\x00b\u200b": "ab\u200b", strings.Repeat("ß", 500): strings.Repeat("ß", 500), strings.Repeat("ß", 501): "", "": "", " \n\t ": "", "\x01": "",
		"one\ntwo": "one\ntwo", "\xff": "",
	} {
		got, err := ban.Reason(text)
		if got != want || (want == "") != errors.Is(err, ban.ErrReason) {
			t.Errorf("Reason(%.20q) = %.20q, %v; want %.20q", text, got, err, want)
		}
	}
}

func TestAnEndIsInTheFutureOrNever(t *testing.T) {
	for end, ok := range map[int64]bool{0: true, 1001: true, 1000: false, 999: false, -1: false, 1 << 62: false} {
		if err := ban.End(end, 1000); (err == nil) != ok {
			t.Errorf("End(%d) = %v; want ok %v", end, err, ok)
		}
	}
}

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func network(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// entries are of every kind, and the allow list has the office.
func entries() *ban.Index {
	x := ban.NewIndex()
	for _, e := range []ban.Entry{
		{ID: "visitor", Visitor: "mallory", Reason: "rude"},
		{ID: "address", Network: network("203.0.113.7/32")},
		{ID: "house", Network: network("2001:db8:0:1::/64")},
		{ID: "range4", Network: network("198.51.100.0/24")},
		{ID: "range6", Network: network("2001:db8:8000::/33")},
		{ID: "email", Email: "spam@example.com"},
		{ID: "domain", Domain: "xn--bcher-kva.example"},
		{ID: "hour", Visitor: "eve", EndsAt: noon.Add(time.Hour).UnixMilli()},
		{ID: "both", Visitor: "oscar", Network: network("192.0.2.1/32")},
		{ID: "lifted", Visitor: "bob", LiftedAt: 1},
	} {
		e.ChangedAt = 1
		x.Apply(e)
	}
	x.ApplyAllowed(ban.Allowed{ID: "office", Network: network("198.51.100.64/26"), ChangedAt: 1})
	return x
}

func TestTheDecision(t *testing.T) {
	hour := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		who  ban.Who
		at   time.Time
		want string // the entry; "free", "unreadable" or "allowed"
	}{
		"nobody asked about":           {ban.Who{}, noon, "free"},
		"another visitor":              {ban.Who{Visitor: "bob", Addresses: ban.Addresses("192.0.2.99"), Email: "bob@example.com"}, noon, "free"},
		"the visitor, from anywhere":   {ban.Who{Visitor: "mallory", Addresses: ban.Addresses("192.0.2.99")}, noon, "visitor"},
		"the address":                  {ban.Who{Visitor: "bob", Addresses: ban.Addresses("203.0.113.7")}, noon, "address"},
		"its neighbour":                {ban.Who{Addresses: ban.Addresses("203.0.113.8")}, noon, "free"},
		"IPv4 inside IPv6":             {ban.Who{Addresses: ban.Addresses("::ffff:203.0.113.7")}, noon, "address"},
		"the household":                {ban.Who{Addresses: ban.Addresses("2001:db8:0:1:ffff::1")}, noon, "house"},
		"with a zone":                  {ban.Who{Addresses: ban.Addresses("2001:db8:0:1::1%eth0")}, noon, "house"},
		"the household next door":      {ban.Who{Addresses: ban.Addresses("2001:db8:0:2::1")}, noon, "free"},
		"the range":                    {ban.Who{Addresses: ban.Addresses("198.51.100.1")}, noon, "range4"},
		"the range of IPv6":            {ban.Who{Addresses: ban.Addresses("2001:db8:ffff:ffff::1")}, noon, "range6"},
		"outside it":                   {ban.Who{Addresses: ban.Addresses("2001:db8:7fff::1")}, noon, "free"},
		"one of two addresses":         {ban.Who{Addresses: ban.Addresses("192.0.2.99", "203.0.113.7")}, noon, "address"},
		"on the allow list":            {ban.Who{Addresses: ban.Addresses("198.51.100.65")}, noon, "allowed"},
		"a visitor on the allow list":  {ban.Who{Visitor: "mallory", Email: "spam@example.com", Addresses: ban.Addresses("198.51.100.65")}, noon, "allowed"},
		"half on the allow list":       {ban.Who{Visitor: "mallory", Addresses: ban.Addresses("198.51.100.65", "192.0.2.99")}, noon, "visitor"},
		"half on it, half banned":      {ban.Who{Addresses: ban.Addresses("198.51.100.65", "203.0.113.7")}, noon, "address"},
		"half on it, half free":        {ban.Who{Addresses: ban.Addresses("198.51.100.65", "192.0.2.99")}, noon, "free"},
		"the email address":            {ban.Who{Email: " Spam@Example.com"}, noon, "email"},
		"another of its domain":        {ban.Who{Email: "bob@example.com"}, noon, "free"},
		"the domain":                   {ban.Who{Email: "Bob@Bücher.example"}, noon, "domain"},
		"below the domain":             {ban.Who{Email: "bob@mail.xn--bcher-kva.example"}, noon, "free"},
		"no email address":             {ban.Who{Email: "xn--bcher-kva.example@"}, noon, "free"},
		"an address that says nothing": {ban.Who{Addresses: ban.Addresses("")}, noon, "unreadable"},
		"a doubled one":                {ban.Who{Addresses: ban.Addresses("203.0.113.8, 203.0.113.9")}, noon, "unreadable"},
		"an unreadable and an allowed": {ban.Who{Addresses: ban.Addresses("198.51.100.65", "what?")}, noon, "unreadable"},
		"before the end":               {ban.Who{Visitor: "eve"}, hour.Add(-time.Millisecond), "hour"},
		"at the end":                   {ban.Who{Visitor: "eve"}, hour, "free"},
		"both kinds: the visitor":      {ban.Who{Visitor: "oscar", Addresses: ban.Addresses("192.0.2.99")}, noon, "both"},
		"both kinds: the address":      {ban.Who{Visitor: "bob", Addresses: ban.Addresses("192.0.2.1")}, noon, "both"},
	} {
		v := entries().Decide(c.who.Canonical(), c.at)
		got := string(v.By)
		switch {
		case v.Allowed.IsValid() && !v.Banned:
			got = "allowed"
		case v.Banned && v.By == "":
			got = "unreadable"
		case !v.Banned:
			got = "free"
		}
		if got != c.want || (v.Err() != nil) != v.Banned {
			t.Errorf("%s: %q (%+v), want %q", name, got, v, c.want)
		}
	}
}

func TestTheVerdictSaysUntilWhenAndWhy(t *testing.T) {
	x := entries()
	if v := x.Decide(ban.Who{Visitor: "mallory"}, noon); v.Reason != "rude" || !v.Until.IsZero() {
		t.Errorf("%+v, want rude and for ever", v)
	}
	if v := x.Decide(ban.Who{Visitor: "eve"}, noon); !v.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v, want an end", v)
	}
	x.Apply(ban.Entry{ID: "longer", Visitor: "eve", EndsAt: noon.Add(2 * time.Hour).UnixMilli(), ChangedAt: 1})
	if v := x.Decide(ban.Who{Visitor: "eve"}, noon); v.By != "longer" {
		t.Errorf("%+v, want the ban that lasts longest", v)
	}
}

func TestLateNewsBringsNothingBack(t *testing.T) {
	x := ban.NewIndex()
	e := ban.Entry{ID: "b", Visitor: "mallory", ChangedAt: 10}
	lifted := e
	lifted.LiftedAt, lifted.ChangedAt = 11, 11
	gone := ban.Allowed{ID: "n", Network: network("192.0.2.0/24"), RemovedAt: 11, ChangedAt: 11}
	listed := gone
	listed.RemovedAt, listed.ChangedAt = 0, 10
	if !x.Apply(lifted) || !x.ApplyAllowed(gone) {
		t.Error("the first news was no news")
	}
	if before := x.Generation(); x.Apply(e) || x.Apply(lifted) || x.ApplyAllowed(listed) || x.ApplyAllowed(gone) || x.Generation() != before {
		t.Error("old news was taken for new")
	}
	if v := x.Decide(ban.Who{Visitor: "mallory"}, noon); v.Banned {
		t.Errorf("%+v, want free", v)
	}
}

func TestWhatHasLapsedIsForgottenWithoutAnotherAnswer(t *testing.T) {
	x := entries()
	before, late := x.Len(), noon.Add(2*time.Hour)
	x.Forget(late.UnixMilli(), late.UnixMilli())
	if x.Len() != before-1 || x.Decide(ban.Who{Visitor: "eve"}, late).Banned || !x.Decide(ban.Who{Visitor: "mallory"}, late).Banned {
		t.Errorf("%d entries of %d are left", x.Len(), before)
	}
}

func TestStatesAndKinds(t *testing.T) {
	e := ban.Entry{Visitor: "v", Network: network("192.0.2.0/24"), Email: "a@b.example", Domain: "b.example", EndsAt: 10}
	if got := e.Kinds(); !slices.Equal(got, []ban.Kind{ban.KindVisitor, ban.KindRange, ban.KindEmail, ban.KindDomain}) {
		t.Errorf("kinds %v", got)
	}
	for n, want := range map[string]ban.Kind{"192.0.2.1/32": ban.KindAddress, "2001:db8::/64": ban.KindAddress, "2001:db8::/48": ban.KindRange, "2001:db8::1/128": ban.KindRange} {
		if got := (ban.Entry{Network: network(n)}).Kinds(); len(got) != 1 || got[0] != want {
			t.Errorf("kind of %s: %v, want %v", n, got, want)
		}
	}
	if e.State(9) != ban.Active || e.State(10) != ban.Lapsed {
		t.Errorf("states %v, %v", e.State(9), e.State(10))
	}
	e.LiftedAt = 5
	if e.State(9) != ban.Lifted {
		t.Errorf("state %v, want lifted", e.State(9))
	}
}
