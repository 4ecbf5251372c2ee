package visit

import (
	"cmp"
	"slices"
	"unique"

	"parley/internal/kernel/wire"
)

// item is a visit with what others say of the visitor.
type item struct {
	*Visit
	chat Chat
}

func (i item) state() wire.VisitState {
	state := i.Visit.state()
	switch {
	case state == wire.VisitLeft || !i.chat.Open:
		return state
	case i.chat.Served:
		return wire.VisitChatting
	default:
		return wire.VisitWaiting
	}
}

// rank is a state's place in an order.
func rank(s wire.VisitState) int64 {
	return int64(slices.Index([]wire.VisitState{wire.VisitWaiting, wire.VisitChatting, wire.VisitActive, wire.VisitIdle, wire.VisitLeft}, s))
}

func (i item) name() string {
	if i.row == nil {
		return ""
	}
	return i.row.name
}

func (i item) visits() int64 {
	if i.row == nil {
		return 1
	}
	return i.row.before + 1
}

func (i item) chats() int64 {
	n := i.chat.Sessions
	if i.row != nil {
		n = max(n, i.row.sessions)
	}
	return n
}

// tally counts all who are here.
type tally struct {
	counts    wire.VisitCounts
	countries map[unique.Handle[placeKey]]int
	pages     map[unique.Handle[pageKey]]int
}

func newTally() *tally {
	return &tally{countries: map[unique.Handle[placeKey]]int{}, pages: map[unique.Handle[pageKey]]int{}}
}

func (t *tally) add(i item) {
	c := &t.counts
	switch i.state() {
	case wire.VisitLeft:
		return
	case wire.VisitWaiting:
		c.Waiting++
	case wire.VisitChatting:
		c.Chatting++
	case wire.VisitActive:
		c.Active++
	case wire.VisitIdle:
		c.Idle++
	}
	c.Here++
	if i.place != (unique.Handle[placeKey]{}) {
		t.countries[i.place]++
	}
	if n := len(i.trail); n > 0 {
		t.pages[i.trail[n-1].page]++
	}
}

func (t *tally) done() wire.VisitCounts {
	countries, pages, titles := map[string]int{}, map[string]int{}, map[string]string{}
	for h, n := range t.countries { // cities of one country
		countries[h.Value().country] += n
	}
	for h, n := range t.pages { // titles of one page
		p := h.Value()
		if pages[p.url] += n; titles[p.url] < p.title { // the same one every time
			titles[p.url] = p.title
		}
	}
	delete(countries, "")
	t.counts.Countries, t.counts.Pages = bars(countries, nil), bars(pages, titles)
	return t.counts
}

// bars are the largest.
func bars(counts map[string]int, titles map[string]string) []wire.VisitCount {
	list := make([]wire.VisitCount, 0, len(counts))
	for name, n := range counts {
		list = append(list, wire.VisitCount{Value: name, Title: titles[name], Count: n})
	}
	slices.SortFunc(list, func(a, b wire.VisitCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return list[:min(len(list), maxBars)]
}

// row is a visit as the list shows it.
func (i item) view(o opener) wire.VisitRow {
	page, b, place := i.page(), value(i.browser), value(i.place)
	r := wire.VisitRow{
		ID: i.id, Number: i.number, Name: i.name(), State: i.state(), Page: wire.Page{URL: page.url, Title: page.title},
		Since: i.since, PageAt: i.pageAt(), Pages: int(i.pages), Country: place.country, City: place.city,
		Referrer: value(i.from).source, Device: b.device, Browser: b.browser, System: b.system, Visits: i.visits(), Chats: i.chats(),
		Opener: o.state,
	}
	if r.State == wire.VisitLeft {
		r.LeftAt = i.leftAt
	}
	if i.chat.Open {
		r.Chat, r.Agents = i.chat.Chat, i.chat.Agents
	}
	return r
}

// detail is everything that is known of a visit.
func (i item) detail(o opener, now int64, trail bool) wire.Visit {
	f := value(i.from)
	d := wire.Visit{
		VisitRow: i.view(o), Address: i.address, Language: value(i.language), TimeZone: value(i.timeZone), CameFrom: f.referrer,
		Campaign: f.parameters(), Trail: make([]wire.VisitStep, 0, len(i.trail)), Dropped: int(i.pages) - len(i.trail), Words: o.words, OpenerAt: o.at,
	}
	if !trail {
		d.Dropped = 0
	}
	if i.row != nil {
		d.Email, d.FirstSeen, d.LastVisit = i.row.email, i.row.firstSeen, i.row.lastOne
	}
	if d.State == wire.VisitLeft {
		now = i.leftAt
	}
	for _, step := range slices.Backward(i.trail) {
		page, at := step.page.Value(), i.since+int64(step.at)
		d.Trail = append(d.Trail, wire.VisitStep{Page: wire.Page{URL: page.url, Title: page.title}, At: at, MS: max(0, now-at)})
		now = at
	}
	return d
}
