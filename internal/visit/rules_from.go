package visit

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxCampaign = 10  // parameters
	maxValue    = 100 // bytes of one
)

// from says how a visit came to the site, by its first page. Pages of the site itself are no referrer.
func from(page, referrer string) fromKey {
	here := host(page)
	f := fromKey{campaign: campaign(page)}
	if there := host(referrer); there != "" && !sameSite(here, there) {
		f.referrer, f.source = referrer, there
	}
	if named, _ := url.ParseQuery(f.campaign); named.Get("utm_source") != "" {
		f.source = named.Get("utm_source")
	}
	return f
}

// host is a URL's, without www. and port.
func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// sameSite reports whether one host is the other or below it.
func sameSite(a, b string) bool {
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

// campaign is the utm_* parameters of a page, encoded as a query.
func campaign(page string) string {
	_, query, ok := strings.Cut(page, "?")
	if !ok || !strings.Contains(query, "utm_") {
		return ""
	}
	query, _, _ = strings.Cut(query, "#")
	all, _ := url.ParseQuery(query) // what can be read of it
	kept := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := short(all.Get(name))
		if strings.HasPrefix(name, "utm_") && len(name) <= maxValue && value != "" && len(kept) < maxCampaign {
			kept.Set(name, value)
		}
	}
	return kept.Encode()
}

// parameters is the campaign as agents are shown it.
func (f fromKey) parameters() map[string]string {
	all, _ := url.ParseQuery(f.campaign) // we wrote it
	if len(all) == 0 {
		return nil
	}
	m := make(map[string]string, len(all))
	for name := range all {
		m[name] = all.Get(name)
	}
	return m
}

func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	for len(s) > maxValue {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
