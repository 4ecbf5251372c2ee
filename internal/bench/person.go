package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/lxzan/gws"

	"parley/internal/kernel/wire"
)

// person is one browser as a shop on the web has them: what the server keeps of a visit depends on how many of them are alike.
type person struct {
	n         int64
	chance    *rand.Rand
	page      wire.Page
	language  string
	offset    int
	userAgent string
	address   string // sent as X-Forwarded-For with --forwarded
}

// pages is how many pages the shop has. A few of them get most of the views.
const pages = 500

var (
	userAgents = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%[1]d.0.0.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/%d.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%[1]d.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.%d Safari/605.1.15",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.%[1]d Mobile/15E148 Safari/604.1",
	}
	cameFrom = []string{
		"", "", "", "", // typed, or a bookmark
		"https://www.google.com/", "https://www.google.com/", "https://www.google.com/", "https://www.bing.com/", "https://duckduckgo.com/",
		"https://www.instagram.com/", "https://www.facebook.com/", "https://www.youtube.com/", "https://news.example/reviews/boots",
	}
	campaigns = []string{"", "", "", "", "?utm_source=newsletter&utm_medium=email&utm_campaign=spring", "?utm_source=ads&utm_campaign=boots&utm_term=hiking"}
	languages = []string{"en-US", "en-US", "en-GB", "de", "de-DE", "fr-FR", "es-ES", "pt-BR", "it-IT", "nl-NL", "pl-PL", "cs-CZ", "ar", "ja-JP"}
	offsets   = []int{-480, -300, -180, 0, 0, 60, 60, 60, 120, 330, 540}
	things    = []string{"Walking boots", "Rain jacket", "Tent for two", "Sleeping bag", "Head torch", "Rucksack", "Water bottle", "Wool socks", "Stove", "Map case"}
)

// people counts those who were made by this process.
var people atomic.Int64

// someone makes another visitor. The same process makes the same ones in the same order.
func (t *Target) someone() *person {
	n := people.Add(1)
	chance := rand.New(rand.NewPCG(uint64(n), 0x9a71e7)) //nolint:gosec // nobody guesses these people
	pick := func(list []string) string { return list[chance.IntN(len(list))] }
	p := &person{n: n, chance: chance, language: pick(languages), offset: offsets[chance.IntN(len(offsets))]}
	if p.userAgent = pick(userAgents); strings.Contains(p.userAgent, "Version/18") {
		p.userAgent = fmt.Sprintf(p.userAgent, chance.IntN(7))
	} else {
		p.userAgent = fmt.Sprintf(p.userAgent, 128+chance.IntN(15))
	}
	p.address = someAddress(chance)
	p.page = p.someWhere(t.site())
	p.page.Referrer = pick(cameFrom)
	p.page.URL += pick(campaigns)
	return p
}

// site is what the pages' addresses begin with.
func (t *Target) site() string {
	if t.Origin != "" {
		return t.Origin
	}
	return "https://shop.example"
}

// someWhere is a page of the shop.
func (p *person) someWhere(site string) wire.Page {
	n := int(pages * p.chance.Float64() * p.chance.Float64() * p.chance.Float64()) // the first ones are the most popular
	if n == 0 {
		return wire.Page{URL: site + "/", Title: "The outdoor shop: boots, tents and all that keeps you dry"}
	}
	thing := things[n%len(things)]
	return wire.Page{
		URL:   fmt.Sprintf("%s/catalogue/%s/%d", site, strings.ReplaceAll(strings.ToLower(thing), " ", "-"), n),
		Title: fmt.Sprintf("%s no. %d – The outdoor shop", thing, n),
	}
}

// goOn is the page after this one.
func (p *person) goOn(site string) {
	was := p.page.URL
	p.page = p.someWhere(site)
	p.page.Referrer = was
}

// someAddress is a public one, one in eight of them IPv6.
func someAddress(chance *rand.Rand) string {
	if chance.IntN(8) == 0 {
		return fmt.Sprintf("2a02:%x:%x:%x::%x", chance.IntN(0xffff), chance.IntN(0xffff), chance.IntN(0xffff), 1+chance.IntN(0xfffe))
	}
	for {
		n := chance.Uint32()
		a := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
		if a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() {
			return a.String()
		}
	}
}

// header is what the browser sends when it connects.
func (p *person) header(t *Target) http.Header {
	origin := t.Origin
	if origin == "" {
		origin = t.URL
	}
	h := http.Header{
		"Origin": {origin}, "User-Agent": {p.userAgent}, "Accept-Language": {p.language + ",en;q=0.5"}, "Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Cache-Control": {"no-cache"}, "Pragma": {"no-cache"},
	}
	if t.Forwarded {
		h.Set("X-Forwarded-For", p.address)
	}
	return h
}

// hello is what the loader says on this page.
func (p *person) hello(t *Target, token string) wire.VisitorHello {
	return wire.VisitorHello{
		T: "hello", V: wire.Version, Property: t.Property, Token: token, Page: p.page, Language: p.language, Offset: &p.offset,
	}
}

// sources is how many addresses of this machine a large crowd comes from: one has 28,000 ports, and a port rests for a minute
// after its connection.
const sources = 16

// spread makes connections come from several addresses of this machine, where the server is on it too.
func (t *Target) spread() {
	u, err := url.Parse(t.URL)
	if err != nil || t.dialer != nil {
		return
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || ip.To4() == nil || !ip.IsLoopback() {
		return
	}
	var turn atomic.Uint32
	t.dialer = func() (gws.Dialer, error) {
		from := net.IPv4(127, 0, 1, byte(1+turn.Add(1)%sources))
		return &net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: answerWait}, nil
	}
}
