package visit

import (
	"cmp"
	"slices"
	"strings"

	"parley/internal/kernel/id"
	"parley/internal/kernel/wire"
)

// entry is a visit's place in an order.
type entry struct {
	id    id.Visitor
	rank  int64
	text  string
	since int64 // breaks ties of states
	group int32
	name  int32 // of the group, before groups have an order
}

// place is what the order looks at.
func (q query) place(i item) entry {
	e := entry{id: i.id}
	switch q.sort {
	case wire.SortState:
		e.rank, e.since = rank(i.state()), i.since
	case wire.SortName:
		if e.text = strings.ToLower(i.name()); e.text == "" {
			e.text, e.rank = "\uffff", i.number // whoever has no name comes after, by number
		}
	case wire.SortPage:
		e.text = i.page().url
	case wire.SortTime:
		e.rank = -i.since
	case wire.SortPages:
		e.rank = int64(i.pages)
	case wire.SortCountry:
		e.text = value(i.place).country
	case wire.SortReferrer:
		e.text = value(i.from).source
	case wire.SortDevice:
		e.text = value(i.browser).device
	case wire.SortVisits:
		e.rank = i.visits()
	case wire.SortChats:
		e.rank = i.chats()
	}
	return e
}

// less is the order of a query: by group, then as asked for, then by id.
func (q query) less(a, b *entry) int {
	if a.group != b.group {
		return cmp.Compare(a.group, b.group)
	}
	c := cmp.Compare(a.rank, b.rank)
	if a.text != b.text {
		c = strings.Compare(a.text, b.text)
	}
	if q.desc {
		c = -c
	}
	if c == 0 {
		c = cmp.Compare(a.since, b.since)
	}
	if c == 0 {
		c = strings.Compare(string(a.id), string(b.id))
	}
	return c
}

// order brings what was kept into order, as far as a window sees it: up to upTo.
func (q query) order(list []entry, upTo int) []*entry {
	all := make([]*entry, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	if upTo < len(all)/4 {
		all = q.smallest(all, upTo)
	}
	slices.SortFunc(all, q.less)
	return all
}

// smallest picks the first n of an order without an order: a heap with the last of them on top.
func (q query) smallest(all []*entry, n int) []*entry {
	top := all[:n]
	if n == 0 {
		return top
	}
	sink := func(i int) {
		for {
			child := 2*i + 1
			if child >= n {
				return
			}
			if child+1 < n && q.less(top[child+1], top[child]) > 0 {
				child++
			}
			if q.less(top[i], top[child]) >= 0 {
				return
			}
			top[i], top[child] = top[child], top[i]
			i = child
		}
	}
	for i := n/2 - 1; i >= 0; i-- {
		sink(i)
	}
	for _, e := range all[n:] {
		if q.less(e, top[0]) < 0 {
			top[0] = e
			sink(0)
		}
	}
	return top
}

// grouping gathers the groups of a query.
type grouping struct {
	query
	at   map[string]int32
	list []wire.VisitGroup
}

func (g *grouping) add(i item) (name int32) {
	value, title := g.groupOf(i)
	n, ok := g.at[value]
	if !ok {
		n = int32(len(g.list)) //nolint:gosec // visits fit into memory
		g.at[value] = n
		g.list = append(g.list, wire.VisitGroup{Value: value, Title: title})
	}
	g.list[n].Count++
	return n
}

// done gives every entry its group: states in their order, anything else the largest first. The smallest share one.
func (g *grouping) done(entries []entry) []wire.VisitGroup {
	order := make([]int, len(g.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := g.list[a], g.list[b]
		if g.group == wire.SortState {
			return cmp.Compare(rank(wire.VisitState(x.Value)), rank(wire.VisitState(y.Value)))
		}
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Value, y.Value))
	})
	shown := min(len(order), maxGroups)
	groups, place := make([]wire.VisitGroup, shown), make([]int32, len(order))
	for n, i := range order {
		at := min(n, shown-1)
		place[i] = int32(at)
		switch {
		case n > at:
			groups[at].Count += g.list[i].Count
		case n == shown-1 && len(order) > shown:
			groups[at] = wire.VisitGroup{Value: wire.VisitGroupOther, Count: g.list[i].Count}
		default:
			groups[at] = g.list[i]
		}
	}
	for i := range entries {
		entries[i].group = place[entries[i].name]
	}
	return groups
}

func (q query) groupOf(i item) (name, title string) {
	switch q.group { //nolint:exhaustive // the others make no groups
	case wire.SortState:
		return string(i.state()), ""
	case wire.SortPage:
		return i.page().url, i.page().title
	case wire.SortCountry:
		return value(i.place).country, ""
	case wire.SortReferrer:
		return value(i.from).source, ""
	default:
		return value(i.browser).device, ""
	}
}
