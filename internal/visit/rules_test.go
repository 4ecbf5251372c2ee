package visit

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"parley/internal/kernel/clock"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/property"
)

func TestCrawlersNameThemselves(t *testing.T) {
	const mozilla = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	for agent, want := range map[string]bool{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                   true,
		"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36": true,
		"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)":                                         true,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                                  true,
		mozilla + "Chrome-Lighthouse":                       true,
		mozilla + "GPTBot/1.2; +https://openai.com/gptbot)": true,
		mozilla + "Chrome/131.0.0.0 Safari/537.36":          false,
		mozilla + "HeadlessChrome/131.0.0.0 Safari/537.36":  false,
		"Mozilla/5.0 (Linux; Android 9; CUBOT X19 Build/PPR1) AppleWebKit/537.36 Chrome/87.0 Mobile Safari/537.36":     false,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1": false,
		"": false,
	} {
		if got := Crawler(agent); got != want {
			t.Errorf("%q: crawler %v, want %v", agent, got, want)
		}
	}
}

func TestWhoMayBeSeen(t *testing.T) {
	for _, tt := range []struct{ require, respect, consent, private, want bool }{
		{false, false, false, false, true},
		{false, false, false, true, true},
		{false, true, false, true, false},
		{false, true, true, true, false}, // the browser's word is stronger than the page's
		{true, true, false, false, false},
		{true, true, true, false, true},
		{true, false, true, true, true},
	} {
		s := property.Settings{RequireConsent: tt.require, RespectDNT: tt.respect}
		if got := (Arrival{Consent: tt.consent, Private: tt.private}).Seen(s); got != tt.want {
			t.Errorf("%+v: seen %v", tt, got)
		}
	}
	if (Arrival{UserAgent: "Googlebot/2.1", Consent: true}).Seen(property.Settings{}) {
		t.Error("a crawler is seen")
	}
}

func TestHowAVisitCameToTheSite(t *testing.T) {
	for name, tt := range map[string]struct {
		page, referrer string
		want           fromKey
	}{
		"directly":            {"https://shop.example/", "", fromKey{}},
		"from a search":       {"https://shop.example/", "https://www.Search.example:8443/q?x=1", fromKey{"https://www.Search.example:8443/q?x=1", "", "search.example"}},
		"from its own page":   {"https://shop.example/b", "https://shop.example/a", fromKey{}},
		"from its own www":    {"https://www.shop.example/b", "https://shop.example/a", fromKey{}},
		"from its own blog":   {"https://shop.example/b", "https://blog.shop.example/a", fromKey{}},
		"from a namesake":     {"https://shop.example/", "https://myshop.example/", fromKey{"https://myshop.example/", "", "myshop.example"}},
		"by a campaign":       {"https://shop.example/?utm_source=news&utm_medium=mail&id=7#utm_x=1", "https://mail.example/", fromKey{"https://mail.example/", "utm_medium=mail&utm_source=news", "news"}},
		"by a bare campaign":  {"https://shop.example/?utm_campaign=spring", "", fromKey{"", "utm_campaign=spring", ""}},
		"with broken escapes": {"https://shop.example/?utm_source=%zz&utm_medium=ok", "", fromKey{"", "utm_medium=ok", ""}},
		"with control codes":  {"https://shop.example/?utm_source=a%00b%0Ac", "", fromKey{"", "utm_source=abc", "abc"}},
	} {
		if got := from(tt.page, tt.referrer); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
	long := from("https://shop.example/?utm_source="+strings.Repeat("é", 500), "")
	if len(long.source) > maxValue || !strings.HasPrefix(strings.Repeat("é", 500), long.source) {
		t.Errorf("a source of %d bytes", len(long.source))
	}
	if got := (fromKey{campaign: "utm_medium=mail&utm_source=news"}).parameters(); got["utm_source"] != "news" || len(got) != 2 {
		t.Errorf("parameters: %v", got)
	}
}

func TestTheTrailHoldsTheLastThirtyPages(t *testing.T) {
	v := &Visit{since: 1000}
	for i := range 40 {
		v.view(wire.Page{URL: fmt.Sprintf("https://shop.example/%d", i), Title: "T"}, 1000+int64(i)*10, true)
		v.view(wire.Page{URL: fmt.Sprintf("https://shop.example/%d", i), Title: "A better title"}, 1005+int64(i)*10, true)
	}
	d := item{Visit: v}.detail(opener{}, 2000, true)
	if v.pages != 40 || len(d.Trail) != maxTrail || d.Dropped != 10 {
		t.Fatalf("%d pages, %d kept, %d dropped", v.pages, len(d.Trail), d.Dropped)
	}
	if first := d.Trail[0]; first.Page.URL != "https://shop.example/39" || first.Page.Title != "A better title" || first.At != 1390 || first.MS != 610 || d.PageAt != 1390 {
		t.Errorf("the page now: %+v", first)
	}
	if last := d.Trail[29]; last.Page.URL != "https://shop.example/10" || last.MS != 10 {
		t.Errorf("the oldest page kept: %+v", last)
	}
	v.view(wire.Page{URL: "https://shop.example/new"}, 3000, false)
	if d = (item{Visit: v}).detail(opener{}, 3000, false); len(d.Trail) != 1 || d.Dropped != 0 || d.Pages != 41 {
		t.Errorf("without a trail: %+v", d)
	}
	if v.view(wire.Page{}, 4000, true) {
		t.Error("no page is a page")
	}
}

func TestStatesByTabs(t *testing.T) {
	b := NewBoard(clock.NewManual(time.UnixMilli(5000)).Now)
	one, _, _ := b.Arrive("p", "ann", nil, Arrival{Page: wire.Page{URL: "https://a.example/"}, Idle: true}, true)
	want := func(what string, s wire.VisitState) {
		t.Helper()
		if got := one.state(); got != s {
			t.Errorf("%s: %s, want %s", what, got, s)
		}
	}
	want("one tab, put aside", wire.VisitIdle)
	b.Arrive("p", "ann", nil, Arrival{Page: wire.Page{URL: "https://a.example/"}}, true)
	want("another is used", wire.VisitActive)
	b.Life("p", one, false, true)
	want("both put aside", wire.VisitIdle)
	b.Life("p", one, true, true)
	b.Life("p", one, true, false)
	want("one is used again", wire.VisitActive)
	b.Arrive("p", "ann", one, Arrival{Page: wire.Page{URL: "https://a.example/other"}, WasIdle: true, Idle: true}, true)
	if one.tabs != 2 || one.pages != 1 {
		t.Errorf("hello again on a connection: %d tabs, %d pages", one.tabs, one.pages)
	}
	b.Leave("p", one, false)
	want("only the one put aside is left", wire.VisitIdle)
	b.Leave("p", one, true)
	b.Leave("p", one, true) // never below none
	if one.tabs != 0 || b.Count("p") != 1 {
		t.Errorf("%d tabs, %d here: nobody has left before a second is over", one.tabs, b.Count("p"))
	}
}

func TestWindowsRefuseWhatCannotBe(t *testing.T) {
	for name, tt := range map[string]struct {
		f    wire.AgentVisitors
		want error
	}{
		"all":                {wire.AgentVisitors{Size: wire.MaxVisitWindow}, nil},
		"counts alone":       {wire.AgentVisitors{}, nil},
		"too many":           {wire.AgentVisitors{Size: wire.MaxVisitWindow + 1}, ErrWindow},
		"fewer than none":    {wire.AgentVisitors{Size: -1}, ErrWindow},
		"before the first":   {wire.AgentVisitors{From: -1}, ErrWindow},
		"a strange order":    {wire.AgentVisitors{Sort: "shoe size"}, ErrSort},
		"a strange group":    {wire.AgentVisitors{Group: wire.SortName}, ErrGroup},
		"sorted and grouped": {wire.AgentVisitors{Sort: wire.SortVisits, Group: wire.SortDevice}, nil},
	} {
		if err := Check(tt.f); err != tt.want { //nolint:errorlint // the very value
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// someone is a visit as tests describe it.
func someone(v id.Visitor, change func(*Visit)) item {
	i := item{Visit: &Visit{id: v, since: 1000, tabs: 1, pages: 1}}
	if change != nil {
		change(i.Visit)
	}
	return i
}

func people() []item {
	ann := someone("a", func(v *Visit) {
		v.row = &stored{name: "Ann", email: "ann@mail.example", before: 4, sessions: 2}
		v.number, v.place, v.since = 3, intern(placeKey{"DE", "Berlin"}), 3000
		v.from, v.browser, v.address = intern(fromKey{source: "news"}), intern(browserKey{"Chrome", "Linux", "desktop"}), "198.51.100.7"
		v.view(wire.Page{URL: "https://shop.example/b", Title: "Blue things"}, 3000, true)
	})
	bob := someone("b", func(v *Visit) {
		v.number, v.place, v.since = 12, intern(placeKey{"NL", ""}), 2000
		v.browser = intern(browserKey{"Safari", "iOS", "phone"})
		v.view(wire.Page{URL: "https://shop.example/a", Title: "All"}, 2000, true)
		v.view(wire.Page{URL: "https://shop.example/b", Title: "Blue things"}, 2500, true)
	})
	cid := someone("c", func(v *Visit) {
		v.number, v.idle, v.since = 7, 1, 1000
		v.view(wire.Page{URL: "https://shop.example/a", Title: "All"}, 1000, true)
	})
	eve := someone("e", func(v *Visit) { v.number = 1; v.set(isLeft, true) })
	bob.chat = Chat{Open: true, Served: true, Agents: []wire.Person{{ID: "agent"}}, Sessions: 1}
	return []item{eve, cid, bob, ann}
}

// window is the order and the groups that a window's question makes of the people.
func windowOf(t *testing.T, f wire.AgentVisitors) (order string, groups []wire.VisitGroup) {
	t.Helper()
	q, err := asks(f)
	if err != nil {
		t.Fatal(err)
	}
	s := newSieve(q)
	for _, i := range people() {
		s.take(i)
	}
	if q.group != "" {
		groups = s.by.done(s.kept)
	}
	for _, e := range q.order(s.kept, 100) {
		order += string(e.id)
	}
	return order, groups
}

func TestOrdersOfAWindow(t *testing.T) {
	for sort, want := range map[wire.VisitSort]string{
		wire.SortState: "bace", wire.SortName: "aecb", wire.SortPage: "ecab", wire.SortTime: "abce", wire.SortPages: "eacb",
		wire.SortCountry: "ceab", wire.SortReferrer: "bcea", wire.SortDevice: "ceab", wire.SortVisits: "bcea", wire.SortChats: "ceba",
	} {
		if got, _ := windowOf(t, wire.AgentVisitors{Sort: sort}); got != want {
			t.Errorf("by %s: %s, want %s", sort, got, want)
		}
	}
	if got, _ := windowOf(t, wire.AgentVisitors{Sort: wire.SortTime, Desc: true}); got != "ceba" {
		t.Errorf("the longest first: %s", got)
	}
}

func TestFiltersOfAWindow(t *testing.T) {
	for name, tt := range map[string]struct {
		f    wire.VisitFilter
		want string
	}{
		"name":            {wire.VisitFilter{Text: " ANN "}, "a"},
		"email":           {wire.VisitFilter{Text: "mail.example"}, "a"},
		"number":          {wire.VisitFilter{Text: "#12"}, "b"},
		"page":            {wire.VisitFilter{Text: "blue"}, "ba"},
		"address":         {wire.VisitFilter{Text: "198.51"}, "a"},
		"referrer":        {wire.VisitFilter{Text: "news"}, "a"},
		"nothing":         {wire.VisitFilter{Text: "nothing of that"}, ""},
		"states":          {wire.VisitFilter{States: []wire.VisitState{wire.VisitIdle, wire.VisitLeft}}, "ce"},
		"chatting":        {wire.VisitFilter{States: []wire.VisitState{wire.VisitChatting}}, "b"},
		"country":         {wire.VisitFilter{Country: "DE"}, "a"},
		"page's address":  {wire.VisitFilter{Page: "https://shop.example/a"}, "c"},
		"by referrer":     {wire.VisitFilter{Referrer: "news"}, "a"},
		"device":          {wire.VisitFilter{Device: "phone"}, "b"},
		"who serves":      {wire.VisitFilter{Agent: "agent"}, "b"},
		"all of it":       {wire.VisitFilter{Device: "phone", Country: "DE"}, ""},
		"a strange state": {wire.VisitFilter{States: []wire.VisitState{"x"}}, ""},
	} {
		if got, _ := windowOf(t, wire.AgentVisitors{Filter: tt.f}); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestGroupsOfAWindow(t *testing.T) {
	order, groups := windowOf(t, wire.AgentVisitors{Group: wire.SortPage, Sort: wire.SortName})
	want := []wire.VisitGroup{{Value: "https://shop.example/b", Title: "Blue things", Count: 2}, {Value: "", Count: 1}, {Value: "https://shop.example/a", Title: "All", Count: 1}}
	if diff := cmp.Diff(want, groups); diff != "" || order != "abec" {
		t.Errorf("by page: %s %s", order, diff)
	}
	order, groups = windowOf(t, wire.AgentVisitors{Group: wire.SortState, Sort: wire.SortTime})
	if len(groups) != 4 || groups[0].Value != "chatting" || groups[3].Value != "left" || order != "bace" {
		t.Errorf("by state: %s %+v", order, groups)
	}

	g := &grouping{query: query{group: wire.SortPage}, at: map[string]int32{}}
	var entries []entry
	for n := range 80 { // the first ones are the largest
		for range 100 - n {
			i := someone("x", func(v *Visit) { v.view(wire.Page{URL: fmt.Sprintf("https://shop.example/%02d", n)}, 1000, true) })
			entries = append(entries, entry{name: g.add(i)})
		}
	}
	many := g.done(entries)
	sum := 0
	for _, one := range many {
		sum += one.Count
	}
	if last := many[len(many)-1]; len(many) != maxGroups || last.Value != wire.VisitGroupOther || sum != len(entries) {
		t.Errorf("%d groups, the last %+v, %d visits of %d", len(many), last, sum, len(entries))
	}
	if entries[len(entries)-1].group != maxGroups-1 || entries[0].group != 0 {
		t.Error("the smallest groups do not share one place")
	}
}

func TestTheFirstPlacesAreTheFirstOfTheWholeOrder(t *testing.T) {
	q := query{sort: wire.SortPages}
	var whole, part []entry
	for n := range 500 {
		i := someone(id.Visitor(fmt.Sprintf("%03d", n*7919%500)), func(v *Visit) { v.pages = uint32(n * n % 83) })
		whole, part = append(whole, q.place(i)), append(part, q.place(i))
	}
	all := q.order(whole, 500)
	for _, n := range []int{0, 1, 2, 10, 124} {
		first := q.order(part, n)
		if len(first) != n {
			t.Fatalf("%d places, want %d", len(first), n)
		}
		for i, e := range first {
			if e.id != all[i].id {
				t.Fatalf("place %d of %d is %s, want %s", i, n, e.id, all[i].id)
			}
		}
	}
}

func TestBarsAreTheTenLargest(t *testing.T) {
	tally := newTally()
	for n := range 12 {
		for range n + 1 {
			tally.add(someone("x", func(v *Visit) {
				v.place = intern(placeKey{fmt.Sprintf("%c%c", 'A'+n, 'A'), fmt.Sprint("city ", n%2)})
				v.view(wire.Page{URL: fmt.Sprint("https://shop.example/", n), Title: fmt.Sprint("Page ", n)}, 1000, true)
			}))
		}
	}
	tally.add(someone("gone", func(v *Visit) { v.set(isLeft, true) }))
	c := tally.done()
	if c.Here != 78 || c.Active != 78 || len(c.Countries) != maxBars || len(c.Pages) != maxBars {
		t.Fatalf("%+v", c)
	}
	if c.Countries[0] != (wire.VisitCount{Value: "LA", Count: 12}) || c.Pages[0] != (wire.VisitCount{Value: "https://shop.example/11", Title: "Page 11", Count: 12}) {
		t.Errorf("the largest: %+v, %+v", c.Countries[0], c.Pages[0])
	}
}

func TestOneVisitOfTwoNodes(t *testing.T) {
	early := &Visit{id: "a", since: 1000, seen: 5000, pages: 2, from: intern(fromKey{source: "news"}), number: 5, stamp: 7}
	early.view(wire.Page{URL: "https://shop.example/1"}, 1000, true)
	late := &Visit{id: "a", since: 4000, seen: 6000, pages: 0, row: &stored{name: "Ann"}, number: 8, stamp: 9} // the stored number holds
	late.view(wire.Page{URL: "https://shop.example/2"}, 4500, true)
	for name, one := range map[string]*Visit{"one way": early.join(late), "the other": late.join(early)} {
		if one.since != 1000 || one.pages != 4 || one.page().url != "https://shop.example/2" || one.pageAt() != 4500 || one.row.name != "Ann" ||
			one.from.Value().source != "news" || one.number != 8 || one.stamp != 9 {
			t.Errorf("%s: %+v on %s since %d", name, one, one.page().url, one.pageAt())
		}
	}
	late.set(isLeft, true)
	if one := late.join(early); one.flags.has(isLeft) || one.page().url != "https://shop.example/1" {
		t.Errorf("left on one node, but is here: %+v", one)
	}
}

func TestTheNewerChatIsTheTruth(t *testing.T) {
	old, next := Chat{Session: "01", Version: 9}, Chat{Session: "02", Version: 1}
	if !next.newer(old) || old.newer(next) || old.newer(old) || !(Chat{Session: "01", Version: 10}).newer(old) {
		t.Error("the later session, then the higher version is newer")
	}
}

// A visit has to be small: there are 19,000, and each may cost 6 kB with its connection and all that.
func TestAVisitIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Visit{}); n > 192 {
		t.Errorf("a visit takes %d bytes", n)
	}
	if n := unsafe.Sizeof(step{}); n != 16 {
		t.Errorf("a page of a trail takes %d bytes", n)
	}
}
