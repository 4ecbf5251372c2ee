package visit

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unique"

	"parley/internal/kernel/errs"
	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
	"parley/internal/visitor"
)

const (
	maxGroups = 50  // of a window; what is smaller is one group together
	maxBars   = 10  // countries, and pages
	maxText   = 200 // bytes of a search
)

// The refusals of a window.
var (
	ErrWindow = errs.New(errs.Invalid, "visit.window", "A window begins at 0 or later and has at most 100 rows.").At("size")
	ErrSort   = errs.New(errs.Invalid, "visit.sort", "Visitors cannot be sorted by that.").At("sort")
	ErrGroup  = errs.New(errs.Invalid, "visit.group", "Visitors can be grouped by state, page, country, referrer or device.").At("group")
)

// Chat is a visitor's newest chat, as far as the list of visitors shows it.
type Chat struct {
	Visitor  id.Visitor
	Session  id.Session
	Version  int64 // of the session: the higher one is the newer truth
	Chat     id.Chat
	Open     bool // waits or is served
	Served   bool
	Agents   []wire.Person // who serve
	Sessions int64         // of the visitor so far
}

// newer reports whether c is the later truth. Ids of sessions sort by the time they were made.
func (c Chat) newer(than Chat) bool {
	if c.Session != than.Session {
		return c.Session > than.Session
	}
	return c.Version > than.Version
}

// query is what decides about an order of visits. Windows with the same query share the work.
type query struct {
	sort   wire.VisitSort
	desc   bool
	group  wire.VisitSort
	text   string
	states string // separated by blanks

	country, page, referrer, device string
	agent                           id.Agent
	masked                          bool
}

// Check refuses a window that cannot be made.
func Check(f wire.AgentVisitors) error {
	_, err := asks(f)
	return err
}

// asks reads a window's query, or refuses it.
func asks(f wire.AgentVisitors) (query, error) {
	q := query{
		sort: f.Sort, desc: f.Desc, group: f.Group, country: f.Filter.Country, page: f.Filter.Page, referrer: f.Filter.Referrer,
		device: f.Filter.Device, agent: f.Filter.Agent,
	}
	if f.From < 0 || f.Size < 0 || f.Size > wire.MaxVisitWindow {
		return q, ErrWindow
	}
	switch q.sort {
	case "":
		q.sort = wire.SortState
	case wire.SortState, wire.SortName, wire.SortPage, wire.SortTime, wire.SortPages, wire.SortCountry, wire.SortReferrer, wire.SortDevice,
		wire.SortVisits, wire.SortChats:
	default:
		return q, ErrSort
	}
	switch q.group { //nolint:exhaustive // the others make no groups
	case "", wire.SortState, wire.SortPage, wire.SortCountry, wire.SortReferrer, wire.SortDevice:
	default:
		return q, ErrGroup
	}
	text := strings.ToLower(strings.TrimSpace(f.Filter.Text))
	q.text = text[:min(len(text), maxText)]
	states := make([]string, len(f.Filter.States))
	for i, s := range f.Filter.States {
		states[i] = string(s)
	}
	q.states = strings.Join(states, " ")
	return q, nil
}

// sieve finds what a query keeps. Pages and referrers are looked at once each, however many visits share them.
type sieve struct {
	query
	pages map[unique.Handle[pageKey]]bool
	froms map[unique.Handle[fromKey]]bool
	kept  []entry
	upTo  int // places that a window looks at
	by    grouping
}

func newSieve(q query) *sieve {
	return &sieve{query: q, by: grouping{query: q, at: map[string]int32{}}, pages: map[unique.Handle[pageKey]]bool{}, froms: map[unique.Handle[fromKey]]bool{}}
}

// expect makes room for n visits where the query keeps them all.
func (s *sieve) expect(n int) {
	if everything := (query{sort: s.sort, desc: s.desc, group: s.group, masked: s.masked}); s.query == everything {
		s.kept = make([]entry, 0, n)
	}
}

// take keeps a visit that the query wants.
func (s *sieve) take(i item) {
	if !s.keeps(i) {
		return
	}
	e := s.place(i)
	if s.group != "" {
		e.name = s.by.add(i)
	}
	s.kept = append(s.kept, e)
}

func (s *sieve) keeps(i item) bool {
	switch {
	case s.states != "" && !slices.Contains(strings.Fields(s.states), string(i.state())),
		s.country != "" && value(i.place).country != s.country,
		s.page != "" && i.page().url != s.page,
		s.referrer != "" && value(i.from).source != s.referrer,
		s.device != "" && value(i.browser).device != s.device,
		s.agent != "" && !slices.ContainsFunc(i.chat.Agents, func(p wire.Person) bool { return p.ID == s.agent }):
		return false
	}
	return s.text == "" || s.found(i)
}

// found looks for the words in everything that the list and the panel show.
func (s *sieve) found(i item) bool {
	if i.row != nil && (s.in(i.row.name) || s.in(i.row.email)) {
		return true
	}
	if i.number > 0 {
		var digits [20]byte
		if bytes.Contains(strconv.AppendInt(digits[:0], i.number, 10), []byte(strings.TrimPrefix(s.text, "#"))) {
			return true
		}
	}
	address := i.address
	if s.masked {
		address = visitor.Mask(address)
	}
	return strings.Contains(address, s.text) || s.inPage(i) || s.inFrom(i)
}

func (s *sieve) in(field string) bool { return strings.Contains(strings.ToLower(field), s.text) }

func (s *sieve) inPage(i item) bool {
	if len(i.trail) == 0 {
		return false
	}
	h := i.trail[len(i.trail)-1].page
	hit, known := s.pages[h]
	if !known {
		hit = s.in(h.Value().url) || s.in(h.Value().title)
		s.pages[h] = hit
	}
	return hit
}

func (s *sieve) inFrom(i item) bool {
	if i.from == (unique.Handle[fromKey]{}) {
		return false
	}
	hit, known := s.froms[i.from]
	if !known {
		hit = s.in(i.from.Value().source) || s.in(i.from.Value().referrer)
		s.froms[i.from] = hit
	}
	return hit
}
